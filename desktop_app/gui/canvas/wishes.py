"""What a key or a drag asks for: from one stage to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from PySide6.QtCore import Qt

from desktop_app.gui.canvas.scene import Loupe
from desktop_app.gui.canvas.stage import Stage

_STEP = 60.0  # logical pixels by which an arrow key moves the photo
_SPLIT_STEP = 0.02  # share of the visible width by which Alt with an arrow moves the split
_LENS = 256.0  # logical pixels, the side of a loupe
_HELD_S = 0.4  # a key that is let go later was held
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
}  # fmt: skip
_COMMANDS: dict[int, Callable[[Stage], Stage]] = {
    Qt.Key.Key_F: Stage.fitted,
    Qt.Key.Key_1: lambda stage: stage.zoomed(1.0),
    Qt.Key.Key_Plus: Stage.nearer,
    Qt.Key.Key_Equal: Stage.nearer,
    Qt.Key.Key_Minus: Stage.farther,
}


@dataclass(frozen=True)
class Drag:
    """What a pressed button moves, and how things were when it was pressed, in device pixels."""

    moves_split: bool
    start: tuple[float, float]
    stage: Stage

    def moved(self, stage: Stage, spot: tuple[float, float]) -> Stage:
        """Return a stage once the pointer has come to a place."""
        if self.moves_split:
            return stage.with_split_at(spot[0])
        return stage.with_view(self.stage.panned(spot[0] - self.start[0], spot[1] - self.start[1]).view)


def keyed(stage: Stage, key: int, has_alt: bool, ratio: float) -> Stage | None:
    """Return the stage that a key asks for, None where it asks for nothing.

    Parameters
    ----------
    stage : Stage
        What is shown.
    key : int
        A plain number: a Cyrillic letter, say, is no member of ``Qt.Key``.
    has_alt : bool
        Whether Alt is held, with which left and right move the split.
    ratio : float
        Device pixels in a logical one.
    """
    across, down = _ARROWS.get(key, (0, 0))
    if has_alt:
        has_split = across != 0 and stage.split_column() is not None
        return stage.with_split(stage.scene.split - across * _SPLIT_STEP) if has_split else None
    if key in _ARROWS:
        return stage.panned(across * _STEP * ratio, down * _STEP * ratio)
    return _COMMANDS[key](stage) if key in _COMMANDS else None


class HeldLoupe:
    """The loupe in the user's hand: at which zoom (1 is 100%, 0 is none), and since when its key is down."""

    def __init__(self) -> None:
        self.zoom = 0.0
        self._since: float | None = None

    def toggle(self, zoom: float) -> None:
        """Take it up at a zoom, or put it down where it has that one."""
        self.zoom, self._since = 0.0 if self.zoom == zoom else zoom, monotonic()

    def let_go(self) -> bool:
        """Hear that a key is let go, and return whether it was this one, after it was held and not tapped."""
        since, self._since = self._since, None
        return self.zoom > 0 and since is not None and monotonic() - since > _HELD_S

    def over(self, stage: Stage, spot: tuple[float, float] | None, ratio: float) -> Stage:
        """Return a stage with it at a place (device pixels, `ratio` to a logical one), or away where there is none."""
        if not self.zoom or spot is None:
            return stage.with_loupe(None, 0)
        return stage.with_loupe(Loupe(*spot, self.zoom), round(_LENS * ratio))
