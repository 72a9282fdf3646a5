"""Blending by trust in the shell: a restoration that is made, or one that is given with its map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    ramp = np.tile(np.linspace(40, 200, 40), (32, 1)) + 15 * rng.standard_normal((32, 40))
    Image.fromarray(ramp.clip(0, 255).astype(np.uint8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def pixels(path: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.asarray(Image.open(path)).astype(np.int16)


def test_a_restoration_and_its_map_are_blended_as_files(run: Callable[..., Any], photo: Path, tmp_path: Path) -> None:
    """The map that --maps writes is taken in its own numbers: all trusted, and nothing trusted."""
    restored, maps, out = tmp_path / "restored.png", tmp_path / "maps", tmp_path / "out.png"
    asked = run("apply", "uncertainty.tta", photo, "-o", restored, "--maps", maps, "--json", "--target",
                'denoise.tv:{"sigma": 15}', "-p", "transforms=flips")  # fmt: skip
    (spread,) = asked.json["maps"]
    given = ("--input", f"restored={restored}", "--input", f"map={spread['path']}", "-p", "softness=0")
    for threshold, expected in ((spread["max"] + 1, restored), (spread["min"] / 2, photo)):
        said = run("apply", "enhance.blend_by_trust", photo, "-o", out, *given, "-p", f"threshold={threshold}")
        assert said.code == 0, said.err
        assert np.abs(pixels(out) - pixels(expected)).max() <= 1


def test_it_restores_and_doubts_by_itself(run: Callable[..., Any], photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    said = run("apply", "enhance.blend_by_trust", photo, "-o", out, "--target", 'denoise.tv:{"sigma": 15}', "--json")
    assert said.code == 0, said.err
    assert 0.0 < said.json["report"]["kept"] <= 1.0
    assert [layer["name"] for layer in said.json["maps"]] == ["trust"]
