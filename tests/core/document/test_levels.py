"""Data that are no photo's open with a first step that can be changed, and come back when the result is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from desktop_app.core.application import Application
from desktop_app.core.document.document import Document
from desktop_app.core.document.session import Session
from desktop_app.core.imaging.files import save_photo
from desktop_app.core.imaging.ranges import LEVELS
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.steps.recipes import recipe_of
from desktop_app.core.steps.step import Step, run_on_state
from desktop_app.core.steps.verify import verify

RAMP = np.linspace(0, 1, 30 * 40).reshape(30, 40)
RANGES = {"int16": (-1000, 3000), "uint16": (0, 4095), "float32": (0.0, 65_535.0), "float64": (-5e4, 5e4),
          "float16": (0, 255), "int8": (-100, 100), "int32": (-70_000, 900_000), "uint32": (0, 65_535)}


@pytest.fixture
def data(tmp_path: Path) -> Callable[[str], Path]:
    def make(dtype: str) -> Path:
        low, high = RANGES[dtype]
        tifffile.imwrite(tmp_path / "a.tif", (low + RAMP * (high - low)).astype(dtype))
        return tmp_path / "a.tif"

    return make


@pytest.fixture
def application(tmp_path: Path) -> Application:
    return Application(tmp_path / "home")


def levels(application: Application, document: Document, **params: float) -> str:
    outcome = run_on_state(application, document, document.root, Step(ToolRequest(LEVELS, params)))
    return document.commit(document.root, outcome).id


@pytest.mark.parametrize("dtype", RANGES)
def test_the_first_step_shows_the_data_and_is_undone_on_saving(
    session: Session, data: Callable[[str], Path], tmp_path: Path, dtype: str
) -> None:
    path = data(dtype)
    document = session.open_photo(path)
    low, high = RANGES[dtype]
    opened = document.states[document.cursor]
    assert (opened.id, opened.parent) == (document.opened, document.root)
    assert opened.record is not None
    assert opened.record.tool == LEVELS
    assert opened.title.startswith("Levels ")
    assert not document.is_modified
    planes = document.raster(opened.id).planes()
    assert (planes.min(), planes.max()) == pytest.approx((0, 1), abs=0.002)
    values = tifffile.imread(path)
    for state in (document.root, opened.id):
        saved = save_photo(tmp_path / "b.tif", document.raster(state), document.metadata_of(state))
        again = tifffile.imread(saved.path)
        assert (again.dtype, saved.notes) == (values.dtype, ())
        np.testing.assert_allclose(again, values, atol=0 if values.dtype.kind in "iu" else 2e-7 * max(-low, high))


@pytest.mark.parametrize("dtype", ["int16", "uint16", "float32"])
def test_other_levels_can_be_chosen_and_are_undone_too(
    session: Session, data: Callable[[str], Path], application: Application, tmp_path: Path, dtype: str
) -> None:
    path = data(dtype)
    document = session.open_photo(path)
    record = document.states[document.opened].record
    assert record is not None
    low, high = RANGES[dtype]
    third = low + (high - low) / 3
    state = levels(application, document, **{**record.params, "high": third})
    assert document.raster(state).planes().max() == pytest.approx(3, rel=0.01)  # kept, for it is only beyond
    saved = save_photo(tmp_path / "b.tif", document.raster(state), document.metadata_of(state))
    np.testing.assert_allclose(tifffile.imread(saved.path), tifffile.imread(path), rtol=0, atol=1e-7 * high)


def test_the_tool_gives_what_the_opening_gave(
    session: Session, data: Callable[[str], Path], application: Application, tmp_path: Path
) -> None:
    for dtype in ("uint16", "int16", "float32"):
        document = session.open_photo(data(dtype))
        verdicts = list(verify(application, document, JobControl()))
        assert [one.difference for one in verdicts] == [""]


def test_a_project_and_its_recipe(
    session: Session, data: Callable[[str], Path], application: Application, tmp_path: Path
) -> None:
    document = session.open_photo(data("int16"))
    outcome = run_on_state(application, document, document.cursor, Step(ToolRequest("degrade.brightness")))
    document.commit(document.cursor, outcome)
    document.save_as(tmp_path / "p.vlens")
    (tmp_path / "a.tif").unlink()
    again = session.open_project(tmp_path / "p.vlens")
    for state in document.states:
        np.testing.assert_array_equal(again.raster(state).pixels, document.raster(state).pixels)
    assert again.metadata_of(again.cursor).levels == document.metadata_of(document.cursor).levels
    steps = recipe_of(again, again.cursor, tmp_path).steps
    assert [step.tool for step in steps] == ["degrade.brightness"]  # other files have levels of their own


def test_levels_of_a_photo_are_a_step_like_any_other(
    session: Session, photo: Path, application: Application, tmp_path: Path
) -> None:
    document = session.open_photo(photo)
    state = levels(application, document, low=50, high=100)
    assert (document.opened, document.metadata_of(state).levels) == (document.root, None)
    assert [step.tool for step in recipe_of(document, state, tmp_path).steps] == [LEVELS]
