"""The page on uncertainty: its tables are those of the script, from figures whose meaning is known."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"


def script() -> Any:
    spec = importlib.util.spec_from_file_location("make_uncertainty", DOCS / "make_uncertainty.py")
    assert spec is not None
    assert spec.loader is not None
    made = sys.modules["make_uncertainty"] = importlib.util.module_from_spec(spec)  # its dataclasses look it up
    spec.loader.exec_module(made)
    return made


make_uncertainty = script()
FIGURES = {
    "denoise.tv": {
        "uncertainty.tta": [{"rank_correlation": 0.2, "ause": 0.5}, {"rank_correlation": 0.4, "ause": 0.3}],
        "uncertainty.conformal": [{"rank_correlation": 0.4, "ause": 0.3}, {"rank_correlation": 0.5, "ause": 0.3}],
        "trivial": [{"rank_correlation": 0.3, "ause": 0.4}, {"rank_correlation": 0.3, "ause": 0.4}],
        "oracle": [{"rank_correlation": 0.5, "ause": 0.2}, {"rank_correlation": 0.5, "ause": 0.2}],
    }
}


def test_a_maps_row_counts_on_how_many_photos_it_beats_the_trivial_ruler() -> None:
    rows = make_uncertainty.table(FIGURES).splitlines()
    assert any("`uncertainty.tta` | 0.300 | 0.400 | 0.60 | 1 of 2" in row for row in rows)
    assert any("the interval's width | 0.450 | 0.300 | 0.90 | 2 of 2" in row for row in rows)


def test_what_maps_carry_are_means_beside_both_rulers() -> None:
    found = make_uncertainty.ranking(FIGURES)["maps"]
    assert set(found) == {"uncertainty.tta"}, "the interval's width has a calibration"
    assert found["uncertainty.tta"]["denoise.tv"] == {
        "n": 2, "rank_correlation": 0.3, "ause": 0.4, "trivial": {"rank_correlation": 0.3, "ause": 0.4},
        "oracle": {"rank_correlation": 0.5, "ause": 0.2},
    }  # fmt: skip


def test_the_page_has_the_bundled_figures() -> None:
    page = make_uncertainty.PAGE.read_text(encoding="utf-8")
    assert make_uncertainty.filled(page, "coverage", make_uncertainty.coverages()) == page
    bundled = json.loads(make_uncertainty.RANKING.read_text(encoding="utf-8"))["maps"]
    for method, targets in bundled.items():
        for tool, figures in targets.items():
            row = f"`{method}` | {figures['rank_correlation']:.3f} | {figures['ause']:.3f} |"
            assert any(line.startswith(f"| {tool} ") and row in line for line in page.splitlines()), (method, tool)
