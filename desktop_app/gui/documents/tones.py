"""Keeps the histogram, and the marks of what is clipped, in step with the shown state."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal

from desktop_app.gui.canvas import OverlayImage
from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.documents.pictures import Picture
from desktop_app.gui.threads.background import Background
from desktop_app.gui.widgets.histogram import HistogramView, Tones

if TYPE_CHECKING:
    from desktop_app.core.imaging.histogram import Histogram

_SHADOW, _LIGHT = 0xFF3070FF, 0xFFFF3040  # 0xAARRGGBB
_TABLE = (0, _SHADOW, _LIGHT, *[0] * 253)


class TonesOfPhoto(QObject):
    """Counts the tones of what is shown, off the window's thread.

    Signals
    -------
    clippingToggled : bool
        Whether what is clipped is marked on the photo now.
    failed : Exception
        Something could not be counted.
    """

    clippingToggled = Signal(bool)
    failed = Signal(object)

    def __init__(
        self, view: HistogramView, keeper: PictureKeeper, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._view, self._keeper, self._background = view, keeper, background
        self._counted: Picture | None = None
        self._known: WeakKeyDictionary[Picture, Histogram] = WeakKeyDictionary()
        self._marked: Picture | None = None
        self.marks_clipping = False
        keeper.rendered.connect(lambda _has_preview: self._follow())
        view.clippingAsked.connect(self.toggle_clipping)

    def toggle_clipping(self) -> None:
        """Mark on the photo what is clipped, or no longer."""
        self.marks_clipping = not self.marks_clipping
        self._marked = None
        if not self.marks_clipping:
            self._keeper.show_clipping(None)
        self._follow()
        self.clippingToggled.emit(self.marks_clipping)

    def _follow(self) -> None:
        picture = self._keeper.picture()
        if picture is None:
            if self._keeper.intent is None and self._counted is not None:
                self._counted = self._marked = None
                self._view.show_tones(None)
                self._keeper.show_clipping(None)
            return
        if picture is not self._counted:
            self._counted = picture
            self._count(picture)
        if self.marks_clipping and picture is not self._marked:
            self._marked = picture
            self._keeper.show_clipping(None)
            self._background.run(lambda: _marks(picture), self._keeper.show_clipping, self.failed.emit, lane="clipping")

    def _count(self, picture: Picture) -> None:
        """Show a picture's tones: at once where they were counted before, as at a jump back in the history."""

        def done(counted: Histogram) -> None:
            self._known[picture] = counted
            self._show(counted)

        known = self._known.get(picture)
        if known is None:
            self._background.run(lambda: _count(picture), done, self.failed.emit, lane="histogram")
        else:
            self._background.forget("histogram")
            self._show(known)

    def _show(self, counted: Histogram) -> None:
        channels = tuple(shares.tolist() for shares in counted.channels)
        self._view.show_tones(Tones(channels, counted.luminance.tolist(), counted.shadows, counted.lights))


def _count(picture: Picture) -> Histogram:
    from desktop_app.core.imaging.histogram import histogram_of

    return histogram_of(picture.pyramid)


def _marks(picture: Picture) -> OverlayImage:
    from desktop_app.core.imaging.histogram import clipped_levels

    return OverlayImage(clipped_levels(picture.pyramid), _TABLE)
