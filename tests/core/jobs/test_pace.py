"""Time left: within a factor of two of the truth once a tenth is done, however a job begins."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from desktop_app.core.jobs.pace import Pace

_STEPS = 400


@pytest.mark.parametrize(
    "time_at",
    [
        lambda share: 20.0 * share,
        lambda share: 12.0 + 20.0 * share,  # libraries are loaded first
        lambda share: 44.0 + 6.0 * share,  # a dictionary is learnt first
        lambda share: 20.0 * share**1.3,
        lambda share: 20.0 * share**0.8,
        lambda share: 3.0 + 10.0 * share + 6.0 * share**2,
    ],
)
def test_time_left_is_within_a_factor_of_two_once_a_tenth_is_done(time_at: Callable[[float], float]) -> None:
    pace = Pace()
    for step in range(_STEPS + 1):
        share = step / _STEPS
        told = pace.seconds_left(time_at(share), share)
        left = time_at(1.0) - time_at(share)
        if share >= 0.1 and left > 0.5:
            assert told is not None
            assert left / 2 <= told <= 2 * left


def test_nothing_is_told_before_there_is_a_pace() -> None:
    pace = Pace()
    assert pace.seconds_left(5.0, 0.0) is None
    assert pace.seconds_left(5.2, 0.5) is None  # too short a time to tell
    assert Pace().seconds_left(9.0, 0.01) is None
    assert Pace().seconds_left(10.0, 0.25) == pytest.approx(30.0)  # all that is known is when it began


def test_a_job_that_begins_anew_has_a_new_pace() -> None:
    pace = Pace()
    for second in range(5):
        pace.seconds_left(float(second), 0.2 * second)
    assert pace.seconds_left(10.0, 0.0) is None
    assert pace.seconds_left(14.0, 0.1) == pytest.approx(36.0)


def test_few_marks_are_kept() -> None:
    pace = Pace()
    for step in range(10_000):
        pace.seconds_left(step / 100, step / 10_000)
    assert pace.seconds_left(100.0, 1.0) == pytest.approx(0.0)
