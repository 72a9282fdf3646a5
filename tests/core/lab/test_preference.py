"""The blind comparison: balanced, random, counted with its interval, and never lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.lab.preference import load, plan, save, sentence, wilson


def test_sides_are_balanced_and_the_order_is_random() -> None:
    study = plan(["a", "b", "c"], (1000, 400), 10, seed=1)
    assert len(study.trials) == 30
    for pair in ((0, 1), (0, 2), (1, 2)):
        shown = [trial for trial in study.trials if (trial.first, trial.second) == pair]
        assert sum(trial.first_is_left for trial in shown) == 5
    assert all(trial.left + trial.width <= 1000 and trial.top + trial.height <= 400 for trial in study.trials)
    assert len({(trial.left, trial.top) for trial in study.trials}) > 20
    assert study == plan(["a", "b", "c"], (1000, 400), 10, seed=1)
    assert study != plan(["a", "b", "c"], (1000, 400), 10, seed=2)


def test_votes_go_to_the_picture_and_not_to_the_side() -> None:
    study = plan(["good", "bad"], (100, 80), 12, seed=3)
    while study.next is not None:
        study = study.answered("left" if study.trials[study.next].first_is_left else "right")
    (result,) = study.preferences()
    assert (result.wins, result.losses, result.share) == (12, 0, 1.0)
    assert result.is_clear
    assert "12 of 12" in sentence(study, result)
    with pytest.raises(ParameterError, match="finished"):
        study.answered("left")
    assert study.undone().next == 11
    assert plan(["a", "b"], (9, 9), 2, seed=0).undone().next == 0


def test_undecided_votes_count_for_neither() -> None:
    study = plan(["a", "b"], (100, 80), 4, seed=0).answered("neither").answered("neither")
    (result,) = study.preferences()
    assert (result.undecided, result.share, result.low, result.high) == (2, 0.5, 0.0, 1.0)
    assert not result.is_clear
    assert "no vote" in sentence(study, result)


def test_the_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    for share in (0.5, 0.7, 0.9):
        ends = [wilson(int(wins), 40) for wins in rng.binomial(40, share, 2000)]
        assert np.mean([low <= share <= high for low, high in ends]) == pytest.approx(0.95, abs=0.04)
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == 1.0


def test_saved_and_read_again(tmp_path: Path) -> None:
    study = plan(["a", "b"], (100, 80), 3, seed=5).answered("right")
    save(study, tmp_path / "study.json")
    assert load(tmp_path / "study.json") == study
    (tmp_path / "other.json").write_text('{"a": 1}', encoding="utf-8")
    for name in ("other.json", "none.json"):
        with pytest.raises(InputError, match="study"):
            load(tmp_path / name)


def test_what_cannot_be_compared() -> None:
    with pytest.raises(ParameterError, match="two candidates"):
        plan(["alone"], (10, 10), 5, seed=0)
