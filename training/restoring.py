"""One recipe for every learnt restorer: photos are damaged as its `Lesson` says, and its network learns to undo it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from math import log10
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from desktop_app.api import bundled_network
from desktop_app.api.errors import ParameterError
from training.chance import drawn_by
from training.dead_leaves import dead_leaves
from training.lesson import Lesson, Pair
from training.lessons import lesson_of
from training.loop import pick_device, resumed, train
from training.optimisation import Schedule
from training.photos import BsdsPhotos, crops, halved, load_bsds, photos_in, read_photo
from training.restoring_card import HeldOut, export, means
from training.weights import built, file_facts, round_to_half

__all__ = ["Restoring", "add_options", "held_out", "make", "mixed"]

_LEAVES_SIDE, _PHOTOS_A_PICTURE = 192, 8  # pixels; one picture of leaves for so many photos
_JITTER = 4  # a JPEG's blocks begin anywhere in a crop


@dataclass(frozen=True)
class Restoring:
    """The recipe of a lesson.

    Parameters
    ----------
    name : str
        The lesson's.
    start : Path, optional
        Weights (safetensors) to start from, in place of the lesson's.
    more : Path, optional
        A folder of further photos to learn from, as they are: best ones that were made smaller, for the colours of a
        JPEG file are blurred at its own size.
    """

    name: str
    lesson: Lesson
    schedule: Schedule
    batch: int
    crop: int
    photos: BsdsPhotos = field(default_factory=load_bsds)
    start: Path | None = None
    more: Path | None = None

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """What else decides the result."""
        start = self._start
        facts = {"batch": self.batch, "crop": self.crop, "start": file_facts(start)["sha256"] if start else None}
        return {**facts, "more": len(photos_in(self.more))} if self.more else facts

    @property
    def _start(self) -> Path | None:
        if self.start is None and self.lesson.start:
            return Path(bundled_network(self.lesson.start)[1]["weights"])
        return self.start

    def network(self) -> nn.Module:
        """Return what is trained, with random weights or those to start from.

        Raises
        ------
        ParameterError
            If none of the weights to start from fits.
        """
        trained = self.lesson.network() if self.lesson.network else built(self.lesson.factory)
        if (start := self._start) is not None:
            own = self.lesson.shipped(trained).state_dict()
            found = {name: value.float() for name, value in load_file(start).items()}
            fitting = {name: value for name, value in found.items() if name in own and own[name].shape == value.shape}
            if not fitting:
                raise ParameterError(f"expected weights of a network like {self.lesson.factory} in {str(start)!r}, got "
                                     "none that fits; give another file by --start")
            self.lesson.shipped(trained).load_state_dict({**own, **fitting})
        return trained

    @cached_property
    def pictures(self) -> list[Tensor]:
        """The photos ``(3, H, W)`` uint8 as they are, and at half their size where a crop still fits, and leaves.

        Raises
        ------
        ParameterError
            If all are too small.
        """
        own, least = self.photos.training, self.crop + 2 * self.lesson.margin
        more = [read_photo(path) for path in photos_in(self.more)] if self.more else []
        found = [*own, *halved(own), *more]
        large = [photo for photo in found if min(photo.shape[1:]) >= least]
        if not large:
            raise ParameterError(f"expected photos of at least {least} pixels a side to learn from, got none of "
                                 f"{len(own) + len(more)}; use larger ones, or a smaller --crop")
        if not self.lesson.with_leaves:
            return large
        generator, side = drawn_by(self.schedule.seed), max(least, _LEAVES_SIDE)
        leaves = [dead_leaves([*own, *more], side, generator) for _ in large[::_PHOTOS_A_PICTURE]]
        return [*large, *leaves]

    def loss(self, network: nn.Module, step: int) -> Tensor:
        """Return the loss of one batch."""
        generator, margin = drawn_by(self.schedule.seed, step), self.lesson.margin
        clean = crops(self.pictures, self.batch, self.crop + 2 * margin, generator)
        with torch.no_grad():
            pair = self.lesson.pairs(clean, generator)
        jitter = min(_JITTER, margin)
        top, left = (margin - jitter + torch.randint(2 * jitter + 1, (2,), generator=generator)).tolist()
        pair = _cut(pair, clean.shape[-1], slice(top, top + self.crop), slice(left, left + self.crop))
        device = next(network.parameters()).device
        with torch.autocast(device.type, torch.bfloat16, enabled=not self.lesson.is_exact):
            return self.lesson.loss(network, pair.on(device))

    def held_out(self, network: nn.Module) -> Mapping[str, float]:
        """Return the lesson's figures on photos that are not trained on: PSNR in dB before and after, and its own."""
        shipped = self.lesson.shipped(network)
        rows = held_out(self.lesson, shipped, self.photos.looks)
        more = self.lesson.figures(shipped, self.photos.looks)
        return {**(means(rows) if rows else {}), **more}


def held_out(lesson: Lesson, network: nn.Module, photos: list[Tensor]) -> list[HeldOut]:
    """Return PSNR in dB, of values clipped to [0, 1], of each photo ``(3, H, W)`` uint8 before and after.

    The damage of a photo is drawn by its place in the list. None of a network that gives no picture.
    """
    found, device = list[HeldOut](), next(network.parameters()).device
    if lesson.restore is None:
        return found
    for place, photo in enumerate(photos):
        pair = lesson.pairs(photo[None].float() / 255.0, drawn_by(place)).on(device)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=not lesson.is_exact):
            restored, before = lesson.restore(network, pair), lesson.baseline(pair)
        found.append(HeldOut(place, _psnr(before, pair.wanted), _psnr(restored, pair.wanted)))
    return found


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this recipe takes; what is not given is the lesson's own."""
    parser.add_argument("--net", help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--crop", type=int, help="pixels a side, a multiple of 8")
    parser.add_argument("--start", type=Path, metavar="FILE", help="weights to start from")
    parser.add_argument("--more", type=Path, metavar="FOLDER", help="further photos to learn from")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda …")
    parser.add_argument("--anchor", type=Path, metavar="FILE", help="weights that the result is mixed with")
    parser.add_argument("--share", type=float, default=1.0, help="of what was learnt in that mixture")
    parser.add_argument("--as-is", action="store_true", help="export what the run holds, without going on")


def make(options: argparse.Namespace) -> Mapping[str, Any]:
    """Train, export what came of it with its card, and return the figures."""
    lesson = lesson_of(options.net)
    lesson = replace(lesson, start="") if options.start else lesson
    given = {name: getattr(options, name) for name in ("steps", "rate", "seed") if getattr(options, name) is not None}
    schedule = replace(lesson.schedule, **given)
    recipe = Restoring(options.net, lesson, schedule, options.batch or lesson.batch, options.crop or lesson.crop,
                       load_bsds(options.data), options.start, options.more)
    run = (resumed if options.as_is else train)(recipe, options.folder, pick_device(options.device))
    learnt = lesson.shipped(run.averaged)
    mixture = mixed(learnt, options.anchor, options.share) if options.anchor else {}
    network = round_to_half(learnt)
    rows, last = held_out(lesson, network, recipe.photos.looks), run.curve[-1]
    if mixture:  # the curve's figures are of what was learnt alone
        last = {**last, **lesson.figures(network, recipe.photos.looks)}
    made = {**asdict(schedule), **recipe.options, **mixture}
    card = export(network, options.output, options.net, lesson, made, last, rows)
    return dict(card["figures"])


def mixed(network: nn.Module, anchor: Path, share: float) -> Mapping[str, Any]:
    """Mix a network's weights, in place, with those that it came from, and return what a card says of that.

    Between the two lie networks that keep most of what was learnt and do not fail where the old one did not (Wortsman
    et al. 2022, arXiv:2109.01903).

    Raises
    ------
    ParameterError
        If the share is not between 0 and 1, or the anchor's weights are another network's.
    """
    if not 0.0 <= share <= 1.0:
        raise ParameterError(f"expected a --share between 0 and 1, got {share:g}")
    own, other = network.state_dict(), load_file(anchor)
    if any(name not in other or other[name].shape != value.shape for name, value in own.items()):
        raise ParameterError(f"expected weights of the same network in {str(anchor)!r}, got another's; give its own by "
                             "--anchor")
    network.load_state_dict({name: torch.lerp(other[name].to(value), value, share) for name, value in own.items()})
    return {"anchor": file_facts(anchor)["sha256"], "share": share}


def _cut(pair: Pair, side: int, rows: slice, columns: slice) -> Pair:
    def part(picture: Tensor) -> Tensor:
        return picture[..., rows, columns] if picture.ndim == 4 and picture.shape[-1] == side else picture

    return Pair(part(pair.given), part(pair.wanted), {name: part(value) for name, value in pair.extra.items()})


def _psnr(picture: Tensor, wanted: Tensor) -> float:
    return -10.0 * log10(max(float((picture.float().clamp(0, 1) - wanted).square().mean()), 1e-10))
