"""Many photos, one request: which go through a tool together. Pure, but for the batches' tensors."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from desktop_app.api.descriptors import Tool
    from desktop_app.api.results import Result
    from desktop_app.core.imaging.photo_space import PhotoSpace
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.loaded import LoadedTool, Sizes
    from desktop_app.core.jobs.request import ToolRequest

    Planes = NDArray[np.float32]

STACK = 64
"""How many photos go through a tool together at most, unless a caller says otherwise."""

_PIXELS = 1 << 24  # of all photos that are held at a time: small ones gain by company, large ones do not
_HALF = 0.5  # of a mask

@dataclass(frozen=True, eq=False)
class Sample:
    """One photo of many, with what is its own.

    Parameters
    ----------
    raster : Raster
        The picture; it is not changed.
    seed : int, optional
        What its randomness starts from; the request's by default.
    inputs : mapping of str to ndarray
        Further inputs, ``(C, h, w)`` float32.
    mask : ndarray, optional
        ``(H, W)`` float32 in [0, 1]: the step is applied where it is 1, and blended between.
    icc : bytes, optional
        The profile of its colours; without one they are sRGB's.
    """

    raster: Raster
    seed: int | None = None
    inputs: Mapping[str, Planes] = field(default_factory=dict)
    mask: Planes | None = None
    icc: bytes | None = None

    @property
    def form(self) -> Hashable:
        """What two photos must share to go through a tool together: channels, size, profile, their inputs' shapes."""
        sizes = sorted((name, values.shape) for name, values in self.inputs.items())
        return self.raster.channels, self.raster.height, self.raster.width, tuple(sizes), self.icc


def windows(samples: Iterable[Sample], most: int) -> Iterator[list[Sample]]:
    """Yield a stream in lists of at most `most`, fewer of large photos; no more than one list is held at a time."""
    window: list[Sample] = []
    pixels = 0
    for sample in samples:
        size = sample.raster.height * sample.raster.width
        if window and (len(window) >= most or pixels + size > _PIXELS):
            yield window
            window, pixels = [], 0
        window.append(sample)
        pixels += size
    if window:
        yield window


def by_form(samples: Sequence[Sample]) -> list[list[int]]:
    """Return the positions of the photos that can go together, in the order of each form's first."""
    groups: dict[Hashable, list[int]] = {}
    for position, sample in enumerate(samples):
        groups.setdefault(sample.form, []).append(position)
    return list(groups.values())


def batched_inputs(samples: Sequence[Sample]) -> dict[str, Tensor]:
    """Return the further inputs of photos of one form, ``(N, C, h, w)`` float32 on the CPU."""
    import torch

    return {
        name: torch.stack([torch.from_numpy(sample.inputs[name]).float() for sample in samples])
        for name in samples[0].inputs
    }


def batched_masks(samples: Sequence[Sample], *, is_sharp: bool = False) -> Tensor | None:
    """Return the masks, ``(N, 1, H, W)`` float32, ones where a photo has none; None where no photo has one.

    A sharp mask is 1 from a half on, else 0. An attack needs one: of a share of its change the model was not asked.
    """
    import torch

    if all(sample.mask is None for sample in samples):
        return None
    whole = torch.ones(samples[0].raster.height, samples[0].raster.width)
    masks = [whole if sample.mask is None else torch.from_numpy(sample.mask).float() for sample in samples]
    stacked = torch.stack(masks)[:, None]
    return (stacked >= _HALF).to(stacked) if is_sharp else stacked


@dataclass(frozen=True, eq=False)
class Job:
    """A request after every check, with the photos of one form that it runs on."""

    loaded: LoadedTool
    request: ToolRequest
    params: Any
    sizes: Sizes
    samples: Sequence[Sample]
    control: JobControl
    exact_16: bool
    space: PhotoSpace
    notes: tuple[str, ...] = ()

    @property
    def tool(self) -> Tool:
        """The descriptor."""
        return self.loaded.tool

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """``(N, C, H, W)``."""
        first = self.samples[0].raster
        return len(self.samples), first.channels, first.height, first.width

    @property
    def seeds(self) -> list[int]:
        """Each photo's seed: its own, or the request's."""
        return [self.request.seed if sample.seed is None else sample.seed for sample in self.samples]

    def halves(self) -> list[Job]:
        """Return two jobs of half as many photos each."""
        middle = len(self.samples) // 2
        parts = ((self.samples[:middle], 0.0, 0.5), (self.samples[middle:], 0.5, 1.0))
        return [replace(self, samples=some, control=self.control.part(start, end)) for some, start, end in parts]


@dataclass(frozen=True, eq=False)
class Finished:
    """A result, each photo's transparency, the tool's own time in seconds, the precisions its networks ran in."""

    result: Result
    alphas: Sequence[NDArray[np.generic] | None]
    seconds: float
    precisions: frozenset[str]
