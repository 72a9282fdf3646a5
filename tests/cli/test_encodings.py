"""Output into a stream of any encoding, and files of any name, never fail a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(home):
    def call(*words: str | bytes, encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "desktop_app.cli", *words]
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        return subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True)

    return call


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)).save(path)
    return path


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_a_stream_of_few_characters(run, picture: Path, encoding: str) -> None:
    out = picture.with_name("b.png")
    words = ("apply", "degrade.brightness", str(picture), "-o", str(out))
    done = run(*words, encoding=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert out.is_file()
    measured = run("metrics", str(picture), "--reference", str(out), "--json", encoding=encoding)
    assert json.loads(measured.stdout.decode(encoding))["image"] == str(picture)
    refused = run("metrics", str(picture.with_name("Ω.png")), encoding=encoding)
    assert refused.returncode == 3
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of any bytes are a matter of Linux")
@pytest.mark.parametrize("name", [b"caf\xe9.png", "\u202eläuft\nΩ.png".encode()])
def test_a_file_of_any_name(run, picture: Path, name: bytes) -> None:
    source = os.path.join(os.fsencode(picture.parent), name)
    os.rename(picture, source)
    out = os.path.join(os.fsencode(picture.parent), b"out-" + name)
    done = run(b"apply", b"degrade.brightness", source, b"-o", out, b"--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert os.path.isfile(out)
    said = json.loads(done.stdout.decode("utf-8", "strict"))["input"]["path"]
    assert said.encode("utf-8")
    refused = run(b"metrics", source + b"x")
    assert refused.returncode == 3
    assert len(refused.stderr.splitlines()) == 1
