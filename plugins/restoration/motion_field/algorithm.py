"""Motion blur undone by the motion of every pixel, ``y(p) = Σ_d K_p(d) x(p - d) + e``, K_p a straight line.

A network tells, for each cell of the photo, how likely each of many straight motions is, and the dents in the cell's
spectrum tell it again; the likeliest field is the photo's in which neighbours move alike and most cells as one movement
of the camera has them (Sun 2015, arXiv:1503.00593, sections 3 and 4, smooths without the latter two). Every pixel then
has its kernel, and the photo is deconvolved with all of them. An object that moves alone may have its own motion.
"""

from __future__ import annotations

from functools import partial
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.strips import row_strips
from plugins.restoration.motion_field.descriptor import NETWORK, MotionFieldParams
from plugins.restoration.motion_field.network import CELL, REACH, doubled
from plugins.restoration.motion_field.sharpening import LEAST_MOTION, sharpened_by, undoubled
from plugins.restoration.motion_field.smoothing import field_of

_STRIP = 32 * CELL  # rows of the photo that the network looks at at once
_LOOKING = 0.1  # share of the running time, for the progress bar
_LEAST = 8  # pixels of a side


def run(images: Tensor, params: MotionFieldParams, run: Run) -> Result:
    """Sharpen photos ``(N, C, H, W)`` float32 with C 1 or 3; values outside [0, 1] are kept.

    The maps are the length of each pixel's motion and its direction.
    """
    height, width = images.shape[-2:]
    restored, fields = [], []
    with torch.no_grad():
        for index, image in enumerate(images):
            run.progress(index / len(images), "looking for the motion")
            told = _told(image, run)
            if min(height, width) < _LEAST:  # along so short a side no motion can be told from none
                fields.append(image.new_zeros((*told.shape[1:], 2)))
                restored.append(image.clone())
                continue
            field = field_of(image, told, run.prepared[index], params.smoothness, run.check)
            fields.append(field)
            progress = partial(_part, run, index, len(images))
            restored.append(sharpened_by(image, field, run.prepared[index], progress))
    run.progress(1.0)
    motions = torch.stack([_over(field, height, width) for field in fields])
    is_small = min(height, width) < _LEAST
    return Result(image=torch.stack(restored), maps=_maps(motions), reports=[_report(one, is_small) for one in fields])


def _part(run: Run, index: int, count: int, done: float) -> None:
    run.progress((index + _LOOKING + (1.0 - _LOOKING) * done) / count, "taking the blur away")


def _told(image: Tensor, run: Run) -> Tensor:
    """Return the network's logits ``(M, rows, columns)`` of a photo ``(C, H, W)``, a strip at a time."""
    network, found = run.network(NETWORK), []
    around = ceil(REACH / CELL) * CELL
    for strip in row_strips(image.shape[1], _STRIP, around):
        run.check()
        cells = network(image[None, :, strip.read])[0]
        first, count = strip.core.start // CELL, ceil(len(strip.rows) / CELL)
        found.append(cells[:, first : first + count])
    return torch.cat(found, dim=1)


def _over(field: Tensor, height: int, width: int) -> Tensor:
    """Return length and angle ``(2, H, W)`` of each pixel's motion."""
    size = (field.shape[0] * CELL, field.shape[1] * CELL)
    vectors = F.interpolate(doubled(field).permute(2, 0, 1)[None], size, mode="bilinear")[0]
    return torch.stack(undoubled(vectors[:, :height, :width]))


def _maps(motions: Tensor) -> list[Map]:
    return [
        Map(name="motion", values=motions[:, 0], kind="estimate", unit="px",
            meaning="How far this pixel moved during the exposure."),
        Map(name="direction", values=torch.rad2deg(motions[:, 1]) % 180.0, kind="estimate", unit="°",
            meaning="Along which line it moved, counter-clockwise from the horizontal; one way or the other.",
            colormap="twilight"),
    ]  # fmt: skip


def _report(field: Tensor, is_small: bool) -> dict[str, float | str]:
    lengths = field[..., 0].flatten()
    report: dict[str, float | str] = {
        "median_motion": round(float(lengths.median()), 2), "longest_motion": round(float(lengths.max()), 2),
    }  # fmt: skip
    if is_small:
        report["headline"] = f"Nothing to do: no motion can be told where a side has fewer than {_LEAST} pixels."
    elif float(lengths.max()) <= LEAST_MOTION:
        report["headline"] = f"Nothing to do: no motion of more than {LEAST_MOTION:.0f} pixels was found."
    return report
