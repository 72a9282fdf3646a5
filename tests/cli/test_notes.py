"""What is to be said of a file is said where it is opened, and figures are of one range."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile


@pytest.fixture
def elevation(tmp_path):
    """Return a TIFF of heights in metres, which are no photo's values."""
    values = np.add.outer(np.arange(40.0), np.arange(50.0)) * 40 - 300
    tifffile.imwrite(tmp_path / "heights.tif", values.astype(np.int16))
    return tmp_path / "heights.tif"


def test_a_range_is_said_and_the_result_has_the_files_own_values(run, elevation, tmp_path):
    out = tmp_path / "out.tif"
    options = ("-o", out, "-p", "sigma=5", "--reference", elevation, "--json")
    said = run("apply", "degrade.gaussian_noise", elevation, *options)
    assert (said.code, said.err.count("levels -300…3220")) == (0, 1)
    assert said.json["metrics"]["psnr"] == pytest.approx(34.2, abs=1)
    difference = tifffile.imread(out) - tifffile.imread(elevation)
    assert difference.std() == pytest.approx(3520 * 5 / 255, rel=0.1)
    assert said.json["input"]["levels"] == [-300, 3220]
    assert said.json["output"]["dtype"] == "int16" == tifffile.imread(out).dtype
    measured = run("metrics", out, "--reference", elevation, "--json")
    assert measured.json["psnr"] == pytest.approx(said.json["metrics"]["psnr"], abs=0.01)


@pytest.mark.parametrize(("levels", "expected"), [("none", None), ("0,2000", [0, 2000])])
def test_the_range_can_be_chosen(run, elevation, tmp_path, levels, expected):
    options = ("-o", tmp_path / "out.tif", "-p", "sigma=0", "--levels", levels, "--json")
    said = run("apply", "degrade.gaussian_noise", elevation, *options)
    assert (said.code, said.json["input"].get("levels")) == (0, expected)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out.tif"), tifffile.imread(elevation))


@pytest.mark.parametrize("levels", ["some", "5", "7,7", "nan,1", "0,inf", "3,1"])
def test_a_range_that_is_none_is_refused(run, photo, tmp_path, levels):
    said = run("apply", "denoise.tv", photo, "-o", tmp_path / "o.png", "--levels", levels)
    assert (said.code, "--levels" in said.err) == (2, True)


def test_a_photo_that_is_cut_short_opens_with_a_sentence(run, photo, tmp_path):
    cut = tmp_path / "cut.png"
    cut.write_bytes(photo.read_bytes()[:-200])
    said = run("apply", "denoise.tv", cut, "-o", tmp_path / "out.png", "-p", "iterations=2")
    assert said.code == 0
    assert "cut short" in said.err


def test_missing_values_are_filled_where_that_is_asked_for(run, tmp_path):
    values = np.add.outer(np.linspace(0, 0.5, 40), np.linspace(0, 0.5, 50)).astype(np.float32)
    values[5:9, 7:20] = np.nan
    tifffile.imwrite(tmp_path / "gaps.tif", values)
    options = ("apply", "denoise.tv", tmp_path / "gaps.tif", "-o", tmp_path / "out.tif", "-p", "iterations=2", "--json")
    refused = run(*options)
    assert (refused.code, "--fill-missing" in refused.err) == (1, True)
    said = run(*options, "--fill-missing")
    assert said.code == 0, said.err
    (before,) = said.json["before"]
    assert (before["tool"], before["report"]) == ("inpaint.missing", {"filled_values": 52})
    assert np.isfinite(tifffile.imread(tmp_path / "out.tif")).all()
    whole = run("apply", "denoise.tv", tmp_path / "out.tif", "-o", tmp_path / "2.tif", "--fill-missing", "--json")
    assert "before" not in whole.json


@pytest.mark.parametrize(
    ("bands", "changed"), [("auto", [0, 1, 2]), ("2", [1]), ("4,3,1", [3, 2, 0]), ("each", range(5))])
def test_bands_are_chosen_and_the_others_kept(run, tmp_path, bands, changed):
    values = np.random.default_rng(0).integers(0, 65536, (20, 30, 5)).astype(np.uint16)
    values[0, 0] = 65535
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", planarconfig="contig")
    options = ("-o", tmp_path / "b.tif", "--bands", bands, "--json")
    said = run("apply", "degrade.gaussian_noise", tmp_path / "a.tif", *options)
    assert said.code == 0, said.err
    again = tifffile.imread(tmp_path / "b.tif")
    assert [band for band in range(5) if (again[..., band] != values[..., band]).any()] == sorted(changed)
    assert len(said.json.get("bands", [])) == (5 if bands == "each" else 0)


@pytest.mark.parametrize("bands", ["0", "1,2", "some", "9", "1,1,2"])
def test_bands_that_are_none_are_refused(run, tmp_path, bands):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 9, 5), np.uint8), photometric="minisblack", planarconfig="contig")
    said = run("apply", "denoise.tv", tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--bands", bands)
    assert (said.code, "band" in said.err) == (2, True)
