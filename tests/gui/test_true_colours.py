"""What is drawn has a photo's own colours; what tools are given, and what is saved, has its numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
from pytestqt.qtbot import QtBot

from desktop_app.core.imaging.files import save_photo
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.pyramid import build_pyramid, on_screen
from desktop_app.core.imaging.raster import Raster
from desktop_app.gui.canvas import Rect
from desktop_app.gui.documents.pictures import load_picture
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.steps.work import mixed_patch

ADOBE = imagecodecs.cms_profile("adobergb")


def test_a_photo_of_a_wide_space_is_drawn_in_its_colours(
    open_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    pixels = np.random.default_rng(0).integers(60, 200, (20, 30, 3), np.uint8)
    save_photo(tmp_path / "a.png", Raster(pixels), Metadata(icc=ADOBE))
    window = open_window(tmp_path / "a.png")
    document = window.rooms.workspace.current
    assert document is not None
    picture = load_picture(document, document.root)
    expected = on_screen(build_pyramid(Raster(pixels)), ADOBE).levels[0]
    assert abs(expected.astype(int) - pixels).max() > 5
    np.testing.assert_array_equal(picture.image.levels[0], expected)
    np.testing.assert_array_equal(picture.pyramid.levels[0], pixels)
    patch = mixed_patch(picture, picture, 1.0, Rect(0, 0, 30, 20), 1.0)
    assert abs(patch.pixels.astype(int) - expected).max() <= 1
    qtbot.waitUntil(lambda: " ".join(map(str, pixels[3, 3])) in window.rooms.keeper.reading(3, 3))
