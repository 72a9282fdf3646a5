"""The metrics as data: what each needs, which way is better, and by what convention it is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import ParameterError

Planes = NDArray[np.float32]


@dataclass(frozen=True)
class Metric:
    """One metric.

    ``place`` is ``"module:function"``, loaded when it is first used; ``smallest`` the least side of a picture in
    pixels.
    """

    name: str
    title: str
    place: str
    convention: str
    needs_reference: bool
    higher_is_better: bool = True
    unit: str = ""
    needs_colour: bool = False
    smallest: int = 1

    def obstacle(self, picture: Planes) -> str | None:
        """Return why a picture ``(C, H, W)`` float32 cannot be measured, in a sentence, or None."""
        channels, height, width = picture.shape
        if self.needs_colour and channels != 3:
            return f"{self.title} needs a colour picture"
        if min(height, width) < self.smallest:
            return f"{self.title} needs at least {self.smallest}×{self.smallest} pixels, got {width}×{height}"
        return None

    def measure(self, picture: Planes, reference: Planes | None = None) -> float:
        """Return the metric of a picture ``(C, H, W)`` float32, nominally in [0, 1].

        Raises
        ------
        ParameterError
            If the picture cannot be measured, or the reference is missing or of another shape.
        """
        if not self.needs_reference:
            return float(self._function()(picture))
        if reference is None:
            raise ParameterError(f"expected a reference for {self.title}, got none; name one")
        return float(self._function()(picture, reference))

    def text(self, value: float | None) -> str:
        """Return a value as people read it."""
        if value is None:
            return "–"
        digits = 2 if self.unit or not self.needs_reference else 4
        return f"{value:.{digits}f} {self.unit}".strip()

    def _function(self) -> Callable[..., float]:
        module, _, name = self.place.partition(":")
        function: Callable[..., float] = getattr(import_module(module), name)
        return function


_LAB = "desktop_app.core.lab"
METRICS: tuple[Metric, ...] = (
    Metric("psnr", "PSNR", f"{_LAB}.metrics:psnr", "over all channels at once, peak 1.0, clipped and not rounded",
           needs_reference=True, unit="dB"),
    Metric("ssim", "SSIM", f"{_LAB}.metrics:ssim",
           "11×11 Gaussian window, σ 1.5, averaged over channels (Wang 2004)", needs_reference=True, smallest=11),
    Metric("ms_ssim", "MS-SSIM", f"{_LAB}.metrics:ms_ssim",
           "five scales of SSIM's window, 2×2 means between them, averaged over channels (Wang 2003)",
           needs_reference=True, smallest=161),
    Metric("niqe", "NIQE", f"{_LAB}.niqe:niqe",
           "grey by BT.601, patches of 96×96 pixels at two scales, against the statistics that come with the program "
           "(Mittal 2013); lower is better, and other programs' figures differ by their statistics",
           needs_reference=False, higher_is_better=False, smallest=96),
    Metric("uiqm", "UIQM", f"{_LAB}.underwater:uiqm",
           "8-bit levels, blocks of 10×10 pixels, ordinary arithmetic for contrast (Panetta 2016); for underwater"
           " photos",
           needs_reference=False, needs_colour=True, smallest=10),
    Metric("uciqe", "UCIQE", f"{_LAB}.underwater:uciqe",
           "CIELAB under D65, lightness and chroma over 100 (Yang 2015); for underwater photos",
           needs_reference=False, needs_colour=True),
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}


@dataclass(frozen=True)
class Scores:
    """What was measured: a value for each metric that was asked for (None where there is none), and why not."""

    values: dict[str, float | None]
    notes: tuple[str, ...] = ()

    @property
    def measured(self) -> tuple[Metric, ...]:
        """The metrics that have a value."""
        return tuple(BY_NAME[name] for name, value in self.values.items() if value is not None)


def scores(
    picture: Planes,
    reference: Planes | None = None,
    names: Sequence[str] = (),
    check: Callable[[], None] = lambda: None,
) -> Scores:
    """Measure a picture by every metric that suits it.

    Parameters
    ----------
    picture : ndarray
        ``(C, H, W)`` float32, nominally in [0, 1].
    reference : ndarray, optional
        What it ought to look like: the metrics are then those that compare, else those that need no reference.
    names : sequence of str
        Only these metrics; all when empty.
    check : callable
        Called between metrics; what it raises ends the work.

    Raises
    ------
    ParameterError
        If a value is NaN or infinite, or the reference is of another shape.
    """
    _require_comparable(picture, reference)
    values: dict[str, float | None] = {}
    notes = []
    for metric in METRICS:
        if metric.needs_reference != (reference is not None) or (names and metric.name not in names):
            continue
        check()
        values[metric.name], note = _measured(metric, picture, reference)
        notes += [note] if note else []
    return Scores(values, tuple(notes))


def _measured(metric: Metric, picture: Planes, reference: Planes | None) -> tuple[float | None, str | None]:
    obstacle = metric.obstacle(picture)
    if obstacle:
        return None, obstacle
    try:
        value = metric.measure(picture, reference)
        return value, None if np.isfinite(value) else f"{metric.title} is infinite: the two pictures are the same"
    except ParameterError as error:  # a flat picture, say: the other metrics still have something to tell
        return None, str(error)


def _require_comparable(picture: Planes, reference: Planes | None) -> None:
    for name, planes in (("picture", picture), ("reference", reference)):
        if planes is not None and not np.isfinite(planes).all():
            raise ParameterError(f"expected finite pixels in the {name}, got NaN or infinite ones; mend it first")
    if reference is not None and picture.shape != reference.shape:
        raise ParameterError(
            f"expected a reference of the picture's size and channels, {_size(picture)}, got {_size(reference)}; "
            "crop or convert one of them"
        )


def _size(planes: Planes) -> str:
    channels, height, width = planes.shape
    return f"{width}×{height} {'grey' if channels == 1 else 'RGB'}"


def conventions(metrics: Iterable[Metric]) -> str:
    """Return by what conventions metrics are computed, in one line."""
    return "; ".join(f"{metric.title}: {metric.convention}" for metric in metrics)
