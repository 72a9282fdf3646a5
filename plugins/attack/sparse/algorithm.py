"""Sparse-RS in L0 (Croce 2022, algorithm 2): some pixels in corners of the colour cube, exchanged few at a time.

Photos that are fooled leave the batch; each draws from a generator of its own.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.attack.common.counted import Counted
from plugins.attack.common.losses import MISSED
from plugins.attack.sparse.descriptor import SparseParams

_EXCHANGED = 0.3  # share of the pixels that are exchanged at first (section 4)
_HALVINGS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)  # of it, after which share of the queries


def run(images: Tensor, params: SparseParams, run: Run) -> Result:
    """Recolour at most ε pixels of photos ``(N, C, H, W)`` float32 in [0, 1], by answers alone.

    Errors are those of `Counted.begun`.
    """
    counted, draws = Counted.begun(images, params, run, params.queries), run.generators()
    best, clean = counted.best, counted.best.images.clone()
    places = [_allowed(run, index, clean) for index in range(len(clean))]
    with torch.no_grad():
        for query in range(1, params.queries if params.eps >= 1 else 1):
            run.progress(query / params.queries, f"query {query} of {params.queries}")
            some = counted.unfinished
            if not len(some):
                break
            tried = torch.stack([
                _exchanged(best.images[index], clean[index], places[index], draws[index], query, params)
                for index in some.tolist()
            ])  # fmt: skip
            best.keep(tried, *counted.ask(tried, some), some)
        if params.fewest:
            _put_back(clean, counted)
    return Result(image=best.images, reports=counted.reports())


def _allowed(run: Run, index: int, clean: Tensor) -> Tensor:
    """Return the pixels that may be changed, as places in the flattened plane."""
    pixels = clean.shape[2] * clean.shape[3]
    return torch.arange(pixels) if run.mask is None else (run.mask[index].flatten() > 0).cpu().nonzero()[:, 0]


def _exchanged(
    image: Tensor, clean: Tensor, places: Tensor, draw: torch.Generator, query: int, params: SparseParams
) -> Tensor:
    """Return the best photo so far ``(C, H, W)`` with some of its changed pixels put back, and others changed."""
    image, flat = image.flatten(1).clone(), clean.flatten(1)
    count = min(int(params.eps), len(places))
    changed = (image != flat).any(0).nonzero()[:, 0].cpu()
    done = query / params.queries
    share = _EXCHANGED / 2.0 ** sum(done > halving for halving in _HALVINGS)
    leaving = changed[torch.randperm(len(changed), generator=draw)[: max(1, round(share * count))]]
    image[:, leaving] = flat[:, leaving]
    free = count - len(changed) + len(leaving)
    coming = places[torch.randperm(len(places), generator=draw)]
    kept = torch.zeros(flat.shape[1], dtype=torch.bool)
    kept[changed] = True
    coming = coming[~kept[coming]][:free]
    image[:, coming] = torch.randint(2, (len(image), len(coming)), generator=draw).to(image)
    return image.view_as(clean)


def _put_back(clean: Tensor, counted: Counted) -> None:
    """Put changed pixels back one by one, of all fooled photos at a time, where success does not need them."""
    best = counted.best
    some = best.is_found.nonzero()[:, 0]
    changed = {place: (best.images[place] != clean[place]).any(0).flatten().nonzero()[:, 0] for place in some.tolist()}
    for turn in range(max((len(pixels) for pixels in changed.values()), default=0)):
        counted.run.check()
        left = torch.tensor([place for place, pixels in changed.items() if turn < len(pixels)], device=clean.device)
        left = left[counted.affords(left)]
        if not len(left):
            return
        tried = best.images[left].flatten(2)
        for row, place in enumerate(left.tolist()):
            pixel = changed[place][turn]
            tried[row, :, pixel] = clean[place].flatten(1)[:, pixel]
        tried = tried.view_as(clean[left])
        losses, met = counted.ask(tried, left)
        keeps = (met > MISSED) & (met >= best.met[left])
        best.images[left[keeps]], best.losses[left[keeps]] = tried[keeps], losses[keeps]
