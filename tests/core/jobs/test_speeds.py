"""What is known of how long tools take: by parameters, by device, kept, and never in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop_app.core.jobs.request import ModelSpec, TargetSpec, ToolRequest
from desktop_app.core.jobs.speeds import Speeds

BLUR = ToolRequest("denoise.x", {"passes": 2, "sigma": None})
MORE = ToolRequest("denoise.x", {"passes": 9})


def test_a_run_tells_of_the_next_by_its_pixels() -> None:
    speeds = Speeds()
    assert speeds.seconds(BLUR, "cpu", 1000) is None
    speeds.note(BLUR, "cpu", 1000, 2.0)
    assert speeds.seconds(BLUR, "cpu", 3000) == pytest.approx(6.0)
    assert speeds.seconds(BLUR, "cuda", 3000) is None


def test_the_same_parameters_count_before_what_was_last() -> None:
    speeds = Speeds()
    speeds.note(BLUR, "cpu", 1000, 2.0)
    speeds.note(MORE, "cpu", 1000, 9.0)
    assert speeds.seconds(BLUR, "cpu", 1000) == pytest.approx(2.0)
    assert speeds.seconds(ToolRequest("denoise.x", {"passes": 2}), "cpu", 1000) == pytest.approx(2.0)
    assert speeds.seconds(ToolRequest("denoise.x", {"passes": 4}), "cpu", 1000) == pytest.approx(9.0)


def test_subjects_are_told_apart() -> None:
    asked = [
        ToolRequest("u.x", {}, 0, (subject,))
        for subject in (ModelSpec("a"), ModelSpec("b"), TargetSpec("denoise.x"), TargetSpec("denoise.y", {"n": 1}))
    ]
    speeds = Speeds()
    for number, request in enumerate(asked, 1):
        speeds.note(request, "cpu", 10, float(number))
    assert [speeds.seconds(request, "cpu", 10) for request in asked] == [1.0, 2.0, 3.0, 4.0]


def test_a_crop_does_not_speak_for_a_photo() -> None:
    speeds = Speeds()
    speeds.note(BLUR, "cpu", 1_000_000, 2.0)
    speeds.note(BLUR, "cpu", 1000, 1.0)  # mostly what begins and ends a run
    assert speeds.seconds(BLUR, "cpu", 1_000_000) == pytest.approx(2.0)
    speeds.note(BLUR, "cpu", 900_000, 3.6)
    assert speeds.seconds(BLUR, "cpu", 1_000_000) == pytest.approx(4.0)


def test_a_photo_of_one_pixel_is_a_run_too(tmp_path: Path) -> None:
    Speeds(tmp_path / "speeds.json").note(BLUR, "cpu", 1, 0.5)
    assert Speeds(tmp_path / "speeds.json").seconds(BLUR, "cpu", 1) == pytest.approx(0.5)


def test_it_is_kept_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "speeds.json"
    speeds = Speeds(path)
    for passes in range(30):
        speeds.note(ToolRequest("denoise.x", {"passes": passes}), "cpu", 100, 1.0 + passes)
    assert Speeds(path).seconds(ToolRequest("denoise.x", {"passes": 29}), "cpu", 100) == pytest.approx(30.0)
    assert len(json.loads(path.read_text())["denoise.x on cpu"]) == 12


@pytest.mark.parametrize("text", [
    "", "[]", "{", '{"denoise.x on cpu": 3}', '{"denoise.x on cpu": {"a": {"s": 1}}}',
    '{"denoise.x on cpu": {"a": {"seconds": 1, "pixels": 0}}}',
])  # fmt: skip
def test_a_file_that_is_none_is_begun_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "speeds.json"
    path.write_text(text)
    speeds = Speeds(path)
    assert speeds.seconds(BLUR, "cpu", 10) is None
    speeds.note(BLUR, "cpu", 10, 1.0)
    assert Speeds(path).seconds(BLUR, "cpu", 10) == pytest.approx(1.0)


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    speeds = Speeds(tmp_path / "file" / "speeds.json")
    speeds.note(BLUR, "cpu", 10, 1.0)
    assert speeds.seconds(BLUR, "cpu", 10) == pytest.approx(1.0)
