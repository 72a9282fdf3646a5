"""A batch that was killed goes on: no photo is lost, none that was done is done again, and the results are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from desktop_app.core.batch.journal import NAME
from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.steps.recipes import Recipe, save_recipe

_PHOTOS = 12


@pytest.mark.parametrize("workers", [1, 2])
def test_every_photo_is_there_once_after_a_kill(run, tmp_path, home, workers):
    photos, out, whole = (tmp_path / name for name in ("photos", "out", "whole"))
    photos.mkdir()
    draw = np.random.default_rng(0)
    for number in range(_PHOTOS):
        pixels = draw.integers(0, 256, (160, 200, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(photos / f"{number:02d}.png")
    step = StepRecord("denoise.tv", "restoration", "TV", "verilens", "1", {"sigma": 20.0, "iterations": 60}, 0)
    recipe = tmp_path / "recipe.json"
    save_recipe(recipe, Recipe((step,), "smooth"))
    command = [sys.executable, "-m", "desktop_app.cli", "recipe", "run", str(recipe), str(photos), "-o", str(out),
               "--workers", str(workers)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=os.environ | {"VERILENS_HOME": str(home)})  # fmt: skip
    while process.poll() is None and _lines(out) < 2:
        time.sleep(0.01)
    helpers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    psutil.wait_procs(helpers, timeout=60)  # they end by themselves, and write nothing more
    assert not any(helper.is_running() for helper in helpers)
    done = _lines(out)
    assert 2 <= done < _PHOTOS
    stamps = {path.name: path.stat().st_mtime_ns for path in out.glob("*.png")}
    said = run("recipe", "run", recipe, photos, "-o", out, "--resume", "--json", "--workers", workers)
    assert said.code == 0
    kept = [Path(one["output"]).name for one in said.json["results"] if one["kept"]]
    assert len(kept) == done
    assert {name: (out / name).stat().st_mtime_ns for name in kept} == {name: stamps[name] for name in kept}
    assert run("recipe", "run", recipe, photos, "-o", whole).code == 0
    names = sorted(path.name for path in photos.iterdir())
    for folder in (out, whole):
        assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == names
    for name in names:
        first, second = (np.asarray(Image.open(folder / name).copy()) for folder in (out, whole))
        np.testing.assert_array_equal(first, second)


def _lines(folder: Path) -> int:
    """Return how many photos are written down as done."""
    place = folder / NAME
    if not place.exists():
        return 0
    count = 0
    for line in place.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            count += bool(json.loads(line))
        except ValueError:
            continue
    return count
