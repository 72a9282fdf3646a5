"""Cropping and straightening on the photo itself: what is drawn there is what the form says, and the other way."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QPointF, Qt, Signal

from desktop_app.gui.canvas import Guide, Rect
from desktop_app.gui.canvas.frame_tool import FrameTool
from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.steps.masks import Masks
from desktop_app.gui.steps.work import StepTask
from desktop_app.gui.viewmodel.crop import (
    CROP,
    INSIDE,
    ROTATE,
    CropBox,
    box_of,
    dragged,
    handle_at,
    level_angle,
    params_of,
    rounded,
)

_REACH = 12.0  # logical pixels around a side or corner that take hold of it
_SHORTEST = 8.0  # and of a line that is meant as one
_CURSORS = {
    "": Qt.CursorShape.CrossCursor, INSIDE: Qt.CursorShape.SizeAllCursor,
    "left": Qt.CursorShape.SizeHorCursor, "right": Qt.CursorShape.SizeHorCursor,
    "top": Qt.CursorShape.SizeVerCursor, "bottom": Qt.CursorShape.SizeVerCursor,
    "top left": Qt.CursorShape.SizeFDiagCursor, "bottom right": Qt.CursorShape.SizeFDiagCursor,
    "top right": Qt.CursorShape.SizeBDiagCursor, "bottom left": Qt.CursorShape.SizeBDiagCursor,
}  # fmt: skip
_HINTS = {
    CROP: "drag what stays · double-click applies",
    ROTATE: "drag along what is to be level",
}
_UNMOVED: dict[str, dict[str, Any]] = {
    CROP: {"left": 0.0, "top": 0.0, "width": None, "height": None},
    ROTATE: {"turn": "none", "flip": "none", "angle": 0.0},
}


class Framing(QObject):
    """Joins the form of a crop or a turn with what is drawn on the photo.

    Signals
    -------
    applyAsked
        The user clicked twice into what is to be kept.
    """

    applyAsked = Signal()

    def __init__(
        self, parts: Parts, viewer: Viewer, keeper: PictureKeeper, masks: Masks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._form, self._viewer, self._keeper, self._masks = parts.form, viewer, keeper, masks
        self._tool = FrameTool(parts.canvas, self)
        self._held: tuple[CropBox, str, QPointF] | None = None
        self._line: tuple[QPointF, QPointF] | None = None
        self._last = ""
        self._tool.pressed.connect(self._press)
        self._tool.moved.connect(self._move)
        self._tool.released.connect(self._release)
        self._tool.confirmed.connect(self._confirm)
        parts.form.toolShown.connect(self._follow)
        parts.form.changed.connect(self._follow)
        keeper.shown.connect(lambda _state: self._follow())
        viewer.stateShown.connect(lambda _state: self._follow())
        masks.historyChanged.connect(self._follow)
        keeper.rendered.connect(self._look_again)

    def _drawn(self) -> str:
        """Return the tool that is drawn on the photo now; empty where none is."""
        tool, state = self._form.tool, self._viewer.state
        if tool is None or state is None or self._masks.is_on or self._viewer.compare_mode() != "off":
            return ""
        return tool.id if tool.id in (CROP, ROTATE) else ""

    def _params(self) -> dict[str, Any]:
        return dict(self._form.intent().request.params)

    def _size(self) -> tuple[int, int]:
        state = self._viewer.state
        return (state.width, state.height) if state is not None else (1, 1)

    def _box(self) -> CropBox | None:
        return box_of(self._params(), self._size()) if self._drawn() == CROP else None

    def _look_again(self, _has_preview: bool) -> None:
        """Follow what is shown beside the form: a comparison leaves no room for a box."""
        if self._drawn() != self._last:
            self._follow()

    def _follow(self) -> None:
        """Draw what the form says."""
        drawn = self._last = self._drawn()
        self._tool.switch(bool(drawn))
        if drawn != ROTATE:
            self._line = None
        self._show(self._box())

    def _show(self, box: CropBox | None) -> None:
        line = None
        if self._line is not None:
            line = (self._line[0].x(), self._line[0].y(), self._line[1].x(), self._line[1].y())
        kept = None if box is None else Rect(box.left, box.top, box.width, box.height)
        hint = _HINTS.get(self._last, "")
        self._keeper.show_guide(Guide(kept, line, hint) if hint else None)

    def _press(self, spot: QPointF) -> None:
        if self._drawn() == ROTATE:
            self._line = (spot, spot)
            return
        width, height = self._size()
        whole = CropBox(0, 0, width, height)
        box = self._box() or whole
        handle = handle_at(box, (spot.x(), spot.y()), self._tool.reach(_REACH))
        # Of a photo that is whole yet nothing can be moved: a drag inside draws what is to be kept.
        handle = "" if box == whole and handle == INSIDE else handle
        start = QPointF(min(max(spot.x(), 0), width), min(max(spot.y(), 0), height))
        self._held = (box, handle, spot if handle else start)

    def _move(self, spot: QPointF) -> None:
        if self._line is not None:
            self._line = (self._line[0], spot)
            self._show(None)
        elif self._held is not None:
            self._show(self._dragged(spot))
        elif (box := self._box()) is not None:
            self._tool.show_cursor(_CURSORS[handle_at(box, (spot.x(), spot.y()), self._tool.reach(_REACH))])

    def _dragged(self, spot: QPointF) -> CropBox:
        assert self._held is not None  # asked only while something is held
        box, handle, start = self._held
        ratio = str(self._params().get("ratio", "free"))
        points = (start.x(), start.y()), (spot.x(), spot.y())
        return dragged(box, handle, *points, self._size(), ratio)

    def _release(self, spot: QPointF) -> None:
        if self._line is not None:
            start, end = self._line[0], spot
            self._line = None
            far = max(abs(end.x() - start.x()), abs(end.y() - start.y()))
            if far >= self._tool.reach(_SHORTEST):
                shown = float(self._params()["angle"]) if self._keeper.has_preview else 0.0  # it was drawn on that
                angle = round(shown + level_angle((start.x(), start.y()), (end.x(), end.y())), 2)
                self._form.set_params({"angle": min(max(angle, -45.0), 45.0)})
            self._show(None)
        elif self._held is not None:
            start, params = self._held[2], self._params()
            is_click = max(abs(spot.x() - start.x()), abs(spot.y() - start.y())) < self._tool.reach(2.0)
            box = rounded(self._dragged(spot), self._size(), str(params["ratio"]))
            self._held = None
            if not is_click:
                self._form.set_params(params_of(box, self._size(), str(params["unit"])))
            self._follow()

    def begin_anew(self, task: StepTask, _state: object) -> None:
        """Let the form mean the whole of the picture that was just made, where it was the form that made it."""
        tool = self._form.tool
        if tool is not None and tool.id == task.step.request.tool and tool.id in _UNMOVED:
            self._form.set_params(_UNMOVED[tool.id])

    def _confirm(self) -> None:
        if self._drawn() == CROP and self._box() is not None:
            self.applyAsked.emit()
