"""The network of ``denoise.deep``.

One network for grey and colour: batches alternate. The mean learns by each crop's
root mean squared error (what PSNR is made of; every strength of noise has its say), the variance by the Gaussian
likelihood of the error that is left (Kendall, Gal 2017, arXiv:1703.04977, eq. 5), which the mean does not see: it would
otherwise learn less where it is unsure.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from math import log10
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from desktop_app.api.errors import ParameterError
from desktop_app.numerics.appearance import luminance
from plugins.restoration.deep.network import DeepDenoiser
from training.chance import drawn_by
from training.denoise_deep_card import export
from training.loop import pick_device, resumed, train
from training.noise import UNTOLD, degraded, mixed_noise
from training.optimisation import Schedule
from training.photos import BsdsPhotos, crops, halved, load_bsds, recoloured
from training.weights import round_to_half

__all__ = ["DeepDenoising", "add_options", "make"]

_MARGIN = 8  # a JPEG's blocks begin anywhere in a crop
_LIKELIHOOD = 0.02  # weight beside the absolute error


@dataclass(frozen=True)
class DeepDenoising:
    """The recipe.

    Parameters
    ----------
    schedule : Schedule
        How long and how fast.
    batch : int
        Crops in a batch.
    crop : int
        Their side in pixels, a multiple of 8; the network looks 91 pixels far.
    start : Path, optional
        Weights (safetensors) to start from, in place of random ones.
    """

    schedule: Schedule = field(default_factory=Schedule)
    batch: int = 16
    crop: int = 64
    start: Path | None = None
    photos: BsdsPhotos = field(default_factory=load_bsds)
    name: str = "denoise_deep"

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """What else decides the result."""
        return {"batch": self.batch, "crop": self.crop, "start": _digest(self.start)}

    def network(self) -> DeepDenoiser:
        """Return the network, with random weights or those to start from."""
        network = DeepDenoiser()
        if self.start is not None:
            from safetensors.torch import load_file

            network.load_state_dict({name: value.float() for name, value in load_file(self.start).items()})
        return network

    @cached_property
    def pictures(self) -> list[Tensor]:
        """The photos ``(3, H, W)`` uint8 as they are, and at half their size where a crop still fits."""
        found, least = [*self.photos.training, *halved(self.photos.training)], self.crop + _MARGIN
        large = [photo for photo in found if min(photo.shape[1:]) >= least]
        if not large:
            raise ParameterError(f"expected photos of at least {least} pixels a side to learn from, got none of "
                                 f"{len(self.photos.training)}; use larger ones, or a smaller --crop")
        return large

    def loss(self, network: DeepDenoiser, step: int) -> Tensor:
        """Return the loss of one batch, grey and colour in turn."""
        generator = drawn_by(self.schedule.seed, step)
        clean = crops(self.pictures, self.batch, self.crop + _MARGIN, generator)
        clean = luminance(clean) if step % 2 else recoloured(clean, generator)
        noisy = mixed_noise(clean, generator)
        top, left = torch.randint(_MARGIN + 1, (2,), generator=generator).tolist()
        part = (..., slice(top, top + self.crop), slice(left, left + self.crop))
        device = next(network.parameters()).device
        wanted, given = clean[part].to(device), noisy.images[part].to(device)
        with torch.autocast(device.type, torch.bfloat16):
            mean, log_variance = network.moments(given, noisy.noise_std.to(device))
        error = mean - wanted
        squared = error.detach().square()
        likelihood = 0.5 * (squared * (-log_variance).exp() + log_variance)
        return error.square().mean((1, 2, 3)).sqrt().mean() + _LIKELIHOOD * likelihood.mean()

    def held_out(self, network: DeepDenoiser) -> Mapping[str, float]:
        """Return PSNR in dB on photos that are not trained on: grey at σ 25 told, untold and at 50, colour at 25."""
        found: dict[str, list[float]] = {"grey25": [], "grey25_blind": [], "grey50": [], "rgb25": [], "rgb5": []}
        device = next(network.parameters()).device
        for seed, photo in enumerate(self.photos.looks):
            colour = photo[None].float() / 255.0
            grey = luminance(colour)
            for name, image, sigma, is_told in (
                ("grey25", grey, 25.0, True), ("grey25_blind", grey, 25.0, False), ("grey50", grey, 50.0, True),
                ("rgb25", colour, 25.0, True), ("rgb5", colour, 5.0, True),
            ):  # fmt: skip
                noisy = degraded("gaussian_noise", image, {"sigma": sigma}, seed)
                told = torch.full((1, 1, 1, 1), sigma / 255.0 if is_told else UNTOLD)
                with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                    mean, _ = network.moments(noisy.to(device), told.to(device))
                found[name].append(-10.0 * log10(float((mean.cpu().clamp(0, 1) - image).square().mean())))
        return {name: sum(values) / len(values) for name, values in found.items()}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this recipe takes."""
    parser.add_argument("--steps", type=int, default=Schedule.steps)
    parser.add_argument("--rate", type=float, default=Schedule.rate)
    parser.add_argument("--seed", type=int, default=Schedule.seed)
    parser.add_argument("--batch", type=int, default=DeepDenoising.batch)
    parser.add_argument("--crop", type=int, default=DeepDenoising.crop, help="pixels a side, a multiple of 8")
    parser.add_argument("--start", type=Path, metavar="FILE", help="weights to start from")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda …")
    parser.add_argument("--as-is", action="store_true", help="export what the run holds, without going on")


def make(options: argparse.Namespace) -> Mapping[str, Any]:
    """Train, export what came of it with its card, and return the figures."""
    schedule = Schedule(steps=options.steps, rate=options.rate, seed=options.seed)
    recipe = DeepDenoising(schedule, options.batch, options.crop, options.start, load_bsds(options.data))
    device = pick_device(options.device)
    run = (resumed if options.as_is else train)(recipe, options.folder, device)
    card = export(round_to_half(run.averaged), options.output, {**asdict(schedule), **recipe.options}, run.curve)
    return dict(card["figures"])


def _digest(weights: Path | None) -> str | None:
    return None if weights is None else hashlib.sha256(weights.read_bytes()).hexdigest()
