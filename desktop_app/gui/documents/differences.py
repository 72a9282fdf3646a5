"""How the shown state differs from the one that it is compared with: computed once for each pair, off the window."""

from __future__ import annotations

from collections.abc import Callable

from desktop_app.gui.canvas import PyramidImage
from desktop_app.gui.threads.background import Background

Pair = tuple[PyramidImage, PyramidImage]


class Differences:
    """Keeps the difference of one pair of pictures.

    Parameters
    ----------
    background : Background
        Where it is computed.
    changed : callable
        Called once it is there.
    failed : callable
        Gets what went wrong.
    """

    def __init__(
        self, background: Background, changed: Callable[[], None], failed: Callable[[Exception], None]
    ) -> None:
        self._background, self._changed, self._failed = background, changed, failed
        self._known: tuple[Pair, PyramidImage | None] | None = None

    def of(self, pair: Pair | None) -> PyramidImage | None:
        """Return how the first of a pair differs from the second, None until it is known, or where sizes differ."""
        return self._known[1] if self._known is not None and self._known[0] == pair else None

    def find(self, pair: Pair | None) -> None:
        """Look for the difference of a pair; None lets go of what is kept."""
        if pair is None:
            self._known = None
        elif self._known is None or self._known[0] != pair:
            self._background.run(lambda: _find(pair), self._keep, self._failed, lane="difference")

    def _keep(self, found: tuple[Pair, PyramidImage | None]) -> None:
        self._known = found
        self._changed()


def _find(pair: Pair) -> tuple[Pair, PyramidImage | None]:
    from desktop_app.gui.canvas.images import difference_image

    return pair, difference_image(*pair)
