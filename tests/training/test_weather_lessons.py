"""The lessons of bad weather: what a network is shown is what its tool will meet, and it begins as the trunk."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from plugins.restoration.aod.network import HazeNet
from plugins.restoration.common.unet import RestorationUnet
from plugins.restoration.deep_underwater.network import UnderwaterNet
from plugins.restoration.progressive_deraining.network import STAGES, ProgressiveDerainer
from plugins.restoration.raindrop.network import RaindropRemover
from training.chance import drawn_by
from training.damages import Dice, depth_map, downpour, furnished
from training.lesson import Pair
from training.lessons import lesson_of
from training.lessons.dehaze_aod import hazy
from training.lessons.derain_progressive import rainy
from training.lessons.derain_raindrop import wet
from training.lessons.underwater_deep import under_water


def photo(side: int = 64) -> torch.Tensor:
    coarse = torch.rand((1, 3, side // 8, side // 8), generator=torch.Generator().manual_seed(2))
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic").clamp(0.0, 1.0)


def test_rain_adds_light_to_the_photo_it_is_to_be_taken_from() -> None:
    dice = Dice(drawn_by(3))
    for _ in range(20):
        given, wanted = rainy(photo(), dice)
        assert given.shape == wanted.shape
        assert float(given.mean()) > float(wanted.mean()) - 2e-3


def test_mist_grey_days_and_lattices_are_in_the_target_too() -> None:
    dice = Dice(drawn_by(5))
    wanted = [rainy(photo(), dice)[1] for _ in range(40)]
    changed = [picture for picture in wanted if not picture.equal(photo())]
    assert 18 <= len(changed) <= 33  # 30 % in mist, 35 % grey, 20 % behind bars: 64 % in all


def test_a_downpour_hides_a_grey_day_and_takes_no_light_from_it() -> None:
    dice = Dice(drawn_by(6))
    for _ in range(10):
        given, wanted = downpour(photo(), dice)
        assert bool((given >= wanted - 1e-6).all())
        assert float((given - wanted).max()) > 0.1
        assert float(wanted.max()) <= float(photo().max())
        assert float(given.max()) <= 1.0


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


def test_drops_change_the_photo_where_the_plane_says() -> None:
    dice = Dice(drawn_by(1))
    for _ in range(8):
        given, hidden = wet(photo(), dice)
        changed = (given - photo()).abs().mean(1, keepdim=True)
        assert hidden.shape == changed.shape
        assert float(changed[hidden == 0.0].mean()) < 0.02  # JPEG and rounding
        if float(hidden.max()) > 0.5:
            assert float(changed[hidden > 0.5].mean()) > float(changed[hidden == 0.0].mean())


def test_where_no_drop_is_the_photo_is_left_alone() -> None:
    torch.manual_seed(0)
    network, images = RaindropRemover().eval(), torch.rand(1, 3, 20, 27)
    nn.init.zeros_(network.attention.weight)
    nn.init.constant_(network.attention.bias, -40.0)
    mean, deviation, drops = network(images).split((3, 3, 1), dim=1)
    torch.testing.assert_close(mean, images)
    assert float(drops.detach().max()) < 1e-12
    assert float(deviation.detach().min()) > 0.0


def test_the_attention_learns_where_the_drops_are_and_no_less_the_picture() -> None:
    torch.manual_seed(0)
    lesson, network, given = lesson_of("derain_raindrop"), RaindropRemover(), torch.rand(2, 3, 16, 16)
    hidden = (torch.rand(2, 1, 16, 16) > 0.5).float()
    pairs = [Pair(given, given, {"hidden": plane}) for plane in (hidden, 1 - hidden)]
    losses = [float(lesson.loss(network, pair).detach()) for pair in pairs]
    lesson.loss(network, Pair(given, given.flip(3), {"hidden": hidden})).backward()
    assert losses[0] != losses[1]
    for head in (network.attention, network.head):
        assert float(head.weight.grad.abs().amax((1, 2, 3)).min()) > 0.0


def _in_haze(image: Tensor, dice: Dice) -> Tensor:
    return hazy(image, depth_map(image, dice).clamp(0, 1), dice)


def test_things_in_a_room_stand_before_its_walls() -> None:
    dice, nearer = Dice(drawn_by(6)), []
    for _ in range(12):
        picture, depth = furnished(torch.zeros(1, 3, 60, 80), torch.ones(1, 3, 60, 80), dice)
        assert 0.0 < float(depth.min()) <= float(depth.max()) <= 1.0
        is_thing = picture[:, :1] == 1.0
        if 0 < int(is_thing.sum()) < is_thing.numel():
            nearer.append(float(depth[is_thing].mean()) < float(depth[~is_thing].mean()))
    assert len(nearer) > 6
    assert sum(nearer) > 0.75 * len(nearer)


def test_haze_and_water_leave_less_of_the_scene() -> None:
    dice = Dice(drawn_by(1))
    for damage in (_in_haze, lambda image, dice: under_water(image, dice)[0]):
        contrasts = [float(damage(photo(), dice).diff(dim=-1).std() / photo().diff(dim=-1).std()) for _ in range(8)]
        assert sorted(contrasts)[3] < 0.8


def test_the_open_sea_is_wanted_as_it_is_and_what_shows_as_it_would_be_in_air() -> None:
    dice, shares = Dice(drawn_by(4)), []
    for _ in range(20):
        given, wanted = under_water(photo(), dice)
        away, undone = ((wanted - one).abs().mean(1) for one in (photo(), given))
        between = (away + undone) <= (photo() - given).abs().mean(1) + 0.06  # the noise, and the clipping, of the given
        assert float(between.float().mean()) > 0.8
        shares.append(float((away < 0.01).float().mean()))
    assert max(shares) > 0.9
    assert min(shares) < 0.5


@pytest.mark.parametrize("network", [HazeNet, UnderwaterNet])
def test_networks_of_the_whole_photo_take_any_size_and_begin_near_the_photo(network: type[nn.Module]) -> None:
    torch.manual_seed(0)
    untaught = network().eval()
    for size in ((1, 1, 1, 1), (2, 3, 21, 38), (1, 3, 200, 150)):
        images = 0.2 + 0.6 * torch.rand(size)
        cleared = untaught(images)
        assert cleared.shape == size
        assert float((cleared - images).detach().abs().mean()) < 0.05


def test_a_grey_photo_is_three_equal_channels() -> None:
    torch.manual_seed(0)
    grey = torch.rand(1, 1, 40, 48)
    for network in (HazeNet().eval(), UnderwaterNet().eval()):
        torch.nn.init.normal_((network.whole if isinstance(network, HazeNet) else network).head.weight, std=0.1)
        torch.testing.assert_close(network(grey), network(grey.expand(-1, 3, -1, -1)).mean(1, keepdim=True))
