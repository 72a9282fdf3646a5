"""What evaluations found a model to keep under attack, as a form says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from desktop_app.core.evaluation.curves import keep, said_at

MODEL = "0" * 64


def curve(tool: str, points: list[list[float]], **more: Any) -> dict[str, Any]:
    return {"tool": f"attack.{tool}", "title": tool, "norm": "linf", "dataset": "photos", "n": 40,
            "date": "2026-01-01", "points": points, **more}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    weak, strong = curve("fgsm", [[0.0, 0.9], [8.0, 0.5]]), curve("auto", [[0.0, 0.9], [4.0, 0.4], [8.0, 0.1]])
    keep(tmp_path, MODEL, iter([weak, strong]))
    return tmp_path


@pytest.mark.parametrize(("tool", "eps", "words"), [
    ("auto", 4.0, "40% rightly at ε 4 (auto"), ("auto", 6.0, "10% to 40% rightly at ε 6"),
    ("auto", 20.0, "10% rightly at ε 8, and was not asked beyond"), ("fgsm", 8.0, "50% rightly at ε 8 (fgsm"),
    ("pgd", 8.0, "10% rightly at ε 8 (auto"), ("pgd", 0.0, "90% rightly at ε 0"),
])  # fmt: skip
def test_the_share_at_a_budget(home: Path, tool: str, eps: float, words: str) -> None:
    said = said_at(home, MODEL, f"attack.{tool}", "linf", eps)
    assert said.startswith("Of 40 photos of photos this model still read ")
    assert words in said


def test_nothing_is_said_of_what_was_not_asked(home: Path) -> None:
    assert said_at(home, MODEL, "attack.auto", "l2", 4.0) == ""
    assert said_at(home, "1" * 64, "attack.auto", "linf", 4.0) == ""


def test_a_later_measure_replaces_its_own_alone(home: Path) -> None:
    keep(home, MODEL, iter([curve("fgsm", [[0.0, 0.8], [8.0, 0.7]], n=90)]))
    assert said_at(home, MODEL, "attack.fgsm", "linf", 8.0).startswith("Of 90 photos")
    assert said_at(home, MODEL, "attack.auto", "linf", 8.0).startswith("Of 40 photos")
    keep(home, MODEL, iter([]))
    assert said_at(home, MODEL, "attack.auto", "linf", 8.0).startswith("Of 40 photos")


def test_a_broken_file_says_nothing_and_is_written_anew(home: Path) -> None:
    (home / "curves" / f"{MODEL}.json").write_bytes(b"[{")
    assert said_at(home, MODEL, "attack.auto", "linf", 8.0) == ""
    keep(home, MODEL, iter([curve("auto", [[0.0, 1.0]])]))
    assert "100% rightly" in said_at(home, MODEL, "attack.auto", "linf", 0.0)
