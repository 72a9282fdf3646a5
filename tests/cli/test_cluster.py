"""A recipe on a Ray cluster of two nodes, one of which is killed midway: every photo once, none lost, same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop_app.core.batch.journal import NAME
from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.steps.recipes import Recipe, save_recipe

pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("ignore")]  # its own deprecations are not ours
_PHOTOS = 10
_STEP = StepRecord("denoise.tv", "restoration", "TV", "verilens", "1", {"sigma": 20.0, "iterations": 60}, 0)


# A busy machine answers later than Ray waits by itself; the 30 seconds that a node has to start cannot be changed.
_PATIENCE = {"worker_register_timeout_seconds": 300,
             "health_check_initial_delay_ms": 60_000, "health_check_timeout_ms": 60_000,
             "agent_register_timeout_ms": 300_000}  # fmt: skip


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Start two nodes of one core."""
    pytest.importorskip("ray", reason="pip install 'verilens[ray]'")
    for name, value in _PATIENCE.items():
        monkeypatch.setenv(f"RAY_{name}", str(value))
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100 << 20}
    made = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    made.doomed = made.add_node(**node)
    yield made
    made.shutdown()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of noise, and a file that is no photo."""
    folder = tmp_path / "photos"
    folder.mkdir()
    draw = np.random.default_rng(0)
    for number in range(_PHOTOS):
        Image.fromarray(draw.integers(0, 256, (240, 320, 3), dtype=np.uint8)).save(folder / f"{number:02d}.png")
    (folder / "bad.png").write_bytes(b"no picture")
    return folder


def started(home: Path, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "desktop_app.cli", "recipe", "run", *map(str, words), "--json"]
    environment = os.environ | {"VERILENS_HOME": str(home), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def lines(folder: Path) -> list[str]:
    place = folder / NAME
    return [line for line in place.read_text().splitlines() if line.endswith("}")] if place.exists() else []


def test_a_node_is_killed_midway_and_nothing_is_lost(cluster: Any, photos: Path, tmp_path: Path, home: Path) -> None:
    recipe, far, near = tmp_path / "recipe.json", tmp_path / "far", tmp_path / "near"
    save_recipe(recipe, Recipe((_STEP,), "smooth"))
    process = started(home, recipe, photos, "-o", far, "--engine", "ray", "--address", cluster.address)
    while process.poll() is None and len(lines(far)) < 4:
        time.sleep(0.05)
    assert process.poll() is None, process.communicate()
    cluster.remove_node(cluster.doomed, allow_graceful=False)
    assert 4 <= len(lines(far)) < _PHOTOS
    said, told = process.communicate()
    results = json.loads(said)["results"]
    assert [Path(one["input"]).name for one in results] == sorted(path.name for path in photos.iterdir()), told
    assert [Path(one["input"]).name for one in results if one["error"]] == ["bad.png"], told
    done = [json.loads(line)["done"]["output"] for line in lines(far)]
    assert sorted(filter(None, done)) == sorted(str(far / f"{number:02d}.png") for number in range(_PHOTOS))
    assert started(home, recipe, photos, "-o", near, "--workers", 1).wait() == 3  # of the file that is no photo
    for number in range(_PHOTOS):
        assert (far / f"{number:02d}.png").read_bytes() == (near / f"{number:02d}.png").read_bytes()


def test_no_cluster_is_one_sentence(tmp_path: Path, photos: Path, home: Path) -> None:
    pytest.importorskip("ray", reason="pip install 'verilens[ray]'")
    recipe = tmp_path / "recipe.json"
    save_recipe(recipe, Recipe((_STEP,), "smooth"))
    process = started(home, recipe, photos, "-o", tmp_path / "out", "--engine", "ray", "--address", "127.0.0.1:1")
    said, told = process.communicate()
    assert process.returncode == 3
    assert "expected a Ray cluster at '127.0.0.1:1'" in json.loads(said)["error"]["message"], told
