"""``restore.all_in_one``: every damage in turn, what it is told only to what recognises it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.all_in_one.kinds import KINDS
from plugins.restoration.all_in_one.network import AllInOne, mixed
from training.chance import drawn_by
from training.damages import damaged
from training.lesson import LIKELIHOOD, Lesson, Pair, root_mean_square
from training.optimisation import Schedule
from training.photos import recoloured

__all__ = ["LESSON", "pairs"]

_RECOGNITION = 0.03  # weight of the kinds' cross-entropy
_LOOKS = 5  # of the held-out photos, each with every kind of damage
_TOLD = 0.5  # share of the photos whose kind is told rather than recognised, so that both work


def pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return photos with one kind of damage each, drawn for it."""
    kinds = torch.randint(len(KINDS), (len(clean),), generator=generator)
    given, wanted = [], []
    for image, kind in zip(torch.split(clean, 1), kinds.tolist(), strict=True):
        target = recoloured(image, generator) if KINDS[kind] in ("noise", "compression", "nothing") else image
        given.append(damaged(KINDS[kind], target, generator))
        wanted.append(target)
    told = torch.rand(len(clean), generator=generator) < _TOLD
    return Pair(torch.cat(given), torch.cat(wanted), {"kind": kinds, "told": told})


def loss(network: AllInOne, pair: Pair) -> Tensor:
    """Return the restorations' error, the variance's likelihood and the kinds' cross-entropy."""
    kind = pair.extra["kind"]
    logits, tones = network.recognised(pair.given)
    known = F.one_hot(kind, len(KINDS)).float()
    kinds = torch.where(pair.extra["told"][:, None], known, logits.detach().softmax(1))
    mean, log_variance = network.restored(pair.given, kinds, mixed(kinds, tones))
    squared = (mean - pair.wanted).detach().square()
    likelihood = (0.5 * (squared * (-log_variance).exp() + log_variance)).mean()
    recognition = F.cross_entropy(logits, kind)
    return root_mean_square(mean, pair.wanted) + LIKELIHOOD * likelihood + _RECOGNITION * recognition


def figures(network: AllInOne, photos: Sequence[Tensor]) -> Mapping[str, float]:
    """Return, for each kind, PSNR before and after in dB, and the share of photos whose kind is named rightly."""
    found: dict[str, list[float]] = {f"{kind}_{name}": [] for kind in KINDS for name in ("given", "restored")}
    device, named = next(network.parameters()).device, list[float]()
    for place, photo in enumerate(photos[:_LOOKS]):
        clean = photo[None].float() / 255.0
        for number, kind in enumerate(KINDS):
            given = damaged(kind, clean, drawn_by(place, number)).to(device)
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                logits, tones = network.recognised(given)
                kinds = logits.softmax(1)
                restored = network.restored(given, kinds, mixed(kinds, tones))[0]
            named.append(float(int(logits.argmax()) == number))
            for name, picture in (("given", given), ("restored", restored)):
                error = (picture.cpu().clamp(0, 1) - clean).square().mean()
                found[f"{kind}_{name}"].append(float(-10.0 * error.clamp(min=1e-6).log10()))
    means = {name: sum(values) / len(values) for name, values in found.items()}
    return means | {"named_rightly": sum(named) / len(named)}


LESSON = Lesson(
    model="restore.all_in_one_net",
    what="Recognises what is wrong with a photo (noise, compression, blur, rain, drops, haze, darkness, water, or "
    "nothing), undoes it, and says how far each value may be off.",
    signature="The trunk of the learnt restorers (a U-net on blocks of 2 x 2 pixels without biases); before it a small "
    "network that recognises the kind and sets gain and shift of each channel, and whose answer weighs the decoder's "
    "channels. Input: N, C, H, W with C 1 (grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in "
    "[0, 1]; optionally after it a plane for each kind and tone. Output: N, 2 C, H, W, mean and standard deviation.",
    factory="plugins.restoration.all_in_one.network:build",
    pairs=pairs, loss=loss, figures=figures, start="denoise_deep", batch=9, crop=96,
    schedule=Schedule(steps=6000, rate=6e-4, warmup=100),
    caveats=(
        "One kind of damage in each photo: of several at once it names the strongest, and undoes that.",
        "Blur longer than about twenty pixels, and haze so thick that nothing shines through, are beyond it.",
    ),
)
