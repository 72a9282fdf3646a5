"""Streams that take nothing: the exit code says whether what was asked for is whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device is a matter of Linux")


@pytest.fixture
def run(home):
    def call(*words: str, full: tuple[str, ...]) -> subprocess.CompletedProcess[bytes]:
        with open("/dev/full", "wb") as device:
            streams = {name: device if name in full else subprocess.PIPE for name in ("stdout", "stderr")}
            command = [sys.executable, "-m", "desktop_app.cli", *words]
            # Buffered, as anywhere: what a full stream did not take must not be tried again at the end.
            env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
            return subprocess.run(command, check=False, cwd=ROOT, env=env, **streams)

    return call


@pytest.mark.parametrize(
    ("words", "full", "code"),
    [
        (("metrics", "a.png", "--reference", "a.png"), ("stderr",), 0),
        (("metrics", "a.png", "--reference", "a.png", "--json"), ("stderr",), 0),
        (("metrics", "a.png", "--reference", "a.png"), ("stdout",), 3),
        (("metrics", "a.png", "--reference", "a.png", "--json"), ("stdout", "stderr"), 3),
        (("--version",), ("stdout",), 3),
        (("nothing",), ("stderr",), 2),
        (("nothing", "--debug"), ("stderr",), 2),
        (("nothing", "--json"), ("stdout", "stderr"), 2),
        (("metrics", "absent.png"), ("stderr",), 3),
    ],
)
def test_the_exit_code(run, tmp_path, words, full, code):
    Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3).repeat(8, 0).repeat(8, 1)).save(tmp_path / "a.png")
    done = run(*(str(tmp_path / word) if word.endswith(".png") else word for word in words), full=full)
    assert done.returncode == code, done.stderr
    if full == ("stdout",):
        assert done.stderr.decode().startswith("verilens: expected")
        assert done.stderr.count(b"\n") == 1
