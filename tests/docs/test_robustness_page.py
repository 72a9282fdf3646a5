"""The card of restorations under attack: rows that were measured before stay where others are measured anew."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "make_robustness.py"


def script() -> Any:
    spec = importlib.util.spec_from_file_location("make_robustness", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    made = sys.modules["make_robustness"] = importlib.util.module_from_spec(spec)  # its dataclass looks it up
    spec.loader.exec_module(made)
    return made


make_robustness = script()


def test_a_table_is_read_as_it_is_written() -> None:
    rows = [("`a.b`", "33.70", "0.05", "0.75", "its own"), ("`c.d`", "1.00", "0.00", "0.10", "straight through")]
    assert list(make_robustness.rows_in(make_robustness.section(rows)).values()) == rows


def test_other_rows_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_robustness, "DOCS", tmp_path)
    monkeypatch.setattr(make_robustness, "row", lambda _, case: (f"`{case.tool}`", "1.00", "0.10", "0.20", "its own"))
    page = tmp_path / "robustness.md"
    make_robustness.main(["denoise.tv", "deblur.wiener"])
    page.write_text(page.read_text().replace("| `denoise.tv` | 1.00", "| `denoise.tv` | 2.00") + "after\n")
    make_robustness.main(["denoise.bm3d"])
    lines = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    assert [line.split(" | ")[:2] for line in lines] == [
        ["| `denoise.bm3d`", "1.00"], ["| `denoise.tv`", "2.00"], ["| `deblur.wiener`", "1.00"],
    ]  # fmt: skip
    assert page.read_text().endswith("after\n")


def test_the_page_has_every_case() -> None:
    page = make_robustness.rows_in((make_robustness.DOCS / "robustness.md").read_text(encoding="utf-8"))
    assert {f"`{case.tool}`" for case in make_robustness.CASES} <= set(page)
