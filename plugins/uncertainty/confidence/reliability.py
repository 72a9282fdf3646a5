"""How far a classifier's confidence held on photos that it knows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

from plugins.uncertainty.common.known import Known

__all__ = ["held_on"]

_BINS = 15  # of equal width, as Guo 2017 (arXiv:1706.04599, eq. 3)


@lru_cache(maxsize=8)
def held_on(known: Known) -> dict[str, Any]:
    """Return what the confidence is worth on known photos, none of which trained a weight.

    Returns
    -------
    dict
        ``on`` and ``n``; ``ece``, the mean gap in [0, 1] between confidence and share of right answers over bins;
        ``told_apart``, how often, in [0, 1], it is higher of a right answer than of a wrong one, ties counting half,
        None where there are not both; ``reliability``, a list of mean confidence, share that is right, and photos,
        for each bin that has any.
    """
    confidence, said = known.seen.logits.cpu().double().softmax(1).max(1)  # not every device has double precision
    is_right = (said == known.classes.cpu()).double()
    places = (confidence * _BINS).ceil().long().clamp(1, _BINS) - 1
    of_each = (torch.ones_like(is_right), confidence, is_right)
    count, sure, right = (torch.bincount(places, weights, minlength=_BINS) for weights in of_each)
    full = count > 0
    bins = torch.stack([sure / count, right / count, count], 1)[full].tolist()
    return {
        **known.checked, "ece": float((sure - right).abs().sum() / len(is_right)),
        "told_apart": _told_apart(confidence[is_right > 0], confidence[is_right == 0]),
        "reliability": [[mean, share, int(photos)] for mean, share, photos in bins],
    }  # fmt: skip


def _told_apart(right: torch.Tensor, wrong: torch.Tensor) -> float | None:
    if not len(right) or not len(wrong):
        return None
    ordered = wrong.sort().values
    below, up_to = (torch.searchsorted(ordered, right, right=side) for side in (False, True))
    return float((below + up_to).double().mean() / 2.0 / len(wrong))
