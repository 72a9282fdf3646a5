"""Previews of reduced photos: how small a draft is, and which tools are not previewed on them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from desktop_app.api import ToolError
from desktop_app.core.application import Application
from desktop_app.core.imaging.pyramid import Pyramid
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.steps.step import Step
from desktop_app.gui.canvas import PreviewPatch, Rect
from desktop_app.gui.documents.pictures import Picture
from desktop_app.gui.steps.work import ROUGH, PreviewTask, run_preview

Extent = Callable[[int, int], tuple[int, int]]


class FakeEngine:
    """Returns what it is given, and notes its size; slow, and of a tool that says its sizes itself."""

    def __init__(self, extent: Extent | None = None) -> None:
        self.seen: list[tuple[int, int]] = []
        self.profiles: list[bytes | None] = []
        self._sizes = SimpleNamespace(frame=extent, extent=extent, reach=0, align=1, scale=1)

    def sizes(self, _request: ToolRequest) -> tuple[Any, Any]:
        return SimpleNamespace(inputs=()), self._sizes

    def forecast(self, _request: ToolRequest, _raster: Raster, _icc: bytes | None) -> Any:
        return SimpleNamespace(seconds=None)

    def run(self, _request: ToolRequest, raster: Raster, *, icc: bytes | None, **_more: Any) -> Any:
        self.seen.append((raster.height, raster.width))
        self.profiles.append(icc)
        return SimpleNamespace(raster=raster)


def preview(
    engine: FakeEngine, height: int, width: int, zoom: float = 0.5, icc: bytes | None = None
) -> tuple[list[PreviewPatch], PreviewPatch | None]:
    """Return the drafts and the preview of all of a photo."""
    raster = Raster(np.zeros((height, width, 1), np.uint8))
    pyramid = Pyramid(tuple(raster.pixels[:: 1 << level, :: 1 << level] for level in range(6)))
    picture = Picture(raster, pyramid, cast(Any, None), icc)
    task = PreviewTask(picture, Step(ToolRequest("fake.tool")), "Fake", Rect(0, 0, width, height), zoom)
    drafts: list[PreviewPatch] = []
    application = cast(Application, SimpleNamespace(engine=engine))
    return drafts, run_preview(application, task, JobControl(), drafts.append)


@pytest.mark.parametrize(("size", "drawn"), [
    ((512, 1024), [(256, 512)]),  # 2¹⁷ pixels are few enough
    ((512, 1026), [(128, 257), (256, 513)]),  # more are halved
    ((1024, 2048), [(256, 512), (512, 1024)]),  # four times as many once, too
    ((1024, 2050), [(128, 257), (512, 1025)]),  # and more than that twice
])  # fmt: skip
def test_a_draft_is_halved_until_it_has_few_pixels(size: tuple[int, int], drawn: list[tuple[int, int]]) -> None:
    engine = FakeEngine()
    drafts, patch = preview(engine, *size)
    assert engine.seen == drawn
    assert [draft.label for draft in drafts] == [ROUGH] * (len(drawn) - 1)
    assert patch is not None
    assert patch.label != ROUGH


@pytest.mark.parametrize(("off", "is_previewed"), [(0, True), (4, True), (-4, True), (5, False), (-5, False)])
def test_a_turned_photo_is_previewed_where_its_size_is_about_that_of_the_reduced_one(
    off: int, is_previewed: bool
) -> None:
    def extent(height: int, width: int) -> tuple[int, int]:
        return (height, width + off) if width == 1200 else (height, width)

    engine = FakeEngine(extent)
    if is_previewed:
        _, patch = preview(engine, 600, 1200)
        assert patch is not None
        assert patch.is_whole
        assert (patch.region.width, patch.region.height) == (1200 + off, 600)
        assert engine.seen == [(300, 600)]
    else:
        with pytest.raises(ToolError, match="counts pixels"):
            preview(engine, 600, 1200)


@pytest.mark.parametrize("extent", [None, lambda height, width: (width, height)], ids=["in place", "turned"])
def test_a_preview_is_of_the_photos_own_colours(extent: Extent | None) -> None:
    engine = FakeEngine(extent)
    preview(engine, 1024, 2048, icc=b"a profile")
    assert set(engine.profiles) == {b"a profile"}
