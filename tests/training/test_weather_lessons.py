"""The lessons of bad weather: what a network is shown is what its tool will meet, and it begins as the trunk."""

from __future__ import annotations

import torch

from plugins.restoration.common.unet import RestorationUnet
from plugins.restoration.progressive_deraining.network import STAGES, ProgressiveDerainer
from training.chance import drawn_by
from training.damages import Dice
from training.lessons.derain_progressive import rainy


def photo(side: int = 64) -> torch.Tensor:
    coarse = torch.rand((1, 3, side // 8, side // 8), generator=torch.Generator().manual_seed(2))
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic").clamp(0.0, 1.0)


def test_rain_adds_light_to_the_photo_it_is_to_be_taken_from() -> None:
    dice = Dice(drawn_by(3))
    for _ in range(20):
        given, wanted = rainy(photo(), dice)
        assert given.shape == wanted.shape
        assert float(given.mean()) > float(wanted.mean()) - 2e-3


def test_the_rainy_photo_and_its_target_have_the_same_mist() -> None:
    dice = Dice(drawn_by(5))
    pairs = [rainy(photo(), dice) for _ in range(20)]
    misty = [wanted for _, wanted in pairs if not wanted.equal(photo())]
    assert 2 <= len(misty) <= 12


def test_an_untaught_stage_is_the_trunk() -> None:
    torch.manual_seed(0)
    trunk, network = RestorationUnet(dropout=0.0).eval(), ProgressiveDerainer().eval()
    network.load_state_dict({**network.state_dict(), **trunk.state_dict()})
    images = torch.rand(2, 3, 21, 38)
    stages = network.stages(images)
    assert len(stages) == STAGES
    seen = images
    for mean, log_variance in stages:
        expected = trunk.moments(seen)
        torch.testing.assert_close(mean, expected[0])
        torch.testing.assert_close(log_variance, expected[1])
        seen = mean


def test_what_is_remembered_and_the_rainy_photo_are_looked_at_once_they_are_learnt() -> None:
    torch.manual_seed(0)
    network = ProgressiveDerainer()
    network.stages(torch.rand(1, 3, 16, 16))[-1][0].square().mean().backward()
    for added in (network.rainy, network.memory):
        assert added.weight.grad is not None
        assert float(added.weight.grad.abs().max()) > 0.0
