"""``restore.all_in_one``: what recognises the damage of a photo is shown every kind of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.all_in_one.kinds import KINDS
from plugins.restoration.all_in_one.network import Recogniser
from training.chance import drawn_by
from training.damages import damaged
from training.lesson import Lesson, Pair
from training.optimisation import Schedule

__all__ = ["LESSON", "pairs"]


def pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return photos with one kind of damage each, drawn for it; a few are grey."""
    kinds = torch.randint(len(KINDS), (len(clean),), generator=generator)
    given = []
    for image, kind in zip(torch.split(clean, 1), kinds.tolist(), strict=True):
        is_grey = torch.rand((), generator=generator) < 0.1 and KINDS[kind] != "water"
        shown = image.mean(1, keepdim=True).expand(-1, 3, -1, -1) if is_grey else _toned(image, generator)
        given.append(damaged(KINDS[kind], shown, generator))
    return Pair(torch.cat(given), clean, {"kind": kinds})


def _toned(image: Tensor, generator: torch.Generator) -> Tensor:
    """Return a photo brighter, darker, warmer or more colourful within what good photos are, so that these say nothing.

    No further: pale colours tell haze, and blue and green ones water.
    """
    gamma, colour, warmth = torch.rand(3, generator=generator).tolist()
    lit = image.clamp(1e-4, 1.0) ** (0.8 + 0.4 * gamma)
    grey = lit.mean(1, keepdim=True)
    warm = torch.tensor([0.08, 0.0, -0.08]).view(1, 3, 1, 1) * (2.0 * warmth - 1.0)
    toned: Tensor = (grey + (0.8 + 0.5 * colour) * (lit - grey)) * (1.0 + warm)
    return toned.clamp(0.0, 1.0)


def loss(network: Recogniser, pair: Pair) -> Tensor:
    """Return the kinds' cross-entropy."""
    return F.cross_entropy(network(pair.given), pair.extra["kind"])


def figures(network: Recogniser, photos: Sequence[Tensor]) -> Mapping[str, float]:
    """Return the share of photos whose kind is named rightly, of all and of each, and how sure it was on average."""
    device, sure = next(network.parameters()).device, list[float]()
    named: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for place, photo in enumerate(photos):
        for number, kind in enumerate(KINDS):
            given = damaged(kind, photo[None].float() / 255.0, drawn_by(place, number)).to(device)
            with torch.inference_mode():
                likelihoods = network(given).softmax(1)[0]
            sure.append(float(likelihoods.max()))
            named[kind].append(float(int(likelihoods.argmax()) == number))
    every = [value for values in named.values() for value in values]
    of_each = {f"named_{kind}": sum(values) / len(values) for kind, values in named.items()}
    return {"named_rightly": sum(every) / len(every), "mean_likelihood": sum(sure) / len(sure), **of_each}


LESSON = Lesson(
    model="restore.all_in_one_recogniser",
    what="Says what is wrong with a photo: noise, compression, blur, rain, drops on the lens, haze, darkness, water, "
    "or nothing; and how likely each is.",
    signature="The encoder of the learnt restorers' trunk, as denoise.deep has it, whose features' means and higher "
    "moments are weighed by two layers, and in which four layers more look for forms. Input: N, C, H, W with C 1 "
    "(grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in [0, 1]. Output: N, 9 logits.",
    factory="plugins.restoration.all_in_one.network:build",
    pairs=pairs, loss=loss, restore=None, start="denoise_deep", figures=figures, batch=14, crop=192, margin=0,
    schedule=Schedule(steps=2000, rate=2e-3, warmup=100, average=0.995, every=500),
    caveats=(
        "One kind of damage in each photo: of several at once it names the one that shows most.",
        "Weak damage (a drop or two, JPEG of quality 40, a haze that hides little) is easily taken for none.",
    ),
)  # fmt: skip
