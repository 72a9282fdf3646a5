"""The lecture's denoisers learn: noise is as strong as it is told, and pixels look no further than is said."""

from __future__ import annotations

import pytest
import torch

from plugins.restoration.autoencoder.network import REACH as AUTOENCODER_REACH
from plugins.restoration.autoencoder.network import Autoencoder
from plugins.restoration.dncnn.network import REACH as DNCNN_REACH
from plugins.restoration.dncnn.network import DnCnn
from plugins.restoration.mlp.network import MIDDLE, PATCH, PatchMlp
from plugins.restoration.mlp.network import REACH as MLP_REACH
from training.chance import drawn_by
from training.damages import Dice
from training.lesson import Lesson
from training.lessons import lesson_of
from training.lessons.denoising import noisy
from training.restoring import built

NAMES = ("denoise_dncnn", "denoise_autoencoder", "denoise_mlp")
REACHES = {"denoise_dncnn": DNCNN_REACH, "denoise_autoencoder": AUTOENCODER_REACH, "denoise_mlp": MLP_REACH}


def waves(count: int, side: int) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(float(side)), torch.arange(float(side)), indexing="ij")
    return torch.stack([0.5 + 0.2 * torch.sin((x + k * y) / 6) for k in range(3)]).expand(count, -1, -1, -1)


def test_noise_is_as_strong_as_it_is_told() -> None:
    pair = noisy(waves(2, 64), [10.0, 40.0], Dice(drawn_by(1)))
    measured = 255 * (pair.given - pair.wanted).flatten(1).std(1)
    assert measured.tolist() == pytest.approx([10.0, 40.0], rel=0.05)
    assert (255 * pair.extra["noise_std"]).flatten().tolist() == pytest.approx([10.0, 40.0])


@pytest.mark.parametrize("name", NAMES)
def test_a_few_steps_lower_the_loss(name: str) -> None:
    lesson: Lesson = lesson_of(name)
    torch.manual_seed(0)
    network, pair = built(lesson.factory), lesson.pairs(waves(2, 48), drawn_by(2))
    optimizer = lesson.schedule.optimizer(network)
    before = float(lesson.loss(network, pair).detach())
    for _ in range(10):
        optimizer.zero_grad()
        lesson.loss(network, pair).backward()
        optimizer.step()
    assert float(lesson.loss(network, pair).detach()) < 0.9 * before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 1), (7, 10)])
def test_any_size_goes_through(name: str, shape: tuple[int, int]) -> None:
    images = torch.rand(2, 1, *shape)
    assert built(lesson_of(name).factory)(images).shape == images.shape


@pytest.mark.parametrize("name", NAMES)
def test_a_pixel_looks_no_further_than_it_says(name: str) -> None:
    torch.manual_seed(0)
    network, reach = built(lesson_of(name).factory), REACHES[name]
    middle = reach + 6
    images = torch.rand(1, 1, 2 * middle, 2 * middle, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(images)[0, 0, middle : middle + 4, middle].sum(), images)
    rows = gradient[0, 0].abs().amax(1).nonzero()[:, 0]
    assert middle - reach <= int(rows.min()) <= int(rows.max()) <= middle + 3 + reach


@pytest.mark.parametrize("network", [DnCnn(), Autoencoder()], ids=["dncnn", "autoencoder"])
def test_twice_the_contrast_comes_out_twice(network: torch.nn.Module) -> None:
    images = torch.rand(1, 3, 12, 16)
    torch.testing.assert_close(network(2.0 * images), 2.0 * network(images), rtol=1e-4, atol=1e-5)


def test_brightness_goes_through_patches_unchanged() -> None:
    torch.manual_seed(0)
    network, planes = PatchMlp(), torch.rand(1, 1, 20, 23)
    torch.testing.assert_close(network(planes + 5.0), network(planes) + 5.0, rtol=1e-4, atol=1e-4)


def test_middles_are_put_where_they_were() -> None:
    network = PatchMlp()
    centre = torch.zeros(PATCH, PATCH)
    with torch.no_grad():
        network.last.weight.zero_()
        network.last.bias.zero_()
        network.linear.weight.zero_()
        first = (PATCH - MIDDLE) // 2
        for place in range(MIDDLE**2):
            centre.zero_()
            centre[first + place // MIDDLE, first + place % MIDDLE] = 1.0
            network.linear.weight[place] = centre.flatten()
    planes = torch.rand(1, 1, 31, 26)
    torch.testing.assert_close(network(planes), planes, rtol=1e-4, atol=1e-4)
