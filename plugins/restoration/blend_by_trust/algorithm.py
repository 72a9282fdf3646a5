"""A restoration mixed with the photo that it was made of, by a map of its doubt."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run, ToolError
from desktop_app.api.resources import bundled
from desktop_app.numerics.error_scale import WEIGHTS, asked_by, error_scale, read_rule
from plugins.restoration.blend_by_trust.descriptor import BlendByTrustParams


def run(images: Tensor, params: BlendByTrustParams, run: Run) -> Result:
    """Restore photos ``(N, C, H, W)`` float32, nominally in [0, 1], where the restoration can be trusted.

    Returns
    -------
    Result
        The mixture; the map ``trust``, the share of the restoration in it.

    Raises
    ------
    ToolError
        If the restoration is of another size than the photo.
    """
    run.progress(0.0, "restoring", until=0.9)
    with torch.no_grad():
        restored = run.inputs["restored"].to(images) if "restored" in run.inputs else run.target(images).float()
        if restored.shape[-2:] != images.shape[-2:]:
            sizes = " and ".join(f"{one.shape[-1]}×{one.shape[-2]}" for one in (images, restored))
            raise ToolError(f"expected a restoration of the photo's size, got {sizes} pixels; choose one that keeps it")
        trust = trust_of(_doubt(images, restored, run), params.threshold, params.softness)
        fitting = restored if restored.shape[1] == images.shape[1] else restored.mean(1, keepdim=True)
        mixed = torch.lerp(images, fitting.expand_as(images), trust[:, None])
    shown = Map(
        name="trust", values=trust, kind="estimate", unit="share", colormap="gray",
        meaning="How much of the restoration is in the picture: all of it where it is sure, nothing where it guesses.",
    )
    reports = [{"kept": float(one.mean())} for one in trust]
    return Result(image=mixed, maps=[shown], reports=reports)


def _doubt(images: Tensor, restored: Tensor, run: Run) -> Tensor:
    """Return how far the restoration may be off, ``(N, H, W)`` float32 in levels."""
    if "map" in run.inputs:
        return run.inputs["map"][:, 0].to(images).expand(len(images), -1, -1)
    return 255.0 * error_scale(restored, images, read_rule(bundled(WEIGHTS)), asked_by(run.call), run.check)


def trust_of(doubt: Tensor, threshold: float, softness: float) -> Tensor:
    """Return the share of a restoration that is kept, of doubts of any shape in the threshold's unit, in [0, 1].

    It falls over `softness` around the threshold by ``3t² - 2t³``, whose ends have no corner (Perlin 1985).

    Examples
    --------
    >>> trust_of(torch.tensor([1.0, 6.0, 11.0]), 6.0, 4.0).tolist()
    [1.0, 0.5, 0.0]
    """
    if softness == 0.0:
        return (doubt <= threshold).to(doubt)
    share = ((threshold - doubt) / softness + 0.5).clamp(0.0, 1.0)
    return share.square() * (3.0 - 2.0 * share)
