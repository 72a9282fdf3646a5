"""The mask that the user paints: one for each document, drawn over the photo, handed to the steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QPalette, QShortcut
from PySide6.QtWidgets import QFileDialog

from desktop_app.api.errors import InputError
from desktop_app.gui.canvas import OverlayImage
from desktop_app.gui.canvas.brush import BrushTool
from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.threads.background import Background
from desktop_app.gui.viewmodel.mask import Brush, PaintedMask, as_mask, tints
from desktop_app.gui.viewmodel.texts import one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PICTURES = "Pictures (*.png *.tif *.tiff *.jpg *.jpeg *.bmp *.webp);;All files (*)"
_TOPIC = "mask"  # of messages
_STEP = 1.2  # by which a key changes the brush


class Masks(QObject):
    """Joins brush, bar and canvas.

    Signals
    -------
    changed
        What a step would be applied to is another now.
    said : Message
        A sentence for the user.
    """

    changed = Signal()
    said = Signal(object)

    def __init__(
        self, parts: Parts, viewer: Viewer, keeper: PictureKeeper, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._parts, self._bar, self._viewer, self._keeper = parts, parts.mask, viewer, keeper
        self._background = background
        self._masks: dict[tuple[str, int, int], PaintedMask] = {}
        self._applies: set[str] = set()
        self._is_veiled = False
        self._brush = Brush()
        self._tool = BrushTool(parts.canvas, self)
        self._tool.stroked.connect(self._stroke)
        self._bar.brushChanged.connect(self._take_brush)
        self._bar.closed.connect(partial(self.switch, False))
        self._bar.filled.connect(partial(self._change, PaintedMask.fill))
        self._bar.cleared.connect(partial(self._change, PaintedMask.clear))
        self._bar.inverted.connect(partial(self._change, PaintedMask.invert))
        self._bar.loadAsked.connect(self._choose_source)
        self._bar.saveAsked.connect(self._choose_target)
        self._bar.useAsked.connect(parts.form.take_mask)
        self._bar.areaToggled.connect(self._apply_inside)
        parts.form.maskAsked.connect(partial(self.switch, True))
        parts.form.areaDropped.connect(partial(self._apply_inside, False))
        parts.form.toolShown.connect(self._tell_form)
        parts.form.changed.connect(self._offer_use)
        viewer.stateShown.connect(lambda _state: self._show())
        for key, factor in (("[", 1 / _STEP), ("]", _STEP)):
            shortcut = QShortcut(key, parts.canvas, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(partial(self._bar.resize_brush, factor))

    @property
    def is_on(self) -> bool:
        """Whether a mask is being painted."""
        return self._tool.is_on

    def switch(self, is_on: bool) -> None:
        """Begin to paint, or stop; the mask is kept."""
        if is_on and self._viewer.document is None:
            return
        self._is_veiled = self._is_veiled and not is_on
        self._tool.switch(is_on)
        self._bar.setVisible(is_on)
        self._show()

    def veil(self) -> None:
        """Take the mask out of sight, so that the result below it can be seen, until it is worked on again."""
        self._is_veiled = True
        self._show()

    def mask(self) -> PaintedMask | None:
        """Return the mask of the shown state's size, an empty one at first; None without a photo."""
        key = self._key()
        if key is None:
            return None
        if key not in self._masks:
            self._masks[key] = PaintedMask(*key[1:])
        return self._masks[key]

    def _key(self) -> tuple[str, int, int] | None:
        document, state = self._viewer.document, self._viewer.state
        return (document.id, state.width, state.height) if document is not None and state is not None else None

    def area(self) -> NDArray[np.uint8] | None:
        """Return the mask ``(H, W)`` uint8 inside of which steps apply, a copy; None for the whole photo."""
        mask = self.mask() if self._applies_inside() else None
        return None if mask is None else mask.values()

    def painted(self) -> NDArray[np.uint8] | None:
        """Return the mask ``(H, W)`` uint8 that is painted on the shown state, a copy; None for none."""
        mask = self._painted()
        return None if mask is None else mask.values()

    def _painted(self) -> PaintedMask | None:
        key = self._key()
        mask = self._masks.get(key) if key is not None else None
        return None if mask is None or mask.is_empty else mask

    def open_area(self, path: str) -> None:
        """Take the mask of a step that is to be changed; none, and it was applied to the whole photo."""
        self._apply_inside(bool(path))
        if path:
            self._load(Path(path))

    def open_own(self, path: str) -> None:
        """Take the mask that a step, which is to be changed, had as its tool's own, so that it can be painted on."""
        self._load(Path(path), partial(self._parts.form.take_mask, path))

    def _applies_inside(self) -> bool:
        document = self._viewer.document
        return document is not None and document.id in self._applies

    def _apply_inside(self, is_on: bool) -> None:
        document = self._viewer.document
        if document is None or is_on == (document.id in self._applies):
            return
        (self._applies.add if is_on else self._applies.discard)(document.id)
        self._is_veiled = False
        self._show()
        self.changed.emit()

    def _take_brush(self, brush: Brush) -> None:
        self._brush = brush
        self._tool.set_size(brush.size)

    def _stroke(self, start: QPointF, end: QPointF) -> None:
        mask = self.mask()
        if mask is not None:
            mask.stroke((start.x(), start.y()), (end.x(), end.y()), self._brush)
            self._altered()

    def _change(self, change: Callable[[PaintedMask], None]) -> None:
        mask = self.mask()
        if mask is not None:
            change(mask)
            self._altered()

    def _choose_source(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._bar, "Take a mask from a picture", "", _PICTURES)
        if path:
            self._load(Path(path))

    def _choose_target(self) -> None:
        mask = self.mask()
        if mask is not None:
            path, _ = QFileDialog.getSaveFileName(self._bar, "Save the mask", "mask.png", "PNG (*.png)")
            self._save(mask, Path(path).with_suffix(".png")) if path else None

    def _load(self, path: Path, then: Callable[[], None] = lambda: None) -> None:
        mask = self.mask()
        if mask is not None:
            self._background.run(partial(read_mask, path, mask.size), partial(self._loaded, mask, then), self._failed)

    def _loaded(self, mask: PaintedMask, then: Callable[[], None], values: NDArray[np.uint8]) -> None:
        mask.replace(values)
        self._altered()
        then()

    def _save(self, mask: PaintedMask, path: Path) -> None:
        done = partial(self._say, f"Saved the mask as {path.name}.")
        work = partial(write_mask, path, mask.values())
        self._background.run(work, lambda _none: done(), self._failed, must_finish=True)

    def _say(self, text: str) -> None:
        self.said.emit(Message(text, topic=_TOPIC))

    def _failed(self, error: Exception) -> None:
        self.said.emit(Message(one_line(error), is_fault=True, topic=_TOPIC))

    def _altered(self) -> None:
        self._is_veiled = False
        self._show()
        if self._applies_inside() or self._parts.form.uses_mask():
            self.changed.emit()

    def _tell_form(self) -> None:
        """Let a tool that has an input for a mask take that of the shown state."""
        self._parts.form.show_mask(self._painted() is not None, self._applies_inside())
        self._offer_use()

    def _offer_use(self) -> None:
        self._bar.show_use(self._parts.form.offers_mask())

    def _show(self) -> None:
        self._bar.show_area(self._applies_inside())
        self._parts.form.show_area(self._applies_inside())
        self._tell_form()
        if self.is_on and self._viewer.document is None:
            self.switch(False)
            return
        mask = self.mask() if (self.is_on or self._applies_inside()) and not self._is_veiled else None
        accent = self._parts.canvas.palette().color(QPalette.ColorRole.Accent)
        self._keeper.show_mask(None if mask is None else OverlayImage(mask.levels(), tints(accent.rgb())))


def read_mask(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Read a mask ``(H, W)`` uint8 of a size from a picture; white is inside.

    Raises
    ------
    InputError
        If it cannot be read, or is of another size.
    """
    from desktop_app.core.imaging.files import open_photo

    values = as_mask(open_photo(path).raster.planes())
    if values.shape[::-1] != size:
        got = f"{values.shape[1]}×{values.shape[0]}"
        raise InputError(f"expected a mask of {size[0]}×{size[1]} pixels in {str(path)!r}, got {got}; resize it")
    return values


def write_mask(path: Path, values: NDArray[np.uint8]) -> None:
    """Write a mask ``(H, W)`` uint8 as a grey picture."""
    from desktop_app.core.imaging.files import save_photo
    from desktop_app.core.imaging.metadata import Metadata
    from desktop_app.core.imaging.raster import Raster

    save_photo(path, Raster(values[..., None]), Metadata(), depth="8")
