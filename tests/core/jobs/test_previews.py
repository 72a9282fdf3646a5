"""Where previews and tiles lie, pixel by pixel."""

from __future__ import annotations

import pytest

from desktop_app.api.errors import ParameterError
from desktop_app.core.jobs.preview import PreviewPlan, Region, plan_preview
from desktop_app.core.jobs.tiling import Tile, plan_tiles, tile_edge

PLANNED = [
    (((100, 200), Region(10, 20, 30, 40), 1.0, 3, 4, 1), (0, (7, 17, 36, 46), (10, 20, 30, 40), (10, 20, 30, 40))),
    (((100, 200), Region(10, 20, 30, 40), 0.5, 3, 4, 1), (1, (2, 7, 21, 26), (5, 10, 15, 20), (10, 20, 30, 40))),
    (((100, 200), Region(11, 21, 30, 40), 0.5, 0, 4, 1), (1, (5, 10, 16, 21), (5, 10, 16, 21), (10, 20, 32, 42))),
    (((100, 200), Region(10, 22, 30, 40), 1.0, 3, 4, 4), (0, (4, 16, 40, 52), (8, 20, 32, 44), (8, 20, 32, 44))),
    (((101, 203), Region(90, 190, 11, 13), 0.5, 4, 4, 1), (1, (41, 91, 10, 11), (45, 95, 6, 7), (90, 190, 11, 13))),
    (((101, 203), Region(90, 190, 11, 13), 0.25, 2, 2, 8), (1, (32, 80, 19, 22), (40, 88, 11, 14), (80, 176, 21, 27))),
    (((64, 64), Region(0, 0, 64, 64), 0.01, 1, 3, 1), (2, (0, 0, 16, 16), (0, 0, 16, 16), (0, 0, 64, 64))),
    (((64, 64), Region(9, 9, 1, 1), 4.0, 0, 3, 1), (0, (9, 9, 1, 1), (9, 9, 1, 1), (9, 9, 1, 1))),
    (((400, 600), Region(0, 0, 400, 600), 0.25, None, 8, 1), (2, (0, 0, 100, 150), (0, 0, 100, 150), (0, 0, 400, 600))),
    (((400, 600), Region(0, 0, 200, 300), 1.0, None, 8, 1), (1, (0, 0, 200, 300), (0, 0, 200, 300), (0, 0, 400, 600))),
]


@pytest.mark.parametrize(("asked", "planned"), PLANNED)
def test_a_preview_reads_keeps_and_shows_these_pixels(asked: tuple[object, ...], planned: tuple[object, ...]) -> None:
    level, *regions = planned
    read, keep, shown = (Region(*region) for region in regions)  # type: ignore[misc] # four numbers each
    assert plan_preview(*asked) == PreviewPlan(level, read, keep, shown, level != 0)  # type: ignore[arg-type]


def test_a_kept_region_is_cut_out_of_the_answer() -> None:
    plan = PreviewPlan(0, Region(2, 7, 21, 26), Region(5, 11, 15, 20), Region(0, 0, 1, 1), False)
    assert plan.crop(2) == (slice(6, 36), slice(8, 48))  # type: ignore[arg-type] # whole scales are fractions too


def test_tiles_lie_where_edge_reach_and_alignment_put_them() -> None:
    assert plan_tiles(20, 50, 35, 3, 8) == [
        Tile(0, 0, 20, 32, 0, 0, 20, 40), Tile(0, 32, 20, 18, 0, 24, 20, 26),
    ]  # fmt: skip
    assert [tile.height for tile in plan_tiles(20, 4, 5, 0, 8)] == [8, 8, 4], "never less than the alignment"


@pytest.mark.parametrize(("given", "edge"), [("none", None), ("16", 16), (16, 16), (300, 300)])
def test_a_tile_is_none_or_at_least_16_pixels(given: str | int, edge: int | None) -> None:
    assert tile_edge(given) == edge


@pytest.mark.parametrize("given", ["15", 15, "-20", "wide", "auto", ""])
def test_other_tiles_are_refused(given: str | int) -> None:
    with pytest.raises(ParameterError, match="expected a tile"):
        tile_edge(given)
