"""A watched folder: what comes is done once, and Ctrl-C ends it with all that was done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.steps.recipes import Recipe, save_recipe

_PATIENCE = 120


def _waits_for(path: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not path.exists():
        assert time.monotonic() < end, f"no {path.name}"
        time.sleep(0.05)


def test_photos_that_come_are_done_until_ctrl_c(run, tmp_path, home):
    photos, out, recipe = tmp_path / "photos", tmp_path / "out", tmp_path / "recipe.json"
    photos.mkdir()
    save_recipe(recipe, Recipe((StepRecord("enhance.rotate", "restoration", "Turn", "verilens", "1", {"turn": "right"},
                                           0),), "turned"))  # fmt: skip
    Image.fromarray(np.full((8, 12, 3), 90, np.uint8)).save(photos / "a.png")
    command = [sys.executable, "-m", "desktop_app.cli", "recipe", "run", str(recipe), str(photos), "-o", str(out),
               "--watch", "--json"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=os.environ | {"VERILENS_HOME": str(home)})  # fmt: skip
    _waits_for(out / "a.png")
    Image.fromarray(np.full((8, 12, 3), 60, np.uint8)).save(photos / "b.png")
    _waits_for(out / "b.png")
    process.send_signal(signal.SIGINT)
    said, told = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 0, told
    assert [Path(one["input"]).name for one in json.loads(said)["results"]] == ["a.png", "b.png"]
    assert "b.png: →" in told
    assert run("recipe", "run", recipe, photos, "-o", photos, "--watch").code == 2
    assert run("recipe", "run", recipe, photos / "a.png", "-o", out, "--watch").code == 3
    kept = run("recipe", "run", recipe, photos, "-o", out, "--resume", "--json").json["results"]
    assert [one["kept"] for one in kept] == [True, True]
