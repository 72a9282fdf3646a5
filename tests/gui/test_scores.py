"""Live metrics follow the shown state, and only the newest question is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtWidgets import QDoubleSpinBox
from pytestqt.qtbot import QtBot

from desktop_app.gui.shell.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def test_scores_follow_the_shown_state(open_window: OpenWindow, photo: Path, tmp_path: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    said = window.parts.report.scores_text
    assert "PSNR" not in said()
    document = window.rooms.workspace.current
    assert document is not None
    window.actions_by_id["reference_opened"].trigger()
    qtbot.waitUntil(lambda: "PSNR inf dB" in said(), timeout=60_000)
    window.rooms.steps.choose_tool("denoise.light")
    window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(51)
    window.parts.form.apply_button.click()
    qtbot.waitUntil(lambda: len(document.states) == 2, timeout=60_000)
    qtbot.waitUntil(lambda: "PSNR 13.98 dB" in said(), timeout=60_000)  # 51 levels are a fifth of the range
    assert "MS-SSIM –" in said()
    assert "11×11" in said()
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: "PSNR inf dB" in said(), timeout=60_000)
    window.rooms.scores.forget()
    assert "PSNR" not in said()


def test_numbers_of_the_last_state_are_gone_as_soon_as_another_is_shown(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    said = window.parts.report.scores_text
    window.actions_by_id["reference_opened"].trigger()
    qtbot.waitUntil(lambda: "PSNR inf dB" in said(), timeout=60_000)
    seen: list[str] = []
    window.rooms.viewer.stateShown.connect(lambda _state: seen.append(said()))
    window.rooms.steps.choose_tool("denoise.light")
    window.parts.form.apply_button.click()
    qtbot.waitUntil(lambda: len(seen) > 0, timeout=60_000)
    assert "PSNR" not in seen[0]


def test_a_reference_from_a_file_and_one_that_does_not_fit(
    open_window: OpenWindow, photo: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    said = window.parts.report.scores_text
    Image.fromarray(np.full((32, 48, 3), 151, np.uint8)).save(tmp_path / "lighter.png")
    window.rooms.scores.set_file(tmp_path / "lighter.png")
    qtbot.waitUntil(lambda: "PSNR 13.98 dB" in said(), timeout=60_000)
    assert "lighter.png" in said()
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "small.png")
    window.rooms.scores.set_file(tmp_path / "small.png")
    qtbot.waitUntil(lambda: "9×9 grey" in said(), timeout=60_000)
    assert "Expected a reference" in said()
    with qtbot.waitSignal(window.rooms.scores.said):
        window.rooms.scores.set_file(tmp_path / "none.png")


def test_each_document_has_its_own_reference_and_without_one_nothing_is_measured(
    open_window: OpenWindow, photo: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    said, workspace, scores = window.parts.report.scores_text, window.rooms.workspace, window.rooms.scores
    scores.set_opened()
    assert "the opened photo" in said()
    assert "PSNR" not in said()  # it is being measured
    qtbot.waitUntil(lambda: "PSNR inf dB" in said(), timeout=60_000)
    workspace.open_files([str(photo)])
    qtbot.waitUntil(lambda: len(workspace.documents) == 2, timeout=60_000)
    assert "the opened photo" not in said()
    scores.forget()
    workspace.show(workspace.documents[0])
    qtbot.waitUntil(lambda: "PSNR inf dB" in said(), timeout=60_000)
    for document in tuple(workspace.documents):
        workspace.close(document)
    scores.set_opened()
    scores.forget()
    assert "the opened photo" not in said()
