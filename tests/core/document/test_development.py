"""Camera raw opens with a first step that develops it, which can be changed, and nothing bright is lost before it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.application import Application
from desktop_app.core.document.document import Document
from desktop_app.core.document.session import Session
from desktop_app.core.imaging.development import DEFAULTS, DEVELOP
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.raw import DEMOSAICS, USUAL_DEMOSAIC, embedded_preview
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.steps.recipes import Recipe, load_recipe, recipe_of, save_recipe
from desktop_app.core.steps.step import Step, run_on_state
from desktop_app.core.steps.verify import verify
from tests.support.raws import PREVIEW, camera_raw

pytest.importorskip("rawpy", reason="pip install 'verilens[photo]'")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return camera_raw(tmp_path / "a.dng")


@pytest.fixture
def application(tmp_path: Path) -> Application:
    return Application(tmp_path / "home")


def develop(application: Application, document: Document, **params: float | str) -> str:
    outcome = run_on_state(application, document, document.root, Step(ToolRequest(DEVELOP, params)))
    return document.commit(document.root, outcome).id


def test_the_first_step_develops_and_is_no_change(session: Session, raw: Path) -> None:
    document = session.open_photo(raw)
    opened = document.states[document.opened]
    assert (opened.id, opened.parent, opened.title) == (document.cursor, document.root, "Developed")
    assert opened.record is not None
    assert (opened.record.tool, opened.record.params) == (DEVELOP, DEFAULTS)
    assert not document.is_modified
    assert "Change the first step" in document.metadata.notes[-1]
    np.testing.assert_array_equal(document.raster(opened.id).pixels, open_photo(raw).raster.pixels)


def test_the_tool_gives_what_the_opening_gave(session: Session, raw: Path, application: Application) -> None:
    document = session.open_photo(raw)
    assert [one.difference for one in verify(application, document, JobControl())] == [""]
    again = develop(application, document)
    assert document.states[document.opened].report["exposure"] == document.states[again].report["exposure"]


def test_another_exposure_and_balance_can_be_chosen(session: Session, raw: Path, application: Application) -> None:
    document = session.open_photo(raw)
    darker, warmer = develop(application, document, exposure=-2.0), develop(application, document, warmth=1.0)
    shown, dark, warm = (document.raster(state).planes() for state in (document.opened, darker, warmer))
    assert dark.mean() < shown.mean() - 0.1
    assert (warm[0] - warm[2]).mean() > (shown[0] - shown[2]).mean() + 0.1
    bright = document.raster(develop(application, document, exposure=1.0, highlights=1.0)).planes()
    ramp = bright[1, 20:40, 8:-8].mean(axis=0)
    assert (np.diff(ramp) > 0).mean() > 0.9  # lights are flattened, and none is lost
    assert bright.max() <= 1.0


def test_the_colour_filter_can_be_undone_in_another_way(
    session: Session, raw: Path, application: Application
) -> None:
    document = session.open_photo(raw)
    document.flush()
    raw.unlink()  # the document has a copy of its own
    other = develop(application, document, demosaic="bilinear")
    usual, plain = document.raster(document.opened).pixels, document.raster(other).pixels
    assert usual.shape == plain.shape
    assert (usual != plain).any()
    assert document.states[other].record.params["demosaic"] == "bilinear"
    assert [one.difference for one in verify(application, document, JobControl())] == ["", ""]
    recipe = Recipe.from_json(recipe_of(document, other, application.inputs).to_json())
    assert recipe.development is not None
    assert recipe.development["demosaic"] == "bilinear"


def test_each_way_of_undoing_the_filter_is_one_that_the_library_has(raw: Path) -> None:
    made = {way: open_photo(raw, development={"demosaic": way}).raster.pixels.tobytes() for way in DEMOSAICS}
    assert len(set(made.values())) > 2
    assert made[USUAL_DEMOSAIC] == open_photo(raw).raster.pixels.tobytes()
    with pytest.raises(ParameterError, match="expected one of AHD"):
        open_photo(raw, development={"demosaic": "magic"})


def test_a_raw_file_that_was_gone_cannot_be_read_in_another_way(
    session: Session, raw: Path, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = session.open_photo(raw)
    monkeypatch.setattr(type(document), "original", lambda _self: nullcontext(None))
    with pytest.raises(InputError, match="expected the raw file"):
        develop(application, document, demosaic="DHT")


def test_a_recipe_keeps_how_it_was_developed(
    session: Session, raw: Path, application: Application, tmp_path: Path
) -> None:
    document = session.open_photo(raw)
    state = develop(application, document, exposure=-1.0, warmth=0.5)
    recipe = recipe_of(document, state, application.inputs)
    assert recipe.steps == ()
    assert recipe.development is not None
    assert (recipe.development["exposure"], recipe.development["warmth"]) == (-1.0, 0.5)
    save_recipe(tmp_path / "r.json", recipe)
    known = load_recipe(tmp_path / "r.json").development
    assert known == recipe.development
    np.testing.assert_array_equal(
        open_photo(raw, development=known).raster.pixels, document.raster(state).pixels
    )
    assert recipe_of(document, document.opened, application.inputs).steps == ()


@pytest.mark.parametrize("wrong", [
    {"exposure": "much"}, {"sharpness": 1.0}, {"demosaic": "magic"}, {"demosaic": 1.0}, {"warmth": True}, 3,
])
def test_a_recipe_that_develops_otherwise_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="develops camera raw"):
        Recipe.from_json({"verilens_recipe": 1, "title": "", "steps": [], "development": wrong})


@pytest.mark.parametrize("flip", [1, 6])
def test_the_picture_in_a_raw_file_is_upright(tmp_path: Path, flip: int) -> None:
    found = embedded_preview(camera_raw(tmp_path / "a.dng", flip, has_preview=True))
    assert found is not None
    np.testing.assert_array_equal(found.pixels, PREVIEW if flip == 1 else np.rot90(PREVIEW, 3))
    assert open_photo(tmp_path / "a.dng").raster.pixels.shape[:2] == ((64, 96) if flip == 1 else (96, 64))


def test_a_raw_file_without_a_picture_in_it_has_no_preview(raw: Path, tmp_path: Path) -> None:
    assert embedded_preview(raw) is None
    (tmp_path / "b.dng").write_bytes(raw.read_bytes()[:200])
    assert embedded_preview(tmp_path / "b.dng") is None
