"""Cards say what was aimed at, and by how much a network falls short of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from desktop_app.api.errors import InputError
from training.aims import AIMS, WEIGHTS, Aim, aimed, compared
from training.lessons import lesson_of
from training.restoring_card import to_markdown
from training.weights import built, write_half, write_text

MADE = sorted(name for name in AIMS if (WEIGHTS / name).is_dir())


def card_of(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((WEIGHTS / name / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", MADE)
def test_a_bundled_network_says_how_near_it_came(name: str) -> None:
    card = card_of(name)
    rows = card.get("aims")
    assert rows, f"no aims in {name}'s card; run python -m training.aims {name}"
    assert isinstance(rows, list)
    assert [(row["what"], row["aimed"]) for row in rows] == [(aim.what, aim.aimed) for aim in AIMS[name]]
    text = (WEIGHTS / name / "MODEL_CARD.md").read_text(encoding="utf-8")
    for row in rows:
        short = row["aimed"] - row["reached"]
        assert (f"falls short by {short:.2f}" if short > 0 else "| reached |") in text


def test_what_is_measured_anew_is_written_into_both_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "superres_srcnn"
    card, network = card_of(name), built(lesson_of(name).factory)
    (tmp_path / name).mkdir()
    write_half(network, tmp_path / name / f"{name}.safetensors", {})
    write_text(tmp_path / name / f"{name}.json", json.dumps(card))
    aims = (Aim("first", 2.5, lambda _network, _figures: 2.0), Aim("second", 1.0, lambda _network, _figures: 1.5))
    monkeypatch.setitem(AIMS, name, aims)  # type: ignore[arg-type] # a dict underneath
    rows = compared(name, tmp_path)
    assert [row["reached"] for row in rows] == [2.0, 1.5]
    text = (tmp_path / name / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| first | 2.5 | 2 | falls short by 0.50 |" in text
    assert "| second | 1 | 1.5 | reached |" in text
    assert to_markdown(json.loads((tmp_path / name / f"{name}.json").read_text(encoding="utf-8"))) == text


def test_without_the_photos_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERILENS_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"set5.*found none"):
        aimed("superres_srcnn", torch.nn.Identity(), {})
