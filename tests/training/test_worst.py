"""Cards show the photos on which their networks fail."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from tests.support.photos import SharedPhotos
from training.aims import WEIGHTS
from training.lessons import LESSONS
from training.photos import load_bsds
from training.restoring_card import worst_of
from training.worst import PICTURES, strip

SEEN = sorted(
    name for name in LESSONS
    if (WEIGHTS / name / f"{name}.json").is_file()
    and json.loads((WEIGHTS / name / f"{name}.json").read_text(encoding="utf-8")).get("held_out")
)  # fmt: skip


def card_of(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((WEIGHTS / name / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", SEEN)
def test_a_card_shows_its_five_worst(name: str) -> None:
    card = card_of(name)
    assert card.get("worst") == f"{name}.jpg", f"no picture in {name}'s card; run python -m training.worst {name}"
    gains = [row["restored"] - row["given"] for row in worst_of(card)]
    assert len(gains) == 5
    assert gains == sorted(gains)
    text = (WEIGHTS / name / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"images/cards/{name}.jpg)" in text
    assert (PICTURES / f"{name}.jpg").is_file()


def test_a_row_is_the_photo_before_after_and_as_it_should_be(photos: SharedPhotos) -> None:
    name = "superres_srcnn"
    card = card_of(name)
    looks = load_bsds(photos.folder / "train" / "bsds500").looks
    made = np.asarray(strip(name, card, looks), np.float32)
    with Image.open(PICTURES / f"{name}.jpg") as picture:
        kept = np.asarray(picture, np.float32)
    assert made.shape == kept.shape
    assert float(np.abs(made - kept).mean()) < 6.0  # JPEG
    first = made[:176]
    given, restored, wanted = (first[:, left : left + 176] for left in (0, 180, 360))
    assert np.square(restored - wanted).mean() < np.square(given - wanted).mean()
