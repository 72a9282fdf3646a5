"""Conformal thresholds keep their promise on exchangeable photos, and never promise on too few."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.conformal import (
    LADDER,
    fewest_photos,
    lambda_in_confidence,
    lambda_on_average,
    loss_curve,
)


def curves(count: int, seed: int, side: int = 24) -> Tensor:
    """Return loss curves of photos whose errors are normal, each photo with a strength of its own."""
    generator = torch.Generator().manual_seed(seed)
    strengths = torch.rand(count, generator=generator) + 0.5
    errors = torch.randn(count, side, side, generator=generator).abs() * strengths.view(-1, 1, 1)
    return torch.stack([loss_curve(error, torch.ones_like(error)) for error in errors])


def missed(found: Tensor, value: float) -> float:
    return float(found[:, int(torch.searchsorted(LADDER, value))].mean())


def test_a_loss_curve_counts_what_is_outside() -> None:
    error, scale = torch.tensor([[0.0, 0.1], [0.2, 3.0]]), torch.tensor([[0.1, 0.1], [0.1, 0.1]])
    found = loss_curve(error, scale)
    for place in (0, 400, 800, 999, 1000, 1001, 1100, 1600):
        assert float(found[place]) == float((error.double() > LADDER[place] * scale.double()).double().mean())


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.3])
def test_on_average_the_share_missed_is_alpha(alpha: float) -> None:
    shares = []
    for seed in range(30):
        value = lambda_on_average(curves(40, seed), alpha)
        assert value is not None
        shares.append(missed(curves(40, 1000 + seed), value))
    assert alpha - 0.03 < sum(shares) / len(shares) <= alpha + 0.005


@pytest.mark.parametrize(("alpha", "delta"), [(0.1, 0.2), (0.2, 0.05)])
def test_with_confidence_more_than_alpha_is_missed_seldom(alpha: float, delta: float) -> None:
    """The true risk is known from many photos: it exceeds α for at most a share δ of the calibrations."""
    truth = curves(600, 99)
    found = [lambda_in_confidence(curves(60, seed), alpha, delta) for seed in range(60)]
    failures = sum(value is not None and missed(truth, value) > alpha for value in found)
    assert failures <= 60 * delta
    values = [value for value in found if value is not None]
    assert len(values) > 50
    average = lambda_on_average(curves(60, 0), alpha)
    assert average is not None
    assert average <= sum(values) / len(values) < 1.5 * average


def test_curves_of_an_older_calibration_are_read_as_they_are() -> None:
    """Of every fourth step: the same λ, rounded up to the next of them."""
    found = curves(60, 5)
    fine, coarse = lambda_on_average(found, 0.1), lambda_on_average(found[:, ::4], 0.1)
    assert fine is not None
    assert coarse is not None
    assert fine <= coarse <= 1.024 * fine


def test_a_stricter_promise_is_wider() -> None:
    found = curves(200, 3)
    on_average, sure, surer = (
        lambda_on_average(found, 0.1), lambda_in_confidence(found, 0.1, 0.2), lambda_in_confidence(found, 0.1, 0.02)
    )
    assert on_average is not None
    assert sure is not None
    assert surer is not None
    assert on_average <= sure <= surer
    less = lambda_on_average(found, 0.05)
    assert less is not None
    assert on_average < less


@pytest.mark.parametrize(("alpha", "delta"), [(0.1, None), (0.05, None), (0.1, 0.1), (0.05, 0.2)])
def test_fewest_photos_are_the_fewest(alpha: float, delta: float | None) -> None:
    def threshold(count: int) -> float | None:
        perfect = torch.zeros(count, len(LADDER))
        return lambda_on_average(perfect, alpha) if delta is None else lambda_in_confidence(perfect, alpha, delta)

    fewest = fewest_photos(alpha, delta)
    assert threshold(fewest) is not None
    assert threshold(fewest - 1) is None
    if delta is None:
        assert fewest == round(1 / alpha) - 1


def test_errors_beyond_every_width_have_no_threshold() -> None:
    assert lambda_on_average(torch.ones(50, len(LADDER)), 0.1) is None
    assert lambda_in_confidence(torch.ones(50, len(LADDER)), 0.1, 0.1) is None
