"""How far a restoration may be off, by the look of it: what the learnt rule has to hold whatever it learnt."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.api.resources import bundled
from desktop_app.numerics import error_scale as module
from desktop_app.numerics.error_scale import FEATURES, WEIGHTS, error_scale, features, opinions, read_rule
from desktop_app.numerics.filters import box_mean
from tests.support.opinions import ASK

RULE = read_rule(bundled(WEIGHTS))


def scene(seed: int, size: tuple[int, int] = (64, 72)) -> Tensor:
    """Return a photo ``(1, 3, H, W)``: plain on the left, textured on the right."""
    generator = torch.Generator().manual_seed(seed)
    photo = torch.full((1, 3, *size), 0.4)
    photo[..., size[1] // 2 :] += 0.4 * (torch.rand(1, 1, size[0], size[1] - size[1] // 2, generator=generator) - 0.5)
    return photo


def noise(photo: Tensor, sigma: float, seed: int = 0) -> Tensor:
    return torch.randn(photo.shape, generator=torch.Generator().manual_seed(seed)) * sigma / 255.0


def test_it_is_of_the_size_of_the_error_where_only_noise_was_lost_and_larger_in_texture() -> None:
    photo = scene(0)
    given = photo + noise(photo, 20.0)
    result = box_mean(given, 2)
    error, scale = (result - photo).mean(1).abs()[0], error_scale(result, given, RULE, ASK)[0]
    left, right = slice(8, 28), slice(44, 64)
    assert float(scale[:, right].mean()) > 1.5 * float(scale[:, left].mean())
    assert 1 / 3 < float(scale[:, left].mean() / error[:, left].mean()) < 3


def test_more_noise_is_more_error() -> None:
    photo = scene(1)
    noisy = [photo + noise(photo, sigma) for sigma in (2.0, 10.0, 40.0)]
    plain = slice(8, 28)  # in texture, the mean over neighbours loses more than noise
    scales = [float(error_scale(box_mean(given, 2), given, RULE, ASK)[..., plain].mean()) for given in noisy]
    assert scales == sorted(scales)
    assert scales[-1] > 3.0 * scales[0] > 0.0


def test_a_photo_in_strips_is_the_photo_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = scene(2, (260, 48))
    given = photo + noise(photo, 15.0)
    whole = error_scale(box_mean(given, 1), given, RULE, ASK)
    checks: list[int] = []
    monkeypatch.setattr(module, "_STRIP", 1)
    torch.testing.assert_close(error_scale(box_mean(given, 1), given, RULE, ASK, lambda: checks.append(1)), whole)
    assert len(checks) == 3


def test_photos_of_a_batch_do_not_see_each_other_and_sizes_may_differ() -> None:
    photos = torch.cat([scene(3), scene(4)])
    small = photos[..., ::2, ::2]
    both = error_scale(photos, small, RULE, ASK)
    assert both.shape == (2, 64, 72)
    torch.testing.assert_close(error_scale(photos[1:], small[1:], RULE, ASK)[0], both[1])


@pytest.mark.parametrize("value", [0.0, 1.0, 300.0, -40.0])
def test_any_values_give_finite_ones_above_zero(value: float) -> None:
    flat = torch.full((1, 1, 8, 9), value)
    for given in (flat, torch.zeros_like(flat)):
        scale = error_scale(flat, given, RULE, ASK)
        assert bool(torch.isfinite(scale).all())
        assert float(scale.min()) > 0.0


def test_features_are_as_many_as_the_rule_expects() -> None:
    plane = scene(5).mean(1, keepdim=True)
    others = opinions(plane, plane, ASK)
    assert others.shape == (1, 4, 64, 72)
    assert features(plane, plane, others, torch.ones(1, 1, 1, 1)).shape[1] == FEATURES == len(RULE["mean"])
