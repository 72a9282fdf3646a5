"""A tool that assumes sRGB does the same to a photo in a wide space, by command, recipe and window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from desktop_app.core.application import Application
from desktop_app.core.imaging.colour import adobe_rgb, linear_to_srgb, srgb_to_linear
from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.photo_space import SRGB_SPACE, photo_space
from desktop_app.core.imaging.raster import from_planes
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.steps.recipes import recipe_of, save_recipe
from desktop_app.core.steps.step import Step, run_on_state

TOOL = "dehaze.dark_channel"
SIZE = (24, 32)


def as_srgb(path: Path) -> Any:
    photo = open_photo(path)
    space = photo_space(photo.metadata.icc, 3) or SRGB_SPACE
    return linear_to_srgb(space.light(torch.from_numpy(photo.raster.planes())[None].double()))[0].numpy()


def written(path: Path, srgb: Any, icc: bytes | None) -> Path:
    """Write colours of sRGB in another space, in 16 bits."""
    space = photo_space(icc, 3) or SRGB_SPACE
    own = space.numbers(srgb_to_linear(torch.from_numpy(srgb)[None]))[0].float().numpy()
    return save_photo(path, from_planes(own, exact_16=True), Metadata(icc=icc, depth="16")).path


def test_one_photo_in_two_spaces(run: Any, tmp_path: Path) -> None:
    icc = adobe_rgb()
    hazy = 0.4 + 0.3 * np.random.default_rng(0).uniform(size=(3, *SIZE))
    written(tmp_path / "plain.tif", hazy, None)
    wide = written(tmp_path / "wide.tif", hazy, icc)
    for name in ("plain", "wide"):
        assert run("apply", TOOL, tmp_path / f"{name}.tif", "-o", tmp_path / f"{name}-out.tif").code == 0
    by_command = tmp_path / "wide-out.tif"
    assert open_photo(by_command).metadata.icc == icc
    np.testing.assert_allclose(as_srgb(by_command), as_srgb(tmp_path / "plain-out.tif"), atol=2e-3)
    assert np.abs(as_srgb(by_command) - as_srgb(wide)).mean() > 0.05

    application = Application()
    document = application.session.open_photo(wide)
    done = run_on_state(application, document, document.root, Step(ToolRequest(TOOL)))
    state = document.commit(document.root, done).id
    pixels = open_photo(by_command).raster.pixels
    np.testing.assert_array_equal(document.raster(state).pixels, pixels)
    save_recipe(tmp_path / "recipe.json", recipe_of(document, state, tmp_path))
    document.close(discard=True)
    application.close()
    assert run("recipe", "run", tmp_path / "recipe.json", wide, "-o", tmp_path / "out").code == 0
    np.testing.assert_array_equal(open_photo(tmp_path / "out" / "wide.tif").raster.pixels, pixels)
    assert run("recipe", "verify", by_command).code == 0
