"""What a run needs is said to the byte, the largest tile that fits is taken, and freed memory goes back when asked."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from desktop_app.api import ToolError
from desktop_app.core.faults import is_out_of_memory
from desktop_app.core.jobs import allocation
from desktop_app.core.jobs.fallback import Place, with_fallback
from desktop_app.core.jobs.memory import Forecast, forecast, smaller_tile

WHOLE = 4 * 3 * 1000 * 1000 * (10 + 1)  # a working memory of ten times the photo, and the result


def plan(free: int, **more: Any) -> Forecast:
    given = {"reach": 4, "memory": 10.0, "free": free}
    return forecast(1000, 1000, 3, **(given | more))


@pytest.mark.parametrize("free", [60_000_000, 90_000_000, 150_000_000, 200_000_000])
def test_the_largest_tile_that_fits_is_taken(free: int) -> None:
    chosen = plan(free)
    assert chosen.tile is not None
    assert chosen.fits
    assert not plan(free, tile=chosen.tile + 64, is_tile_fixed=True).fits


@pytest.mark.parametrize(("tile", "reach", "side"), [
    (None, 4, 1000), (100, 4, 108), (996, 4, 1000), (5000, 4, 1000), (100, 0, 100), (100, None, 100),
])  # fmt: skip
def test_a_tile_that_was_set_is_kept_and_counted_with_its_margin(
    tile: int | None, reach: int | None, side: int
) -> None:
    chosen = plan(1, tile=tile, reach=reach, is_tile_fixed=True)
    assert chosen == Forecast(4 * 3 * side * side * 10 + 4 * 3 * 1000 * 1000, 1, tile)


def test_what_cannot_be_cut_is_not_and_the_smallest_tile_has_64_pixels() -> None:
    assert plan(1, reach=None) == Forecast(WHOLE, 1, None)
    assert plan(1).tile == 64
    assert plan(WHOLE * 10).tile is None


@pytest.mark.parametrize(("free", "is_short", "fits"), [(600, False, True), (599, False, False), (360, False, False),
                                                        (359, True, False)])  # fmt: skip
def test_a_run_may_use_six_tenths_of_what_is_free(free: int, is_short: bool, fits: bool) -> None:
    told = Forecast(360, free, None)
    assert (told.is_short, told.fits) == (is_short, fits)


@pytest.mark.parametrize(("need", "words"), [(99_000_000, "about 99 MB"), (100_000_000, "about 0.1 GB"),
                                             (2_550_000_000, "about 2.5 GB")])  # fmt: skip
def test_sizes_are_said_in_units_for_people(need: int, words: str) -> None:
    assert words in Forecast(need, 10**11, None).sentence


@pytest.mark.parametrize(("error", "is_memory"), [
    (MemoryError(), True), (torch.OutOfMemoryError(), True), (RuntimeError("other"), False),
    (RuntimeError("x DefaultCPUAllocator: can't allocate memory: y"), True),
    (ValueError("DefaultCPUAllocator: can't allocate memory"), False),
])  # fmt: skip
def test_memory_that_ran_out_is_recognised(error: Exception, is_memory: bool) -> None:
    assert is_out_of_memory(error) is is_memory


@pytest.mark.parametrize(("tile", "size", "smaller"), [
    (128, (1000, 1000), 64), (127, (1000, 1000), None), (None, (100, 128), 64), (None, (130, 90), 64),
    (300, (50, 50), 144),
])  # fmt: skip
def test_the_next_tile_is_half_in_steps_of_16(tile: int | None, size: tuple[int, int], smaller: int | None) -> None:
    assert smaller_tile(tile, *size) == smaller


def hungry(fits: Place) -> Any:
    def work(place: Place) -> Place:
        if place != fits:
            raise MemoryError
        return place

    return work


def test_a_device_without_room_hands_over_to_the_cpu_after_its_smallest_tile() -> None:
    gpu, cpu = torch.device("cuda", 1), torch.device("cpu")
    first = Place(gpu, None)
    attempt = with_fallback(hungry(Place(cpu, None)), first, tool="t", height=140, width=90, can_cut=True)
    assert attempt.place == attempt.value == Place(cpu, None)
    assert ["64 pixels" in attempt.notes[0], "cuda:1" in attempt.notes[1], len(attempt.notes)] == [True, True, 2]
    whole = with_fallback(hungry(Place(cpu, None)), first, tool="t", height=140, width=90, can_cut=False)
    assert len(whole.notes) == 1
    with pytest.raises(ToolError, match="90×140"):
        with_fallback(hungry(Place(gpu, 7)), first, tool="t", height=140, width=90, can_cut=True)


def test_another_fault_is_not_tried_again() -> None:
    def broken(place: Place) -> None:
        tried.append(place)
        raise ValueError("mine")

    tried: list[Place] = []
    with pytest.raises(ValueError, match="mine"):
        with_fallback(broken, Place(torch.device("cpu"), None), tool="t", height=999, width=999, can_cut=True)
    assert len(tried) == 1


class Library:
    """An allocator that notes what it is asked for."""

    def __init__(self, answers: dict[int, int], trimmed: int) -> None:
        self.asked: dict[int, int] = {}
        self.answers, self.trimmed = answers, trimmed

    def mallopt(self, name: int, value: int) -> int:
        self.asked[name] = value
        return self.answers.get(name, 1)

    def malloc_trim(self, pad: int) -> int:
        assert pad == 0, "nothing is kept back"
        return self.trimmed


@pytest.mark.parametrize(("answers", "is_kept"), [({}, True), ({-1: 0}, False), ({-4: 0}, False)])
def test_the_allocator_is_asked_to_keep_and_to_give_back(
    monkeypatch: pytest.MonkeyPatch, answers: dict[int, int], is_kept: bool
) -> None:
    library = Library(answers, int(is_kept))
    monkeypatch.setattr(allocation, "_glibc", lambda: library)
    assert allocation.keep_freed_memory() is is_kept
    assert library.asked == {-4: 0, -1: 1 << 30, -2: 64 << 20}
    assert allocation.release_freed_memory() is is_kept


def test_another_allocator_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocation, "_glibc", lambda: None)
    assert not allocation.keep_freed_memory()
    assert not allocation.release_freed_memory()
