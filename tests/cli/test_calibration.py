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


def test_a_calibration_is_for_photos_of_its_noise(run: Callable[..., Any], tmp_path: Path) -> None:
    clean, out = tmp_path / "clean", tmp_path / "out"
    clean.mkdir()
    ramp = np.tile(np.linspace(40, 215, 48), (48, 1))
    for index in range(10):
        Image.fromarray(np.roll(ramp, 4 * index, 1).astype(np.uint8)).save(clean / f"{index}.png")
    noise = 'degrade.gaussian_noise:{"sigma": 20}'
    found = run("evaluate", "denoise.wavelet", clean, "--degrade", noise, "-o", out, "--json").json
    said = {}
    for sigma in (4, 20):
        grains = np.random.default_rng(1).normal(0.0, sigma, ramp.shape)
        Image.fromarray((ramp + grains).clip(0, 255).astype(np.uint8)).save(tmp_path / "photo.png")
        given = ("--target", "denoise.wavelet", "--input", f"calibration={found['files']['calibration']}")
        said[sigma] = run("apply", "uncertainty.conformal", tmp_path / "photo.png", "-o", tmp_path / "no.png", *given)
    assert (said[20].code, said[20].err) == (0, "")
    assert said[4].code == 2
    assert "as the photos of calibration.tif had, got 4." in said[4].err
