"""What the batch window says is missing, and how far it says that it is."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from desktop_app.gui.viewmodel.batch import SHOWN_STATE, BatchIntent, BatchProgress, Phase, Row, row_of

WHOLE = BatchIntent(SHOWN_STATE, ("a.png",), "/out")


@pytest.mark.parametrize(("intent", "steps", "words"), [
    (WHOLE, 2, ""), (WHOLE, 0, "Choose a recipe"), (replace(WHOLE, recipe="r.json"), 0, ""),
    (replace(WHOLE, inputs=()), 2, "Add the photos"), (replace(WHOLE, folder=""), 2, "Choose a folder"),
])  # fmt: skip
def test_the_first_thing_that_is_missing_is_said(intent: BatchIntent, steps: int, words: str) -> None:
    assert intent.problem(steps).startswith(words)
    assert bool(intent.problem(steps)) == bool(words)


def test_how_far_it_is_counts_only_what_was_done_now() -> None:
    rows = tuple(Row(f"{n}.png", "…") for n in range(6))
    told = BatchProgress("running", 10, rows, written=2, kept=3, failed=1, seconds=30.0)
    assert told.sentence == "6 of 10 photos: 2 written, 3 kept from before, 1 failed. About 40 s left."
    assert replace(told, phase="paused").sentence.endswith("1 failed. Paused.")
    assert replace(told, workers=4).sentence.endswith("About 10 s left.")
    assert replace(told, phase="watching").sentence.endswith("Waits for photos to come.")
    assert BatchProgress("running", 4).sentence == "0 of 4 photos: 0 written."


@pytest.mark.parametrize("phase", get_args(Phase))
def test_what_can_be_paused_is_at_work(phase: Phase) -> None:
    assert BatchProgress(phase).is_at_work == (
        phase in ("preparing", "running", "watching", "pausing", "paused")
    )


def test_a_fault_stands_in_the_place_of_the_result() -> None:
    assert row_of("a.png", None, "It is damaged.", (), is_kept=False) == Row("a.png", "It is damaged.", True)
    kept = row_of("a.png", "out/a.png", "", ("Cut short.",), is_kept=True)
    assert kept.told == "out/a.png (from before) · Cut short."
