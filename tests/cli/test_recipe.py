"""`verilens recipe`: done again to the last bit, shown, and held against its project."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from desktop_app.core.application import Application
from desktop_app.core.jobs.request import TargetSpec, ToolRequest
from desktop_app.core.steps.recipes import recipe_of, save_recipe
from desktop_app.core.steps.step import Step, run_on_state


@pytest.fixture
def project(photo: Path, tmp_path: Path) -> Path:
    """Noise inside a mask, a denoiser, and a look at it on a branch, saved; the recipe of the first two beside it."""
    application = Application()
    document = application.session.open_photo(photo)
    mask = np.zeros((20, 24), np.uint8)
    mask[4:15, 2:20] = 255
    noise = Step(ToolRequest("degrade.gaussian_noise", {"sigma": 10.0}, seed=3), area=mask)
    look = Step(ToolRequest("uncertainty.tta", subjects=(TargetSpec("denoise.tv", {"iterations": 3}),)))
    parent = document.root
    for step in (noise, Step(ToolRequest("denoise.tv", {"iterations": 5})), look):
        done = run_on_state(application, document, parent, step)
        parent = document.commit(parent, done).id
    path = tmp_path / "steps.vlens"
    document.save_as(path)
    save_recipe(tmp_path / "recipe.json", recipe_of(document, document.states[parent].parent, tmp_path))
    Image.fromarray(np.asarray(document.raster(document.states[parent].parent).planes() * 255 + 0.5, np.uint8)
                    .transpose(1, 2, 0)).save(tmp_path / "expected.png")
    document.close(discard=True)
    application.close()
    return path


def rewrite(project: Path, was: str, now: str) -> None:
    """Change the records of a project behind its back."""
    with closing(sqlite3.connect(project)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        (table,) = [name for name, sql in found if "record" in sql]
        changed = connection.execute(
            f"UPDATE {table} SET record = replace(record, ?, ?) WHERE record LIKE '%' || ? || '%'", (was, now, was)
        ).rowcount
        connection.commit()
    assert changed


def test_a_recipe_runs_on_photos_and_folders(run, project, photo, tmp_path):
    folder = tmp_path / "more"
    folder.mkdir()
    for name in ("b.png", "a.png"):
        Image.open(photo).rotate(90).resize((24, 20)).save(folder / name)
    (folder / "notes.txt").write_text("no photo")
    said = run("recipe", "run", tmp_path / "recipe.json", photo, folder, "-o", tmp_path / "out", "--json")
    assert (said.code, said.err) == (0, "")
    assert [Path(one["output"]).name for one in said.json["results"]] == ["photo.png", "a.png", "b.png"]
    assert said.json["steps"] == ["degrade.gaussian_noise", "denoise.tv"]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / "photo.png")),
                          np.asarray(Image.open(tmp_path / "expected.png")))
    assert [step["tool"] for step in said.json["results"][1]["steps"]] == said.json["steps"]


def test_the_fault_of_one_photo_stands_for_itself(run, project, photo, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    said = run("recipe", "run", tmp_path / "recipe.json", broken, photo, "-o", tmp_path / "out", "--json")
    assert said.code == 3
    assert "broken.png" in said.err
    assert [one["error"] is None for one in said.json["results"]] == [False, True]
    assert (tmp_path / "out" / "photo.png").is_file()


def test_a_recipe_and_a_project_are_shown(run, project, tmp_path):
    said = run("recipe", "show", tmp_path / "recipe.json")
    assert said.out.splitlines()[0].startswith("1. degrade.gaussian_noise sigma=10.0")
    assert "area: " in said.out
    assert run("recipe", "show", tmp_path / "recipe.json", "--json").json == json.loads(
        (tmp_path / "recipe.json").read_text())


def test_what_is_shown_of_a_project_can_be_run(run, project, photo, tmp_path):
    shown = run("recipe", "show", project, "--json").json
    assert [step["tool"] for step in shown["steps"]] == ["degrade.gaussian_noise", "denoise.tv", "uncertainty.tta"]
    (tmp_path / "again.json").write_text(json.dumps(shown))
    said = run("recipe", "run", tmp_path / "again.json", photo, "-o", tmp_path / "out")
    assert (said.code, said.err) == (0, "")


def test_an_honest_project_is_verified(run, project):
    said = run("recipe", "verify", project, "--json")
    assert (said.code, said.err) == (0, "")
    assert said.json["same"] is True
    assert [state["same"] for state in said.json["states"]] == [True] * 3


@pytest.mark.parametrize(("was", "now", "fault"), [
    ('"sigma": 10.0', '"sigma": 11.0', "its picture differs by up to"),
    ('"seed": 3', '"seed": 4', "its picture differs by up to"),
    ('"tool": "degrade.gaussian_noise"', '"tool": "degrade.absent"', "it cannot be done again"),
])
def test_a_record_that_was_changed_is_noticed(run, project, was, now, fault):
    rewrite(project, was, now)
    said = run("recipe", "verify", project, "--json")
    assert said.code == 1
    assert "1 of 3" in said.err
    assert [state["same"] for state in said.json["states"]] == [False, True, True]
    assert fault in said.json["states"][0]["difference"]


def test_a_map_that_was_made_otherwise_is_noticed(run, project):
    rewrite(project, '"iterations": 3', '"iterations": 9')
    said = run("recipe", "verify", project)
    assert said.code == 1
    assert "1 of 3" in said.err


def test_verifying_leaves_nothing_behind(run, project, home):
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    stamp = project.read_bytes()
    run("recipe", "verify", project)
    assert project.read_bytes() == stamp
    kept = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    assert {path for path in kept if "session" in path.parts} == {path for path in before if "session" in path.parts}


WRONG = {
    "an image without a recipe": (("verify", "PHOTO"), 3, "without one"),
    "no such image": (("verify", "absent.png"), 3, "absent.png"),
    "no such project": (("verify", "absent.vlens"), 3, "absent.vlens"),
    "no recipe": (("show", "PHOTO"), 3, "recipe"),
    "over itself": (("run", "RECIPE", "PHOTO", "-o", "HERE"), 2, "another folder"),
    "one name twice": (("run", "RECIPE", "PHOTO", "PHOTO", "-o", "OUT", ), 2, "twice"),
    "no folder": (("run", "RECIPE", "PHOTO", "-o", "RECIPE"), 3, "got a file"),
}


@pytest.mark.parametrize(("words", "code", "fragment"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_done_is_one_sentence(run, project, photo, tmp_path, words, code, fragment):
    places = {"PHOTO": photo, "RECIPE": tmp_path / "recipe.json", "OUT": tmp_path / "out", "HERE": photo.parent}
    said = run("recipe", *(places.get(word, word) for word in words))
    assert said.code == code
    assert fragment in said.err
    assert len(said.err.splitlines()) == 1


def test_a_tool_that_is_not_there_is_named_before_anything_runs(run, project, photo, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_text(recipe.read_text().replace("denoise.tv", "denoise.gone"))
    said = run("recipe", "run", recipe, photo, "-o", tmp_path / "out")
    assert said.code == 2
    assert "denoise.gone" in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("chosen", "expected"), [(None, (0, 4095)), ((0.0, 3000.0), (0, 3000))])
def test_each_file_of_a_recipe_is_opened_in_levels(run, tmp_path, chosen, expected):
    """A camera's 12 bits in 16: the levels of the opening are no step, and those that were chosen are opened in."""
    values = np.random.default_rng(0).integers(0, 4096, (20, 24, 3)).astype(np.uint16)
    values[0, 0] = 4095
    for name, picture in (("a.tif", values), ("b.tif", values[::-1])):
        tifffile.imwrite(tmp_path / name, picture, photometric="rgb")
    application = Application()
    document = application.session.open_photo(tmp_path / "a.tif")
    state = document.opened
    if chosen:
        levels = ToolRequest("enhance.levels", {"low": chosen[0], "high": chosen[1], "full_scale": 65_535.0})
        state = document.commit(document.root, run_on_state(application, document, document.root, Step(levels))).id
    done = run_on_state(application, document, state, Step(ToolRequest("denoise.tv", {"iterations": 2})))
    recipe = recipe_of(document, document.commit(state, done).id, tmp_path)
    save_recipe(tmp_path / "recipe.json", recipe)
    assert ([step.tool for step in recipe.steps], recipe.levels) == (["denoise.tv"], chosen)
    document.close(discard=True)
    application.close()
    said = run("recipe", "run", tmp_path / "recipe.json", tmp_path / "b.tif", "-o", tmp_path / "out", "--json")
    assert said.code == 0, said.err
    assert f"levels {expected[0]}…{expected[1]} are shown as 0…1" in said.err
    again = tifffile.imread(tmp_path / "out" / "b.tif")
    direct = ("apply", "denoise.tv", tmp_path / "b.tif", "-o", tmp_path / "direct.tif", "-p", "iterations=2",
              "--levels", ",".join(map(str, expected)))
    assert run(*direct).code == 0
    np.testing.assert_allclose(again, tifffile.imread(tmp_path / "direct.tif"), atol=1)  # in 16 bits between the steps
    assert abs(again.mean() - values.mean()) < 20


def test_results_are_exported_as_chosen(run, project, photo, tmp_path):
    options = ("-o", tmp_path / "out", "--export", "small,long_side=12", "--json")
    said = run("recipe", "run", tmp_path / "recipe.json", photo, *options)
    assert said.code == 0, said.err
    with Image.open(said.json["results"][0]["output"]) as image:
        assert max(image.size) == 12
    direct = run("apply", "denoise.tv", photo, "-o", tmp_path / "a.jpg", "--export", "long_side=12", "--json")
    assert max(direct.json["output"]["width"], direct.json["output"]["height"]) == 12
    refused = run("apply", "denoise.tv", photo, "-o", tmp_path / "a.jpg", "--export", "huge")
    assert (refused.code, "web, small, best" in refused.err) == (2, True)


def test_names_kinds_and_a_report_and_going_on(run, project, photo, tmp_path):
    options = ("-o", tmp_path / "out", "--names", "{name}-{number}", "--suffix", ".jpg", "--report", "--json")
    said = run("recipe", "run", tmp_path / "recipe.json", photo, *options)
    assert (said.code, said.err) == (0, "")
    assert [Path(one["output"]).name for one in said.json["results"]] == ["photo-0001.jpg"]
    assert "photo-0001.jpg" in (tmp_path / "out" / "batch.html").read_text(encoding="utf-8")
    again = run("recipe", "run", tmp_path / "recipe.json", photo, *options, "--resume")
    assert [one["kept"] for one in again.json["results"]] == [True]
    assert run("recipe", "run", tmp_path / "recipe.json", photo, "-o", tmp_path, "--names", "{nobody}").code == 2
