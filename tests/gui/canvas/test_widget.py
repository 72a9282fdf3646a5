"""The canvas as a user meets it: grabbed pixels, wheel, mouse, keys, drops."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPalette,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication

from desktop_app.core.imaging.pyramid import build_pyramid
from desktop_app.core.imaging.raster import Raster
from desktop_app.gui.canvas import CanvasScene, OverlayImage, PreviewPatch, PyramidImage, Rect, ViewState
from desktop_app.gui.canvas.images import as_words, pyramid_image, raster_image

PHOTO = (slice(27, 123), slice(36, 164))  # where the fixture's 128 × 96 picture lies in its 200 × 150 canvas
TABLE = (*(0xFF000000 | index << 16 for index in range(255)), 0)


def flat(red: int, green: int, blue: int) -> PyramidImage:
    return PyramidImage((np.full((96, 128, 3), (red, green, blue), np.uint8),))


def wheel(canvas, x: float, y: float, notches: float) -> None:
    delta = QPoint(0, int(notches * 120))
    spot = QPointF(x, y)
    event = QWheelEvent(spot, canvas.mapToGlobal(spot), QPoint(), delta, Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(canvas, event)


def mouse(canvas, kind: QEvent.Type, x: float, y: float, button=Qt.MouseButton.LeftButton) -> None:
    spot = QPointF(x, y)
    event = QMouseEvent(kind, spot, canvas.mapToGlobal(spot), button, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)


def drag(canvas, start, stop, button=Qt.MouseButton.LeftButton) -> None:
    mouse(canvas, QEvent.Type.MouseButtonPress, *start, button)
    mouse(canvas, QEvent.Type.MouseMove, *stop, button)
    mouse(canvas, QEvent.Type.MouseButtonRelease, *stop, button)


def test_importing_the_canvas_imports_nothing_heavy() -> None:
    code = "import sys, desktop_app.gui.canvas as c; c.Canvas; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pydantic", "torch", "matplotlib", "PIL"} & set(loaded)


def test_100_percent_shows_the_very_pixels(canvas, grab, noise) -> None:
    assert canvas.view().zoom == 1.0
    assert (grab(canvas)[PHOTO] == noise).all()


def test_400_percent_shows_each_pixel_as_a_square(canvas, grab, noise) -> None:
    canvas.set_view(ViewState(4.0, 64, 48))
    seen = noise[30:66, 40:88].repeat(4, 0).repeat(4, 1)  # an odd half pixel lies outside on each side
    assert (grab(canvas)[3:147, 4:196] == seen).all()


def test_beside_the_photo_the_surround_is_neutral_and_follows_the_palette(canvas, grab) -> None:
    for window, surround in (("#202020", 0x1E), ("#f0f0f0", 0xDC)):
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, QColor(window))
        canvas.setPalette(palette)
        shot = grab(canvas)
        shot[PHOTO] = surround
        assert (shot == surround).all()


def test_half_size_shows_the_area_average(canvas, grab, noise) -> None:
    canvas.set_view(ViewState(0.5, 64, 48))
    mean = np.rint(noise.reshape(48, 2, 64, 2, 3).mean((1, 3)))
    assert np.abs(grab(canvas)[51:99, 68:132] - mean).max() <= 1


def test_words_and_grey_and_bytes_look_alike(canvas, grab, noise) -> None:
    canvas.set_scene(CanvasScene(after=PyramidImage((as_words(noise),))))
    assert (grab(canvas)[PHOTO] == noise).all()
    grey = np.ascontiguousarray(noise[..., :1])
    for level in (grey, as_words(grey)):
        canvas.set_scene(CanvasScene(after=PyramidImage((level,))))
        assert (grab(canvas)[PHOTO] == grey).all()


def test_transparency_shows_a_checkerboard(canvas, grab, noise) -> None:
    alpha = np.full((96, 128), 255, np.uint8)
    alpha[:, 64:] = 0
    canvas.set_scene(CanvasScene(after=PyramidImage((noise,), (alpha,))))
    shot = grab(canvas)[PHOTO]
    assert (shot[:, :64] == noise[:, :64]).all()
    assert set(np.unique(shot[:, 64:])) == {0x66, 0x99}


def test_split_shows_before_left_and_after_right(canvas, grab) -> None:
    canvas.set_scene(CanvasScene(flat(200, 0, 0), flat(0, 0, 200), compare="split", split=0.25))
    shot = grab(canvas)[PHOTO]
    assert (shot[90, :20] == (0, 0, 200)).all()
    assert (shot[90, 60:] == (200, 0, 0)).all()
    canvas.set_scene(replace(canvas.scene(), compare="before"))
    assert (grab(canvas)[PHOTO][90] == (0, 0, 200)).all()


def test_overlay_of_no_opacity_changes_nothing_half_blends_full_covers(canvas, grab) -> None:
    values = np.full((96, 128), 100, np.uint8)
    values[:, :10] = 255
    overlay = OverlayImage((values,), TABLE)
    for opacity, expected in ((0.0, (20, 40, 60)), (0.5, (60, 20, 30)), (1.0, (100, 0, 0))):
        canvas.set_scene(CanvasScene(flat(20, 40, 60), overlay=overlay, opacity=opacity))
        shot = grab(canvas)[PHOTO].astype(int)
        assert np.abs(shot[:, 10:] - expected).max() <= 1
        assert (shot[:, :10] == (20, 40, 60)).all()  # no value: the photo


def test_preview_covers_its_region_only_and_says_what_it_is(canvas, grab) -> None:
    patch = PreviewPatch(np.full((16, 16, 3), 250, np.uint8), Rect(32, 16, 32, 32), is_reduced=True)
    canvas.set_scene(CanvasScene(flat(20, 40, 60), preview=patch))
    shot = grab(canvas)
    assert (shot[PHOTO][18:46, 34:62] == 250).all()
    assert (shot[PHOTO][18:46, 70:] == (20, 40, 60)).all()
    assert (shot[123:] > 0xC0).any()  # the badge, below the photo
    assert patch.badge == "preview (reduced photo)"


def test_the_wheel_zooms_at_the_pointer(canvas, qtbot) -> None:
    wheel(canvas, 100, 75, 12)
    wheel(canvas, 130, 40, 3)
    start = canvas.view().zoom
    mouse(canvas, QEvent.Type.MouseMove, 131, 40)
    with qtbot.assertNotEmitted(canvas.probed):
        wheel(canvas, 131, 40, 1)
    assert canvas.view().zoom == pytest.approx(start * 2 ** (1 / 3))


def test_dragging_pans_by_as_many_pixels(canvas) -> None:
    canvas.set_view(ViewState(4.0, 64, 48))
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
        canvas.set_view(ViewState(4.0, 64, 48))
        drag(canvas, (100, 75), (60, 95), button)
        assert (canvas.view().centre_x, canvas.view().centre_y) == (74.0, 43.0)


def test_a_double_click_goes_from_fit_to_100_percent_and_back(canvas) -> None:
    canvas.resize(64, 48)
    QApplication.processEvents()
    assert canvas.view().zoom == 0.5
    mouse(canvas, QEvent.Type.MouseButtonDblClick, 10, 10)
    assert canvas.view().zoom == 1.0
    assert canvas.visible_region() == Rect(10, 10, 64, 48)
    mouse(canvas, QEvent.Type.MouseButtonDblClick, 10, 10)
    assert canvas.view().is_fit


def test_keys(canvas, qtbot) -> None:
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.view().zoom == pytest.approx(2.0)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.view().centre_x == pytest.approx(64 + 30)
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.view().zoom == pytest.approx(2.0**0.5)
    qtbot.keyClick(canvas, Qt.Key.Key_1)
    assert canvas.view().zoom == 1.0
    qtbot.keyClick(canvas, Qt.Key.Key_F)
    assert canvas.view().is_fit


def test_a_key_of_another_alphabet_is_left_to_the_window(canvas) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, ord("Ф"), Qt.KeyboardModifier.NoModifier, "Ф")
    canvas.keyPressEvent(event)
    assert not event.isAccepted()


def test_focus_that_came_by_tab_is_seen(canvas, grab) -> None:
    QApplication.sendEvent(canvas, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    highlight = canvas.palette().color(QPalette.ColorRole.Highlight)
    assert tuple(grab(canvas)[1, 100]) == highlight.getRgb()[:3]
    QApplication.sendEvent(canvas, QFocusEvent(QEvent.Type.FocusOut))
    assert tuple(grab(canvas)[1, 100]) != highlight.getRgb()[:3]


def test_a_trackpad_pinch_zooms_at_its_middle(canvas) -> None:
    spot = QPointF(100, 75)
    device = QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(Qt.NativeGestureType.ZoomNativeGesture, device, 2, spot, spot,
                                canvas.mapToGlobal(spot), 0.5, QPointF())
    QApplication.sendEvent(canvas, event)
    assert canvas.view().zoom == pytest.approx(1.5)


def test_the_split_is_dragged_and_moved_by_keys(canvas, qtbot) -> None:
    canvas.set_scene(CanvasScene(flat(200, 0, 0), flat(0, 0, 200), compare="split"))
    with qtbot.waitSignal(canvas.splitChanged) as moved:
        drag(canvas, (104, 20), (36 + 32, 20))
    assert moved.args[0] == pytest.approx(0.25, abs=0.01)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert canvas.scene().split == pytest.approx(moved.args[0] + 0.02)
    drag(canvas, (150, 20), (140, 20))
    assert canvas.scene().split == pytest.approx(moved.args[0] + 0.02)


def test_hovering_probes_and_leaving_says_so(canvas, qtbot) -> None:
    seen = []
    canvas.probed.connect(seen.append)
    for x, y in ((36, 27), (36, 27), (163, 122), (164, 122), (40, 30)):
        mouse(canvas, QEvent.Type.MouseMove, x, y, Qt.MouseButton.NoButton)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert seen == [(0, 0), (127, 95), None, (4, 3), None]


def test_setters_do_not_write_back(canvas, qtbot) -> None:
    signals = [canvas.viewChanged, canvas.splitChanged, canvas.probed]
    with qtbot.assertNotEmitted(signals[0]), qtbot.assertNotEmitted(signals[1]), qtbot.assertNotEmitted(signals[2]):
        canvas.set_view(ViewState(3.0, 20, 20))
        canvas.set_scene(replace(canvas.scene(), before=flat(1, 2, 3), compare="split", split=0.1))


def test_a_photo_of_another_size_is_fitted_and_the_view_said(canvas, qtbot) -> None:
    with qtbot.waitSignal(canvas.viewChanged) as changed:
        canvas.set_scene(CanvasScene(PyramidImage((np.zeros((300, 100, 3), np.uint8),))))
    assert changed.args[0].zoom == 0.5
    assert "100 × 300" in canvas.accessibleDescription()


def test_only_what_looks_different_is_painted_again(canvas, grab, monkeypatch) -> None:
    grab(canvas)
    updates = []
    monkeypatch.setattr(canvas, "update", lambda: updates.append(1))
    canvas.set_scene(replace(canvas.scene(), opacity=0.9))
    canvas.set_view(canvas.view())
    assert updates == []
    canvas.set_view(ViewState(2.0, 64, 48))
    assert updates == [1]


def test_dropped_files_are_told(canvas, qtbot, tmp_path) -> None:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png")), QUrl("https://example.org/b.png")])
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, content, Qt.MouseButton.LeftButton,
                       Qt.KeyboardModifier.NoModifier)
    with qtbot.waitSignal(canvas.filesDropped) as dropped:
        canvas.dropEvent(event)
    assert dropped.args == [[str(tmp_path / "a.png")]]


def test_an_empty_canvas_says_what_to_do(canvas) -> None:
    canvas.set_scene(CanvasScene())
    assert "Ctrl+O" in canvas.accessibleDescription()
    assert canvas.visible_region().is_empty


def test_only_small_levels_become_words() -> None:
    pyramid = build_pyramid(Raster(np.full((2048, 16, 3), 9, np.uint8)))
    image = pyramid_image(pyramid)
    assert [level.dtype.name for level in image.levels] == ["uint8", "uint8", "uint32"]
    assert image.levels[0] is pyramid.levels[0]
    assert set(np.unique(image.levels[2])) == {0xFF090909}


def test_a_raster_s_transparency_is_halved_with_it() -> None:
    alpha = np.zeros((1024, 8), np.uint8)
    alpha[::2] = 200
    image = raster_image(Raster(np.full((1024, 8, 1), 9, np.uint8), alpha))
    assert [plane.shape for plane in image.alpha] == [(1024, 8), (512, 4)]
    assert set(np.unique(image.alpha[1])) == {100}


_DENSE = """
import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from desktop_app.gui.canvas import Canvas, CanvasScene, PyramidImage
application = QApplication([])
canvas = Canvas()
canvas.resize(201, 151)
canvas.show()
application.processEvents()
noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
canvas.set_scene(CanvasScene(PyramidImage((noise,))))
shot = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
rows = np.frombuffer(shot.constBits(), np.uint8).reshape(shot.height(), shot.bytesPerLine())
seen = rows[:, : shot.width() * 3].reshape(shot.height(), shot.width(), 3)
scale = int(canvas.view().zoom)
x, y = round(seen.shape[1] / 2 - 64 * scale), round(seen.shape[0] / 2 - 48 * scale)
wanted = noise.repeat(scale, 0).repeat(scale, 1)
places = [(seen[y + dy : y + dy + 96 * scale, x + dx : x + dx + 128 * scale] == wanted).all()
          for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
print(canvas.devicePixelRatioF(), scale, any(places))
"""


@pytest.mark.parametrize(("density", "zoom"), [("1.5", 2), ("2", 3)])
def test_a_dense_screen_shows_photo_pixels_on_device_pixels(density, zoom) -> None:
    environment = {**os.environ, "QT_SCALE_FACTOR": density}
    run = subprocess.run([sys.executable, "-c", _DENSE], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [str(float(density)), str(zoom), "True"]
