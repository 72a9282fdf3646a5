"""The bundled learnt restorers do what their cards say, on the photos that the cards are about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.photos import SharedPhotos
from training.lessons import LESSONS, lesson_of
from training.photos import load_bsds
from training.restoring import built, held_out
from training.weights import read_half

WEIGHTS = Path(__file__).resolve().parents[2] / "resources" / "weights"
MADE = sorted(name for name in LESSONS if (WEIGHTS / name).is_dir())
_LOOKS, _NEAR = 2, 0.15  # photos, and dB: another machine rounds otherwise


def test_every_bundled_network_counts() -> None:
    assert sum(file.stat().st_size for file in WEIGHTS.rglob("*.safetensors")) <= 60e6


@pytest.mark.parametrize("name", MADE)
def test_a_network_does_what_its_card_says(name: str, photos: SharedPhotos) -> None:
    card = json.loads((WEIGHTS / name / f"{name}.json").read_text(encoding="utf-8"))
    lesson = lesson_of(name)
    assert card["id"] == lesson.model
    network = built(card["factory"]).eval()
    read_half(network, WEIGHTS / name / card["file"])
    looks = load_bsds(photos.folder / "train" / "bsds500").looks
    if not card.get("held_out"):
        figures = lesson.figures(network, looks[:_LOOKS])
        assert figures.keys() <= card["figures"].keys()
        return
    found = held_out(lesson, network, looks[:_LOOKS])
    for row, said in zip(found, card["held_out"], strict=False):
        assert row.given == pytest.approx(said["given"], abs=_NEAR)
        assert row.restored == pytest.approx(said["restored"], abs=_NEAR)
    assert card["figures"]["restored"] > card["figures"]["given"]
