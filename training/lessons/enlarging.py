"""What enlargers are taught: photos made small by two, three or four, drawn for each batch, and rounded as files are.

One lesson for a network of the three scales; a held-out photo's scale is drawn as a batch's is, and the figures by
scale are those of published tables: PSNR of BT.601's luma between 16 and 235, borders of `scale` pixels left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.resize import downsample_bicubic, upsample_bicubic
from plugins.restoration.common.enlarging import SCALES, fine_luma
from training.lesson import Lesson, Pair, root_mean_square
from training.optimisation import Schedule
from training.orthogonal import OrthogonalSchedule

__all__ = ["SRCNN", "VDSR", "luma_psnr", "reduced"]

_STUDIO = 219.0 / 255.0  # of the range of a video's luma


def reduced(clean: Tensor, scale: int) -> Pair:
    """Return the luma of photos ``(N, C, H, W)`` made small, and as it was, cut to a multiple of the scale."""
    height, width = (size // scale * scale for size in clean.shape[-2:])
    large = luminance(clean)[..., :height, :width]
    small = (downsample_bicubic(large, scale) * 255.0).round() / 255.0
    return Pair(small, large)


def luma_psnr(found: Tensor, wanted: Tensor, scale: int) -> float:
    """Return PSNR in dB of luma ``(1, 1, H, W)`` in [0, 1], by the convention of published tables."""
    inner = (..., slice(scale, -scale), slice(scale, -scale))
    error = _STUDIO * (found.clamp(0.0, 1.0) - wanted)[inner]
    return float(-10.0 * error.square().mean().clamp(min=1e-10).log10())


def _scale_of(pair: Pair) -> int:
    return pair.wanted.shape[-1] // pair.given.shape[-1]


def _pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    return reduced(clean, SCALES[int(torch.randint(len(SCALES), (1,), generator=generator))])


def _loss(network: nn.Module, pair: Pair) -> Tensor:
    scale = _scale_of(pair)
    inner = (..., slice(scale, -scale), slice(scale, -scale))
    return root_mean_square(fine_luma(network, pair.given, scale)[inner], pair.wanted[inner])


def _restored(network: nn.Module, pair: Pair) -> Tensor:
    return fine_luma(network, pair.given, _scale_of(pair))


def _bicubic(pair: Pair) -> Tensor:
    with torch.autocast(pair.given.device.type, enabled=False):
        return upsample_bicubic(pair.given, _scale_of(pair))


def _figures(network: nn.Module, photos: Sequence[Tensor]) -> Mapping[str, float]:
    """Return, for each scale, PSNR of the luma of held-out photos by bicubic enlargement and by the network, in dB."""
    found: dict[str, list[float]] = {}
    device = next(network.parameters()).device
    for photo in photos:
        for scale in SCALES:
            pair = reduced(photo[None].float() / 255.0, scale).on(device)
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                pictures = {"bicubic": _bicubic(pair), "network": _restored(network, pair)}
            for name, picture in pictures.items():
                found.setdefault(f"x{scale}_{name}", []).append(luma_psnr(picture, pair.wanted, scale))
    return {name: sum(values) / len(values) for name, values in found.items()}


_CAVEATS = (
    "Photos were made small by antialiased bicubic reduction, as for published figures, and were sharp and without "
    "noise: those that were made small in another way, or hold noise or JPEG's blocks, are enlarged less well.",
    "The figures x2, x3, x4 are PSNR of BT.601's luma between 16 and 235, borders of `scale` pixels left out; "
    "`given` and `restored` are of the whole range, each photo at a scale drawn for it, given as bicubic enlargement.",
)
_ENLARGER = Lesson(
    model="", what="", signature="", factory="",
    pairs=_pairs, loss=_loss, restore=_restored, baseline=_bicubic, figures=_figures,
    batch=8, crop=72, margin=0, caveats=_CAVEATS,
)  # fmt: skip
_SIGNATURE = (
    "Input: N, s², H, W with s 2, 3 or 4: the luma of a photo, enlarged s times bicubically and folded, so that the "
    "s × s pixels of each pixel of the small photo are channels; float32, sRGB as encoded, nominally in [0, 1]. "
    "Output: the same shape, what the enlargement lacks."
)
SRCNN = replace(
    _ENLARGER,
    model="superres.srcnn_net",
    what="Finds the details that a bicubic enlargement lacks, by three convolutions.",
    signature="Three convolutions of 3 x 3 with 128 and 64 filters between them for each scale, on the folded "
    f"enlargement. {_SIGNATURE}",
    factory="plugins.restoration.srcnn.network:build",
    schedule=Schedule(steps=6000, rate=3e-3, warmup=100, average=0.995, every=2000),
)
VDSR = replace(
    _ENLARGER,
    model="superres.vdsr_net",
    what="Finds the details that a bicubic enlargement lacks, by twenty convolutions that serve all scales.",
    signature="Twenty convolutions of 3 x 3 with 64 filters between them, of which the first and the last are each "
    f"scale's own. {_SIGNATURE}",
    factory="plugins.restoration.vdsr.network:build",
    schedule=OrthogonalSchedule(steps=2400, rate=1e-3, warmup=100, average=0.995, every=1200),
)
