"""Figures of a map's order: right where the answer is known."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from desktop_app.core.lab.ranking import ause, oracle, rank_correlation, trivial_ruler

RNG = np.random.default_rng(0)
ERRORS = np.abs(RNG.standard_normal((60, 70))).astype(np.float32)


def test_a_map_that_orders_like_the_error_is_perfect_and_its_opposite_the_worst() -> None:
    assert rank_correlation(np.exp(ERRORS), ERRORS) == pytest.approx(1.0)
    assert ause(np.exp(ERRORS), ERRORS) == pytest.approx(0.0, abs=1e-9)
    assert rank_correlation(-ERRORS, ERRORS) == pytest.approx(-1.0)
    random = RNG.random(ERRORS.shape).astype(np.float32)
    assert rank_correlation(random, ERRORS) == pytest.approx(0.0, abs=0.05)
    kept = np.arange(1, 101) / 100
    ends = [NormalDist().inv_cdf((1 + share) / 2) for share in kept[:-1]] + [np.inf]
    left = (1 - np.exp(-np.square(ends) / 2)) / kept  # mean of the smallest half-normal errors, over that of all
    assert ause(random, ERRORS) == pytest.approx(float((1 - left).mean()), abs=0.03)
    assert ause(-ERRORS, ERRORS) > ause(random, ERRORS) > 0.0


def test_ties_share_their_rank_and_a_flat_map_has_no_order() -> None:
    values, errors = np.array([[1.0, 1.0, 2.0]], np.float32), np.array([[1.0, 2.0, 3.0]], np.float32)
    assert rank_correlation(values, errors) == pytest.approx(np.sqrt(3) / 2)
    assert rank_correlation(np.ones_like(ERRORS), ERRORS) == 0.0
    assert ause(ERRORS, np.zeros_like(ERRORS)) == 0.0


def test_rulers_are_what_they_say() -> None:
    plane = np.zeros((40, 40), np.float32)
    plane[20, 20] = 1.0
    around = oracle(plane)
    assert around[20, 20] == pytest.approx(0.0, abs=1e-7)
    assert around[20, 24] == pytest.approx(1 / 80)
    assert around[20, 25] == pytest.approx(0.0, abs=1e-7)
    result = np.stack([ERRORS, 2 * ERRORS])
    window = result.mean(0)[10:19, 20:29]
    assert trivial_ruler(result)[14, 24] == pytest.approx(window.std(), rel=1e-3)
