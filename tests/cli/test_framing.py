"""Crop, turn and resize from the command line: what else a file holds goes along, or is said to be left out."""

from __future__ import annotations

import numpy as np
import tifffile
from PIL import Image


def test_a_crop_is_one_command(run, photo, tmp_path):
    out = tmp_path / "out.png"
    said = run("apply", "enhance.crop", photo, "-o", out, "-p", "left=3", "-p", "top=2", "-p", "width=8", "--json")
    assert said.code == 0
    before, after = (np.array(Image.open(path)) for path in (photo, out))
    np.testing.assert_array_equal(after, before[2:, 3:11])
    assert (said.json["output"]["width"], said.json["output"]["height"]) == (8, len(before) - 2)
    assert said.json["report"] == {"kept": {"left": 3, "top": 2, "width": 8, "height": len(before) - 2}}


def test_what_does_not_fit_the_photo_is_an_argument(run, photo, tmp_path):
    said = run("apply", "enhance.crop", photo, "-o", tmp_path / "out.png", "-p", "left=9999")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "change left or width" in said.err


def test_other_bands_are_left_out_where_the_shown_ones_moved(run, tmp_path):
    bands = np.random.default_rng(0).integers(0, 256, (5, 12, 14), dtype=np.uint8)
    source = tmp_path / "five.tif"
    tifffile.imwrite(source, bands, photometric="minisblack", planarconfig="separate")
    turned = run("apply", "enhance.rotate", source, "-o", tmp_path / "turned.tif", "-p", "turn=half")
    lighter = run("apply", "enhance.levels", source, "-o", tmp_path / "lighter.tif", "-p", "low=0", "-p", "high=128")
    assert (turned.code, lighter.code) == (0, 0)
    assert ("bands were left out" in turned.err, "bands were left out" in lighter.err) == (True, False)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "turned.tif"), bands[:3, ::-1, ::-1].transpose(1, 2, 0))
    assert tifffile.imread(tmp_path / "lighter.tif").size == bands.size
