"""How a picture came to be is written into it, and `verilens recipe verify` makes it again from its photo."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import tifffile
from PIL import Image

from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.xmp import property_of, with_property

OTHERS = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description>Sea</rdf:Description></rdf:RDF></x:xmpmeta>'


def test_a_property_among_those_of_others():
    packet = with_property(with_property(OTHERS, "a", "old"), "a", 'new <&> "é"')
    assert property_of(packet, "a") == 'new <&> "é"'
    assert (b"Sea" in packet, packet.count(b"verilens:a>")) == (True, 2)
    assert property_of(with_property(None, "a", "x"), "a") == "x"
    assert with_property(b"damaged", "a", "x") is None
    assert property_of(OTHERS, "a") is None


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "avif", "jxl"])
def test_a_written_picture_is_made_again(run, photo, tmp_path, suffix):
    result = tmp_path / f"result.{suffix}"
    tool = ("degrade.gaussian_noise", photo, "-o", result, "-p", "sigma=10", "--seed", "3", "--export", "quality=90")
    assert run("apply", *tool).code == 0
    said = run("recipe", "verify", result, "--json")
    assert (said.code, said.err) == (0, "")
    assert said.json["same"]
    assert said.json["steps"] == ["degrade.gaussian_noise"]
    told = json.loads(property_of(open_photo(result).metadata.xmp, "provenance"))
    step = told["recipe"]["steps"][0]
    assert (told["source"], step["seed"], step["params"]["sigma"]) == (photo.name, 3, 10.0)
    assert str(tmp_path) not in json.dumps(told)


def test_a_picture_that_was_changed_is_told(run, photo, tmp_path):
    result = tmp_path / "result.png"
    run("apply", "denoise.tv", photo, "-o", result, "-p", "iterations=2")
    opened = open_photo(result)
    pixels = opened.raster.pixels.copy()
    pixels[0, 0] ^= 1  # of 480
    save_photo(result, Raster(pixels), opened.metadata)
    said = run("recipe", "verify", result)
    assert said.code == 1
    assert "differs by up to 1 levels, in 0.2% of its values" in said.err


def test_the_photo_is_looked_for(run, photo, tmp_path):
    run("apply", "denoise.tv", photo, "-o", tmp_path / "result.png", "-p", "iterations=2")
    elsewhere = tmp_path / "elsewhere" / "deep"
    elsewhere.mkdir(parents=True)
    shutil.move(photo, elsewhere / photo.name)
    said = run("recipe", "verify", tmp_path / "result.png")
    assert (said.code, "--source" in said.err) == (3, True)
    assert run("recipe", "verify", tmp_path / "result.png", "--source", elsewhere).code == 0
    Image.new("RGB", (24, 20)).save(elsewhere / photo.name)  # another photo of that name
    assert run("recipe", "verify", tmp_path / "result.png", "--source", elsewhere).code == 3


def test_masks_levels_and_bands_are_found_again(run, tmp_path):
    values = np.random.default_rng(0).integers(0, 4096, (20, 24, 5)).astype(np.uint16)
    values[0, 0] = 4095
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", planarconfig="contig")
    Image.fromarray(np.eye(20, 24, dtype=np.uint8) * 255).save(tmp_path / "mask.png")
    options = ("--mask", tmp_path / "mask.png", "--bands", "4", "--levels", "0,3000", "-p", "iterations=2")
    assert run("apply", "denoise.tv", tmp_path / "a.tif", "-o", tmp_path / "b.tif", *options).code == 0
    said = run("recipe", "verify", tmp_path / "b.tif", "--json")
    assert (said.code, said.json["same"]) == (0, True), said.err


def test_nothing_is_said_where_nothing_is_to_be_kept(run, photo, tmp_path):
    run("apply", "denoise.tv", photo, "-o", tmp_path / "a.png", "-p", "iterations=2", "--export", "metadata=none")
    assert open_photo(tmp_path / "a.png").metadata.xmp is None
    assert run("recipe", "verify", tmp_path / "a.png").code == 3
