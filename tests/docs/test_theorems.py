"""The closed forms of the theorems' experiments against points that are drawn and attacked one by one."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from docs import make_theorems as theorems

DRAW = np.random.default_rng(1)


@pytest.mark.parametrize("eps", [0.0, 0.4])
def test_accuracy_is_that_of_points_moved_against_the_weights(eps: float) -> None:
    middle, spread, weights = np.ones(12), 1.5, DRAW.standard_normal(12) + 1.0
    classes = DRAW.choice([-1.0, 1.0], 100_000)
    points = classes[:, None] * (middle - eps * np.sign(weights)) + spread * DRAW.standard_normal((100_000, 12))
    share = np.mean(np.sign(points @ weights) == classes)
    assert abs(share - theorems.accuracy(weights, middle, spread, eps)) < 0.006


def test_what_is_learned_is_the_mean_of_so_many_points() -> None:
    middle = np.ones(4000)
    error = theorems.learned(9, middle, 3.0, DRAW) - middle
    points = middle + 3.0 * DRAW.standard_normal((9, 4000))
    assert error.std() == pytest.approx((points.mean(0) - middle).std(), rel=0.06)
    assert abs(error.mean()) < 0.06


def test_robustness_needs_more_points_the_more_dimensions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theorems, "DIMENSIONS", (100, 10_000))
    found, needed = theorems.learn()
    assert all(plain == 1 for plain, _ in needed.values()), "one point suffices where nobody attacks"
    assert found[10_000][1, 0] < 0.1
    assert 4.0 < needed[10_000][1] / needed[100][1] < 25.0, "about √100 times as many"


def test_too_few_points_for_robustness_are_told() -> None:
    with pytest.raises(ValueError, match="at most 1000 points"):
        theorems.points_needed(np.full(len(theorems.COUNTS), 0.5))


@pytest.mark.parametrize(("weight", "eps"), [(0.0, 0.0), (0.0, 0.3), (1.5, 0.2), (1e6, 0.3)])
def test_accuracy_of_features_is_that_of_drawn_ones(weight: float, eps: float) -> None:
    weak, lean, right, count = 25, 0.4, 0.8, 100_000
    strong = DRAW.choice([1.0, -1.0], count, p=[right, 1.0 - right]) - eps  # times the class, so that 1 is right
    weaker = lean - eps + DRAW.standard_normal((count, weak))
    share = np.mean(weight * strong + weaker.sum(1) / sqrt(weak) > 0.0)
    assert abs(share - theorems.accuracy_of_features(weight, eps, weak, lean, right)) < 0.006


def test_nothing_lies_above_the_bound_and_the_best_gives_up_the_weak_features() -> None:
    for weight in np.linspace(0.0, 10.0, 41):
        standard, robust = (theorems.accuracy_of_features(float(weight), eps) for eps in (0.0, 2.0 * theorems.LEAN))
        assert robust <= theorems.bound(standard) + 1e-9
    naive, robust = theorems.best_weight(0.0), theorems.best_weight(2.0 * theorems.LEAN)
    assert theorems.accuracy_of_features(naive, 0.0) > theorems.accuracy_of_features(robust, 0.0)
    assert theorems.accuracy_of_features(robust, 2.0 * theorems.LEAN) == pytest.approx(theorems.RIGHT, abs=0.002)
