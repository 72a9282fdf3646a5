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
from desktop_app.core.imaging.suffixes import READABLE
from desktop_app.gui.canvas import OverlayImage
from desktop_app.gui.canvas.brush import BrushTool
from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.documents.save_place import ask_place, place_beside
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.language import tr
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.panels.messages import Message, fault
from desktop_app.gui.threads.background import Background
from desktop_app.gui.viewmodel.frames import frame_of
from desktop_app.gui.viewmodel.painting import Brush, PaintedMask, as_mask, gradient, tints
from desktop_app.gui.viewmodel.regions import Joint, ellipse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PICTURES = f"Pictures ({' '.join(f'*{suffix}' for suffix in sorted(READABLE))});;All files (*)"
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
    historyChanged
        What can be undone of a mask may be another now.
    pointed : QPointF
        A colour was clicked on, at this point of the photo.
    """

    changed = Signal()
    said = Signal(object)
    historyChanged = Signal()
    pointed = Signal(QPointF)

    def __init__(
        self, parts: Parts, viewer: Viewer, keeper: PictureKeeper, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._parts, self._bar, self._viewer, self._keeper = parts, parts.mask, viewer, keeper
        self._background = background
        self._masks: dict[tuple[str, str, int, int], PaintedMask] = {}
        self._wishes: dict[str, bool] = {}  # of documents: whether tools go inside only, where the user has said so
        self._start = QPointF()
        self._is_veiled = False
        self._seen: tuple[str, str, int, int] | None = None  # whose mask was shown last
        self._brush = Brush()
        self._tool = BrushTool(parts.canvas, self)
        self._tool.began.connect(self._begin)
        self._tool.stroked.connect(self._stroke)
        self._tool.ended.connect(self._end)
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
        parts.form.toolShown.connect(self._show)
        parts.form.changed.connect(self._follow_form)
        viewer.stateShown.connect(lambda _state: self._show())
        viewer.stateShown.connect(lambda _state: self._tell_left_behind())
        for key, factor in (("[", 1 / _STEP), ("]", _STEP)):
            shortcut = QShortcut(key, parts.canvas, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(partial(self._bar.resize_brush, factor))

    @property
    def is_on(self) -> bool:
        """Whether a mask is being painted."""
        return not self._bar.isHidden()

    def can_undo(self) -> bool:
        """Whether a change of the mask that is being painted can be undone."""
        mask = self._at_work()
        return mask is not None and mask.can_undo

    def can_redo(self) -> bool:
        """Whether one that was undone can be done again."""
        mask = self._at_work()
        return mask is not None and mask.can_redo

    def undo(self) -> None:
        """Take back the last change of the mask that is being painted."""
        mask = self._at_work()
        if mask is not None:
            mask.undo()
            self._altered()

    def redo(self) -> None:
        """Do again what was undone last."""
        mask = self._at_work()
        if mask is not None:
            mask.redo()
            self._altered()

    def _at_work(self) -> PaintedMask | None:
        return self.mask() if self.is_on else None

    def switch(self, is_on: bool) -> None:
        """Begin to paint, or stop; the mask is kept."""
        if is_on and self._viewer.document is None:
            return
        self._is_veiled = self._is_veiled and not is_on
        self._bar.setVisible(is_on)
        self._take_brush(self._bar.brush())
        self._show()
        self.historyChanged.emit()

    def veil(self) -> None:
        """Take the mask out of sight, so that the result below it can be seen, until it is worked on again."""
        self._is_veiled = True
        self._show()

    def mask(self) -> PaintedMask | None:
        """Return the mask of the shown state's size and frame, an empty one at first; None without a photo."""
        key = self._key()
        if key is None:
            return None
        if key not in self._masks:
            self._masks[key] = PaintedMask(*key[2:])
        return self._masks[key]

    def _key(self) -> tuple[str, str, int, int] | None:
        """Return which mask belongs to the shown state: it goes where no pixel has moved since it was painted."""
        document, state = self._viewer.document, self._viewer.state
        if document is None or state is None:
            return None
        return document.id, frame_of(document.states, state.id), state.width, state.height

    def _tell_left_behind(self) -> None:
        """Say where a mask stays when the photo was cropped, turned or resized."""
        seen, self._seen = self._seen, self._key()
        if seen is None or self._seen is None or seen[0] != self._seen[0] or seen[1:] == self._seen[1:]:
            return
        old = self._masks.get(seen)
        if old is not None and not old.is_empty and self._painted() is None:
            self._say("The mask stays with the picture that it was painted on: pixels have moved since. Paint another "
                      "here, or go back to it in the history.")

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
        """Whether steps go inside only: as the user said; else wherever there is a mask that is not the tool's own."""
        document = self._viewer.document
        if document is None:
            return False
        return self._wishes.get(document.id, self._painted() is not None and not self._parts.form.has_mask_input())

    def _apply_inside(self, is_on: bool) -> None:
        document = self._viewer.document
        if document is None or is_on == self._applies_inside():
            return
        self._wishes[document.id] = is_on
        self._is_veiled = False
        self._show()
        self.changed.emit()

    def _take_brush(self, brush: Brush) -> None:
        self._brush = brush
        mode = self._bar.mode()
        self._tool.switch(self.is_on and mode not in ("tones", "doubt"))
        self._tool.set_size(brush.size if mode in ("brush", "eraser") else 0.0)

    def _begin(self, start: QPointF) -> None:
        self._start = start
        mask = self.mask()
        if mask is not None:
            mask.begin()

    def _stroke(self, start: QPointF, end: QPointF) -> None:
        mask = self.mask()
        if mask is None:
            return
        mode, first, last = self._bar.mode(), (self._start.x(), self._start.y()), (end.x(), end.y())
        if mode in ("brush", "eraser"):
            mask.stroke((start.x(), start.y()), last, self._brush)
        elif mode == "colour" or end == self._start:
            return
        elif mode == "gradient":
            mask.take_in(gradient(mask.size, first, last), self._bar.how())
        else:
            mask.take_in(ellipse(mask.size, first, last, self._brush.hardness), self._bar.how())
        self._altered()

    def _end(self) -> None:
        mask = self.mask()
        if mask is not None:
            mask.end()
            self.historyChanged.emit()
        if self._bar.mode() == "colour":
            self.pointed.emit(self._start)

    def _change(self, change: Callable[[PaintedMask], None]) -> None:
        mask = self.mask()
        if mask is not None:
            self._alter(mask, partial(change, mask))

    def take_in(self, mask: PaintedMask, values: NDArray[np.uint8], how: Joint) -> None:
        """Join what was found, ``(H, W)`` uint8, with a mask, as one change that can be undone."""
        self._alter(mask, lambda: mask.take_in(values, how))

    def replace(self, mask: PaintedMask, values: NDArray[np.uint8]) -> None:
        """Give a mask other values, ``(H, W)`` uint8, as one change that can be undone."""
        self._alter(mask, lambda: mask.replace(values))

    def _alter(self, mask: PaintedMask, change: Callable[[], None]) -> None:
        mask.begin()
        change()
        mask.end()
        self._altered()

    def _choose_source(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._bar, tr("Take a mask from a picture"), "", tr(_PICTURES))
        if path:
            self._load(Path(path))

    def _choose_target(self) -> None:
        mask, document = self.mask(), self._viewer.document
        if mask is not None and document is not None:
            asked = ask_place(self._bar, "Save the mask", place_beside(document, "-mask.png"), "PNG (*.png)")
            if asked is not None:
                self._save(mask, asked[0])

    def _load(self, path: Path, then: Callable[[], None] = lambda: None) -> None:
        mask = self.mask()
        if mask is not None:
            self._background.run(partial(read_mask, path, mask.size), partial(self._loaded, mask, then), self._failed)

    def _loaded(self, mask: PaintedMask, then: Callable[[], None], values: NDArray[np.uint8]) -> None:
        self.replace(mask, values)
        then()

    def _save(self, mask: PaintedMask, path: Path) -> None:
        done = partial(self._say, f"Saved the mask as {path.name}.")
        work = partial(write_mask, path, mask.values())
        self._background.run(work, lambda _none: done(), self._failed, must_finish=True)

    def _say(self, text: str) -> None:
        self.said.emit(Message(text, topic=_TOPIC))

    def _failed(self, error: Exception) -> None:
        self.said.emit(fault(error, topic=_TOPIC))

    def _altered(self) -> None:
        self._is_veiled = False
        document = self._viewer.document
        if document is not None and self._painted() is None and not self._wishes.get(document.id, True):
            del self._wishes[document.id]  # a new mask is for the tools again
        self._show()
        self.historyChanged.emit()
        if self._applies_inside() or self._parts.form.uses_mask():
            self.changed.emit()

    def _follow_form(self) -> None:
        """Show the mask as long as the tool takes it."""
        self._offer_use()
        self._show_overlay()

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
        self._show_overlay()

    def _show_overlay(self) -> None:
        is_wanted = self.is_on or self._applies_inside() or self._parts.form.uses_mask()
        mask = self.mask() if is_wanted and not self._is_veiled else None
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
