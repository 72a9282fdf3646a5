"""The learnt denoiser's recipe: what it is shown is what it says, and it learns."""

from __future__ import annotations

from dataclasses import replace

import torch

from desktop_app.numerics.appearance import luminance
from plugins.restoration.deep.network import DeepDenoiser
from training.chance import drawn_by
from training.lessons.denoise_deep import LESSON, pairs
from training.noise import UNTOLD, mixed_noise
from training.optimisation import Schedule
from training.photos import BsdsPhotos, crops, recoloured
from training.restoring import Restoring


def photos() -> BsdsPhotos:
    y, x = torch.meshgrid(torch.arange(90.0), torch.arange(110.0), indexing="ij")
    waves = torch.stack([128 + 100 * torch.sin((x + k * y) / (5 + k)).sign() for k in range(3)]).to(torch.uint8)
    return BsdsPhotos([waves], [waves], [])


def test_noise_is_as_strong_as_it_says() -> None:
    clean = torch.full((40, 1, 64, 64), 0.5)
    noisy = mixed_noise(clean, torch.Generator().manual_seed(3))
    told = noisy.noise_std.flatten()
    measured = (noisy.images - clean).flatten(1).std(dim=1)
    known = told != UNTOLD
    assert 10 < int(known.sum()) < 35
    assert torch.allclose(measured[known], told[known], rtol=0.05)


def test_crops_are_of_the_photos_and_the_step_alone_decides() -> None:
    first, again = (crops(photos().training, 4, 24, torch.Generator().manual_seed(7)) for _ in range(2))
    assert first.equal(again)
    assert first.shape == (4, 3, 24, 24)
    assert set((first * 255).round().unique().tolist()) <= {28.0, 128.0, 228.0}


def test_grey_and_colour_take_turns_and_some_noise_is_told() -> None:
    clean = torch.rand((8, 3, 24, 24), generator=torch.Generator().manual_seed(3))
    batches = [pairs(clean, drawn_by(seed)) for seed in range(20)]
    assert {batch.given.shape[1] for batch in batches} == {1, 3}
    told = torch.cat([batch.extra["noise_std"].flatten() for batch in batches]) != UNTOLD
    assert 0.2 < float(told.float().mean()) < 0.8


def test_any_size_grey_or_colour_with_or_without_the_noise() -> None:
    torch.manual_seed(0)
    network = DeepDenoiser().eval()
    for size in ((1, 1, 1, 1), (2, 3, 21, 38)):
        mean, log_variance = network.moments(torch.rand(size), torch.full((size[0], 1, 1, 1), UNTOLD))
        assert mean.shape == log_variance.shape == size
    grey = luminance(torch.rand(1, 3, 16, 16))
    told = torch.full((1, 1, 16, 16), 0.1)
    out = network(torch.cat([grey, told], dim=1))
    mean, log_variance = network.moments(grey, told)
    assert out.equal(torch.cat([mean, (0.5 * log_variance).exp()], dim=1))


def test_photos_are_seen_at_half_their_size_and_in_other_colours() -> None:
    recipe = Restoring("denoise_deep", LESSON, Schedule(), batch=2, crop=24, photos=photos())
    seen, half, leaves = recipe.pictures
    assert (tuple(seen.shape), tuple(half.shape), leaves.shape[1]) == ((3, 90, 110), (3, 45, 55), leaves.shape[2])
    assert [tuple(photo.shape) for photo in replace(recipe, lesson=replace(LESSON, with_leaves=False)).pictures] == [
        (3, 90, 110), (3, 45, 55),
    ]  # fmt: skip
    clean = 0.4 + 0.2 * torch.rand(16, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    seen = recoloured(clean, torch.Generator().manual_seed(1))
    assert 0.0 <= float(seen.min()) <= float(seen.max()) <= 1.0
    before, after = ((each - each.mean(1, keepdim=True)).flatten(1).std(1) for each in (clean, seen))
    chroma = after / before
    assert float(chroma.min()) < 0.9
    assert float(chroma.max()) > 1.1
