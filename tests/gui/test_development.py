"""Plugins that are being written: the window takes in what is saved."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.gui.app import create_window

DESCRIPTOR = """
from desktop_app.api import Tool, hookimpl

@hookimpl
def verilens_tools():
    return [Tool(id="gui_draft.keep", title="{title}", kind="restoration", summary="Keeps.", version="1", reach=0,
                 algorithm="gui_draft.algorithm:run")]
"""


@pytest.fixture
def draft(tmp_path: Path) -> Iterator[Path]:
    """A plugin that is being written."""
    folder = tmp_path / "gui_draft"
    folder.mkdir()
    (folder / "descriptor.py").write_text(DESCRIPTOR.format(title="First"))
    yield folder
    for name in [name for name in sys.modules if name.startswith("gui_draft")]:
        del sys.modules[name]


def test_what_is_saved_is_shown_without_a_question(draft: Path, tmp_path: Path, qtbot: QtBot) -> None:
    application = Application(tmp_path / "home", development=draft)
    window = create_window([], application)
    qtbot.addWidget(window)
    window.show()

    def title() -> str | None:
        tool = window.rooms.plugins.snapshot.tools_by_id.get("gui_draft.keep")
        return tool.title if tool else None

    qtbot.waitUntil(lambda: title() == "First", timeout=60_000)
    window.rooms.steps.choose_tool("gui_draft.keep")
    (draft / "descriptor.py").write_text(DESCRIPTOR.format(title="The second"))
    qtbot.waitUntil(lambda: title() == "The second", timeout=60_000)
    assert window.parts.form.tool is not None
    assert window.parts.form.tool.title == "The second"
    window.close()
