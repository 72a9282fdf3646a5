"""What the mask takes in at once: tones, a colour that is clicked on, where a map is high; and its rim, softened."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Signal

from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.panels.mask_bar import MaskBar
from desktop_app.gui.panels.messages import Message, fault
from desktop_app.gui.steps.masks import Masks
from desktop_app.gui.threads.background import Background
from desktop_app.gui.viewmodel.painting import ToneRange, of_tones
from desktop_app.gui.viewmodel.regions import feathered, of_colour, of_map

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOPIC = "mask"  # of messages
_NO_MAP = "Choose a map in the Maps panel first; it says where the model is unsure."
_NOTHING = "Nothing in the photo is like that: the mask stays as it is."
_OTHER_SIZE = "Expected a map of the photo's size, got one of another; choose another map."


class MaskRegions(QObject):
    """Looks for what is wanted off the window's thread, and hands it to the mask that was shown when it was asked for.

    Signals
    -------
    said : Message
        A sentence for the user.
    """

    said = Signal(object)

    def __init__(
        self, bar: MaskBar, keeper: PictureKeeper, masks: Masks, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bar, self._keeper, self._masks, self._background = bar, keeper, masks, background
        bar.tonesAsked.connect(self._take_tones)
        bar.doubtAsked.connect(self._take_doubt)
        bar.featherAsked.connect(self._feather)
        masks.pointed.connect(self._take_colour)

    def _take_tones(self, tones: ToneRange) -> None:
        picture = self._keeper.picture()
        if picture is not None:
            self._take(partial(of_tones, picture.pyramid.levels[0], tones))

    def _take_colour(self, point: QPointF) -> None:
        picture = self._keeper.picture()
        if picture is not None:
            pixels, x, y = picture.pyramid.levels[0], int(point.x()), int(point.y())
            if 0 <= x < pixels.shape[1] and 0 <= y < pixels.shape[0]:
                self._take(partial(of_colour, pixels, x, y, self._bar.colours()))

    def _take_doubt(self, percent: float) -> None:
        layer, mask = self._keeper.shown_map(), self._masks.mask()
        if layer is None or mask is None:
            self.said.emit(Message(_NO_MAP, topic=_TOPIC))
        elif layer.values.shape[::-1] != mask.size:
            self.said.emit(Message(_OTHER_SIZE, topic=_TOPIC))
        else:
            self._take(partial(of_map, layer.values, percent))

    def _take(self, find: Callable[[], NDArray[np.uint8]]) -> None:
        mask, how = self._masks.mask(), self._bar.how()
        if mask is None:
            return

        def done(found: NDArray[np.uint8]) -> None:
            if found.any():
                self._masks.take_in(mask, found, how)
            else:
                self.said.emit(Message(_NOTHING, topic=_TOPIC))

        self._background.run(find, done, self._failed)

    def _feather(self, radius: int) -> None:
        mask = self._masks.mask()
        if mask is not None:
            work = partial(feathered, mask.values(), radius)
            self._background.run(work, partial(self._masks.replace, mask), self._failed)

    def _failed(self, error: Exception) -> None:
        self.said.emit(fault(error, topic=_TOPIC))
