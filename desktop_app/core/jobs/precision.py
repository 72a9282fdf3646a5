"""Low precision for network bodies, where the machine is faster with it and the picture stays the same.

The body's convolutions run in bfloat16 with channels last; input, residual additions and output stay float32, because
bfloat16 has steps of 1/256 near white.
"""

from __future__ import annotations

import statistics
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Precision = Literal["float32", "bfloat16"]
TOLERANCE = 1.0 / 1024.0
RULE = 2  # of how it is measured: what was chosen by an earlier one is measured anew
_VIEW = "view size is not compatible"  # how torch's own complaint begins
_PLAIN = "wants_planes_one_after_another"  # kept on a network that was found to
_PROBE_EDGE, _GLANCE_EDGE = 128, 32  # pixels
_REPEATS = 3
_QUICK = 0.3  # seconds that one run on the larger example may take, else the smaller one has to do
_SLOW = 0.1  # seconds of one run on the smaller example, from which on it is run no more often than needed
_BEYOND = 1.5  # the largest of a million pixels' errors over the largest of the example's: 1.37 for DnCNN


@dataclass(frozen=True)
class Probe:
    """What was measured on one example: seconds in each precision, and the largest difference of the output."""

    seconds_float32: float
    seconds_bfloat16: float
    difference: float

    @property
    def choice(self) -> Precision:
        """The faster precision whose output is within `TOLERANCE` of float32's."""
        is_close = self.difference <= TOLERANCE
        return "bfloat16" if is_close and self.seconds_bfloat16 < self.seconds_float32 else "float32"


def run_body(module: nn.Module, images: Tensor, precision: Precision) -> Tensor:
    """Run a network on float32 images and return float32, its body in the given precision.

    Parameters
    ----------
    module : nn.Module
        Additions of its own input stay float32: only convolutions and matrix products are lowered.
    images : Tensor
        ``(N, C, H, W)`` float32.
    """
    import torch

    plain = getattr(module, _PLAIN, False)
    # Not every device knows how to lower precision; one that is not asked to need not.
    with torch.autocast(images.device.type, torch.bfloat16) if precision == "bfloat16" else nullcontext():
        try:
            output: Tensor = module(images if plain else images.contiguous(memory_format=torch.channels_last))
        except RuntimeError as error:
            if plain or _VIEW not in str(error):
                raise
            output = module(images.contiguous())  # it takes for granted how pixels lie in memory
            setattr(module, _PLAIN, True)
    return output.float().contiguous()


def measured(module: nn.Module, channels: int, device: torch.device) -> Probe:
    """Measure both precisions by as little as tells them apart.

    A large network would take a minute for the larger example, and one whose rounding shows on a few pixels needs no
    more of them.

    Parameters
    ----------
    module : nn.Module
        Takes ``(N, C, H, W)`` float32.
    channels : int
        How many of them.
    device : torch.device
        Where it is.

    Returns
    -------
    Probe
        The difference is what is to be expected of a photo's many pixels.
    """
    few = example_images(channels, device, _GLANCE_EDGE)
    found = probe(module, few, 0)
    if _BEYOND * found.difference <= TOLERANCE:
        is_quick = found.seconds_float32 * (_PROBE_EDGE / _GLANCE_EDGE) ** 2 <= _QUICK
        repeats = 1 if found.seconds_float32 > _SLOW else _REPEATS
        found = probe(module, example_images(channels, device) if is_quick else few, repeats)
    return replace(found, difference=_BEYOND * found.difference)


def probe(module: nn.Module, example: Tensor, repeats: int = _REPEATS) -> Probe:
    """Measure both precisions on a float32 example ``(N, C, H, W)``, warmed up, as medians of alternating runs.

    Without `repeats` the run that would warm up is all there is.
    """
    import torch

    seconds: dict[Precision, list[float]] = {"float32": [], "bfloat16": []}
    outputs: dict[Precision, Tensor] = {}
    with torch.inference_mode():
        for _ in range(repeats + 1):
            for precision, times in seconds.items():
                started = time.perf_counter()
                outputs[precision] = run_body(module, example, precision)
                _synchronise(example.device)
                times.append(time.perf_counter() - started)
    difference = float((outputs["float32"] - outputs["bfloat16"]).abs().max())
    plain, low = (statistics.median(times[1:] or times) for times in seconds.values())
    return Probe(plain, low, difference)


def example_images(channels: int, device: torch.device, edge: int = _PROBE_EDGE) -> Tensor:
    """Return the picture on which a network is probed: a smooth ramp with noise, ``(1, C, edge, edge)`` in [0, 1]."""
    import torch

    ramp = torch.linspace(0.0, 1.0, edge)
    picture = 0.5 * (ramp[:, None] + ramp[None, :]).expand(1, channels, edge, edge)
    noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(0)) * (25.0 / 255.0)
    return (picture + noise).clamp(0.0, 1.0).to(device)


def _synchronise(device: torch.device) -> None:
    import torch

    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
