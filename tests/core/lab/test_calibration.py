"""Calibration figures: right on distributions whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from desktop_app.api.errors import ParameterError
from desktop_app.core.lab import calibration
from desktop_app.core.lab.calibration import Floats, Integers


def calibrated(count: int, classes: int = 4, sharpness: float = 1.5) -> tuple[Floats, Integers]:
    """Return probabilities and answers that are drawn by them: perfectly calibrated but for sampling."""
    rng = np.random.default_rng(0)
    shares = calibration.softmax(sharpness * rng.standard_normal((count, classes)))
    answers = (shares.cumsum(1) < rng.random((count, 1))).sum(1)
    return shares, answers.astype(np.int64)


@pytest.mark.parametrize("by", ["width", "mass"])
def test_calibrated_answers_have_no_error_beyond_sampling_and_sharpened_ones_do(by: calibration.Bins) -> None:
    shares, answers = calibrated(40_000)
    assert calibration.ece(shares, answers, by=by) < 0.01
    sharpened = shares**3 / (shares**3).sum(1, keepdims=True)
    gap = sharpened.max(1).mean() - calibration.accuracy(sharpened, answers)
    assert calibration.ece(sharpened, answers, by=by) == pytest.approx(gap, abs=0.005)


def test_figures_of_known_answers() -> None:
    shares, answers = np.array([[0.8, 0.2], [0.4, 0.6], [0.9, 0.1]]), np.array([0, 0, 1])
    assert calibration.accuracy(shares, answers) == pytest.approx(1 / 3)
    assert calibration.nll(shares, answers) == pytest.approx(-(math.log(0.8) + math.log(0.4) + math.log(0.1)) / 3)
    assert calibration.brier(shares, answers) == pytest.approx((2 * 0.04 + 2 * 0.36 + 2 * 0.81) / 3)
    # three bins of one photo each: gaps 0.2, 0.6 and 0.9
    assert calibration.ece(shares, answers) == pytest.approx((0.2 + 0.6 + 0.9) / 3)


def test_bins_end_where_guo_has_them_end() -> None:
    found = calibration.reliability(np.array([[0.6, 0.4], [0.61, 0.39]]), np.array([0, 0]), bins=5)
    assert found.count.tolist() == [1, 1]
    assert found.confidence.tolist() == pytest.approx([0.6, 0.61])
    assert calibration.reliability(np.array([[1.0, 0.0]]), np.array([0])).count.tolist() == [1]


def test_bins_of_equal_mass_hold_equally_many() -> None:
    shares, answers = calibrated(300)
    assert calibration.reliability(shares, answers, bins=10, by="mass").count.tolist() == [30] * 10


def test_the_interval_of_the_accuracy_is_that_of_a_share() -> None:
    shares, answers = calibrated(2_000)
    low, high = calibration.accuracy_interval(shares, answers)
    value = calibration.accuracy(shares, answers)
    half = 1.96 * math.sqrt(value * (1 - value) / 2_000)
    assert (value - low, high - value) == pytest.approx((half, half), rel=0.2)
    assert calibration.accuracy_interval(shares, answers) == (low, high)


def test_the_interval_of_the_calibration_error_is_that_of_photos_drawn_again() -> None:
    shares, answers = calibrated(500)
    low, high = calibration.ece_interval(shares, answers, seed=3)
    rng = np.random.default_rng(3)
    draws = [rng.integers(500, size=500) for _ in range(1000)]
    values = [calibration.ece(shares[drawn], answers[drawn]) for drawn in draws]
    assert (low, high) == pytest.approx(tuple(np.quantile(values, (0.025, 0.975))))


def test_risk_rises_with_coverage_where_confidence_knows() -> None:
    coverage, risk = calibration.risk_coverage(np.array([0.9, 0.5, 0.7]), np.array([True, False, True]))
    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert risk.tolist() == pytest.approx([0.0, 0.0, 1 / 3])


def test_auroc_counts_pairs() -> None:
    known, unknown = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0])
    assert calibration.auroc(known, unknown) == pytest.approx((1 + 0.5 + 0 + 3) / 6)
    rng = np.random.default_rng(2)
    # two normal distributions a standard deviation apart: Φ(1/√2)
    two = rng.standard_normal(4000), rng.standard_normal(4000) + 1.0
    assert calibration.auroc(*two) == pytest.approx(0.76, abs=0.02)


def test_logits_that_are_no_numbers_are_refused_and_large_ones_are_not() -> None:
    with pytest.raises(ParameterError, match="finite logits"):
        calibration.softmax(np.array([[0.0, np.nan]]))
    assert calibration.softmax(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]
