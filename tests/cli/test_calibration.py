"""A calibration of what changes a photo's size, by the shell alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def test_photos_made_small_and_noisy_calibrate_what_enlarges_them(run: Callable[..., Any], tmp_path: Path) -> None:
    """Sizes are rounded up when photos are made small: what has no truth is left out."""
    clean = tmp_path / "clean"
    clean.mkdir()
    ramp = np.tile(np.linspace(30, 225, 37), (29, 1))
    for index in range(10):
        Image.fromarray(np.roll(ramp, 3 * index, 1).astype(np.uint8)).save(clean / f"{index}.png")
    spoilt = ("--degrade", 'degrade.downsample:{"factor": 3}', "--degrade", 'degrade.gaussian_noise:{"sigma": 2}')
    target, out = 'superres.bicubic:{"scale": 3}', tmp_path / "out"
    found = run("evaluate", "superres.bicubic", clean, "-p", "scale=3", *spoilt, "-o", out, "--json").json
    assert (found["n"], found["notes"]) == (10, [])
    small = tmp_path / "small.png"
    Image.fromarray(ramp[::3, ::3].astype(np.uint8)).save(small)
    said = run("apply", "uncertainty.conformal", small, "-o", tmp_path / "large.png", "--target", target, "--input",
               f"calibration={found['files']['calibration']}", "--json")  # fmt: skip
    assert said.code == 0, said.err
    assert {(layer["name"], layer["standing"]) for layer in said.json["maps"]} == {
        (name, "calibrated") for name in ("half-width", "lower", "upper")
    }
    other = run("apply", "uncertainty.conformal", small, "-o", tmp_path / "no.png", "--target",
                'superres.back_projection:{"scale": 3}', "--input",
                f"calibration={found['files']['calibration']}")  # fmt: skip
    assert other.code == 2
    assert "superres.bicubic" in other.err, "whose it is"
