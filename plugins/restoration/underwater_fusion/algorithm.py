"""Underwater enhancement by colour balance and fusion.

Water swallows red first and lays a veil over distance: ``I_c = J_c t_c + A_c (1 - t_c)`` with a transmission of its own
for every colour. Nothing of that is estimated: the photo is balanced, and a contrasted and a sharpened version of it
are fused at every scale, each where it is better.
"""

from __future__ import annotations

from math import ceil, log2, sqrt

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.appearance import luminance, rgb_to_lab
from desktop_app.numerics.filters import enlarged_rows, gaussian_blur, gaussian_reach, reduce
from desktop_app.numerics.pyramids import fused_difference
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.restoration.underwater_fusion.descriptor import UnderwaterFusionParams

_STRIP = 1 << 17  # pixels
_DETAIL_SIGMA = 2.0  # pixels
_REGULARISER = 0.1  # δ of Ancuti 2018, section III-C: what keeps both pictures in
_SALIENT_PIXELS = 1_000_000  # up to which saliency is computed: it is blurred anyway
_COARSEST = 8  # pixels of the pyramid's last level
_STRONGEST_GAIN = 4.0  # of white balance, and of stretching: a colour that is gone is noise
_CLIPPED = 0.003  # share of the pixels that lie beyond each end of the stretched tones
_BLACK = 0.07  # where the darkest tone goes: shadows under water are never empty
_SAMPLES = 1 << 18


def run(images: Tensor, params: UnderwaterFusionParams, run: Run) -> Result:
    """Enhance underwater photos ``(N, C, H, W)``; a grey photo gets contrast and sharpness only.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; the result may overshoot at sharp edges.
    params : UnderwaterFusionParams
        Compensation, balance, contrast, sharpening.
    run : Run
        Progress and cancellation.

    Returns
    -------
    Result
        The photo, and the weight of the contrasted version as a map.
    """
    with torch.no_grad():
        pairs = [_fused(image[None], params, run) for image in images]
    return Result(image=torch.cat([image for image, _ in pairs]), maps=[_map(torch.cat([seen for _, seen in pairs]))])


def _fused(image: Tensor, params: UnderwaterFusionParams, run: Run) -> tuple[Tensor, Tensor]:
    height, width = image.shape[-2:]
    balanced = stretched(white_balanced(image, params, run), params, run)
    saliencies = _saliencies(balanced, params, run)
    difference, weight = torch.empty_like(image), image.new_empty(1, 1, height, width)
    sharp = torch.empty_like(image)
    far = gaussian_reach(_DETAIL_SIGMA) + 1
    for strip in row_strips(height, rows_of(_STRIP, width, far), far):
        run.progress(0.3 + 0.4 * strip.rows.start / height, "weighing")
        salient = [enlarged_rows(values, factor, strip.rows, width) for values, factor in saliencies]
        pictures = _versions(balanced[..., strip.read, :], params)
        share = _share(pictures, salient, strip.core)
        first, second = (picture[..., strip.core, :] for picture in pictures)
        difference[..., strip.place, :] = first - second
        sharp[..., strip.place, :] = second
        weight[..., strip.place, :] = share
    run.progress(0.7, "fusing")
    del balanced
    levels = max(0, int(log2(max(min(height, width), 1) / _COARSEST))) if min(height, width) > _COARSEST else 0
    return sharp.add_(fused_difference(difference, weight, levels, run.check)), weight[:, 0]


def white_balanced(image: Tensor, params: UnderwaterFusionParams, run: Run) -> Tensor:
    """Return a photo ``(1, C, H, W)`` with its lost colours compensated and its mean colour moved to grey."""
    if image.shape[1] == 1:
        return image
    compensated = image.clone()
    means = [float(plane.mean()) for plane in image[0]]
    green = image[0, 1]
    for channel in (0, 2):
        run.check()
        lost = max(means[1] - means[channel], 0.0) * params.compensation
        if lost:  # Ancuti 2018, eq. 4 and 5: most where green is bright and the colour itself is lacking
            compensated[0, channel].add_((1.0 - image[0, channel]).mul_(green).clamp_(min=0.0), alpha=lost)
    means = [float(plane.mean()) for plane in compensated[0]]
    grey = sum(means) / 3.0
    for plane, mean in zip(compensated[0], means, strict=True):
        run.check()
        gain = min(max(grey, 1e-6) / max(mean, 1e-6), _STRONGEST_GAIN)
        plane.mul_(1.0 + params.balance * (gain - 1.0))
    return compensated


def stretched(balanced: Tensor, params: UnderwaterFusionParams, run: Run) -> Tensor:
    """Return a balanced photo with each colour's tones spread over the scale, and its colours strengthened.

    The paper stretches what it adds as detail; the veil, which is the same everywhere in a colour, goes with the tones.
    """
    step = max(1, balanced.shape[-2] * balanced.shape[-1] // _SAMPLES)
    planes = []
    for plane in balanced[0]:
        run.check()
        tones = plane.flatten()[::step].sort().values
        clipped = round(_CLIPPED * (len(tones) - 1))
        low, high = float(tones[clipped]), float(tones[-1 - clipped])
        gain = min((1.0 - _BLACK) / max(high - low, 1e-6), _STRONGEST_GAIN)
        is_flat = high - low < 1e-3
        planes.append(plane if is_flat else torch.lerp(plane, (plane - low).mul_(gain).add_(_BLACK), params.stretch))
    spread = torch.stack(planes)[None]
    if balanced.shape[1] == 1 or params.saturation == 1.0:
        return spread
    return torch.lerp(luminance(spread), spread, params.saturation)


def _versions(balanced: Tensor, params: UnderwaterFusionParams) -> tuple[Tensor, Tensor]:
    """Return the contrasted and the sharpened picture (Ancuti 2018, section III-A)."""
    positive = balanced.clamp(min=0.0)
    contrasted = positive**params.gamma + (balanced - positive)
    detail = balanced - gaussian_blur(balanced, _DETAIL_SIGMA)
    return contrasted, balanced.add(detail, alpha=params.sharpening)


def _saliencies(balanced: Tensor, params: UnderwaterFusionParams, run: Run) -> list[tuple[Tensor, int]]:
    """Return how much every place of each version stands out, reduced by a factor (Achanta 2009, eq. 4)."""
    factor = ceil(sqrt(balanced.shape[-2] * balanced.shape[-1] / _SALIENT_PIXELS))
    maps = []
    for picture in _versions(reduce(balanced, factor), params):
        run.progress(0.2, "looking for what stands out")
        colours = rgb_to_lab(picture.clamp(0.0, 1.0)) / 100.0 if picture.shape[1] == 3 else picture
        apart = colours.mean((2, 3), keepdim=True) - gaussian_blur(colours, 1.0)
        maps.append((apart.square().sum(1, keepdim=True).sqrt(), factor))
        run.check()
    return maps


def _share(pictures: tuple[Tensor, Tensor], salient: list[Tensor], core: slice) -> Tensor:
    """Return the first picture's share, ``(1, 1, h, W)``: Ancuti 2018, section III-B and III-C."""
    first, second = (
        (_local_contrast(picture)[..., core, :] + _colourfulness(picture[..., core, :])).add_(stands_out)
        for picture, stands_out in zip(pictures, salient, strict=True)
    )
    return (first + _REGULARISER) / (first + second + 2.0 * _REGULARISER)


def _local_contrast(picture: Tensor) -> Tensor:
    """Return the absolute Laplacian of the luma."""
    luma = luminance(picture)
    padded = torch.nn.functional.pad(luma, (1, 1, 1, 1), mode="replicate")
    around = padded[..., :-2, 1:-1] + padded[..., 2:, 1:-1] + padded[..., 1:-1, :-2] + padded[..., 1:-1, 2:]
    return around.sub_(luma, alpha=4.0).abs_()


def _colourfulness(picture: Tensor) -> Tensor:
    """Return the root mean square distance of the colours from the luma (Ancuti 2018, eq. 7)."""
    return (picture - luminance(picture)).square().mean(1, keepdim=True).sqrt()


def _map(values: Tensor) -> Map:
    return Map(
        name="contrast share", values=values, kind="attribution", unit="share", colormap="viridis",
        meaning="How much of the result comes from the more contrasted version; the rest is from the sharper one.",
    )
