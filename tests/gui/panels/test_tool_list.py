"""The tool list: from the search to a tool by the keyboard, and what is highlighted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.core.plugins.entries import PluginEntry, Snapshot, ToolEntry
from desktop_app.gui.panels.tool_list import ToolPanel


def entry(tool_id: str, title: str, summary: str = "", kind: str = "restoration") -> ToolEntry:
    return ToolEntry(
        id=tool_id, title=title, kind=kind, task=tool_id.rpartition(".")[0], summary=summary, version="1", plugin="p",
        plugin_version="1", distribution="d",
    )  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot) -> ToolPanel:
    panel = ToolPanel()
    qtbot.addWidget(panel)
    tools = (
        entry("denoise.anscombe", "Photon noise", "The noise grows with brightness."),
        entry("denoise.nlm", "Non-local means"), entry("denoise.tv", "Total variation"),
        entry("degrade.brightness", "Brightness", kind="degradation"),
    )  # fmt: skip
    panel.show_snapshot(Snapshot(tools))
    panel.show()
    panel.activateWindow()
    panel.chosen.connect(panel.select)  # as the steps do
    return panel


def highlighted(panel: ToolPanel) -> list[str]:
    return [item.text(0) for item in panel.tree.selectedItems()]


def test_return_chooses_the_tool_that_is_called_so(panel: ToolPanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(panel.search, "brightness")
    with qtbot.waitSignal(panel.chosen) as chosen:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert chosen.args == ["degrade.brightness"]
    assert highlighted(panel) == ["Brightness"]


def test_down_goes_from_the_search_to_the_first_hit(panel: ToolPanel, qtbot: QtBot) -> None:
    panel.search.setFocus()
    qtbot.keyClicks(panel.search, "nlm")
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    qtbot.waitUntil(panel.tree.hasFocus)
    assert highlighted(panel) == ["Non-local means"]
    with qtbot.waitSignal(panel.chosen) as chosen:
        qtbot.keyClick(panel.tree, Qt.Key.Key_Return)
    assert chosen.args == ["denoise.nlm"]


def test_without_a_search_down_goes_to_the_chosen_tool(panel: ToolPanel, qtbot: QtBot) -> None:
    panel.select("denoise.tv")
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    assert highlighted(panel) == ["Total variation"]


def test_the_highlight_never_tells_of_another_tool(panel: ToolPanel, qtbot: QtBot) -> None:
    panel.select("denoise.tv")
    qtbot.keyClicks(panel.search, "nlm")
    assert highlighted(panel) == []
    panel.search.clear()
    assert highlighted(panel) == ["Total variation"]
    qtbot.keyClicks(panel.search, "nlm")
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    panel.select("denoise.tv")  # the step to be changed was made by a tool that the search leaves out
    assert highlighted(panel) == ["Total variation"]
    assert panel.search.text() == ""


def test_an_empty_list_says_why(panel: ToolPanel, qtbot: QtBot) -> None:
    fresh = ToolPanel()
    qtbot.addWidget(fresh)
    assert fresh.tree.topLevelItem(0).text(0) == "Looking for tools…"
    qtbot.keyClicks(panel.search, "nowhere")
    assert panel.tree.topLevelItem(0).text(0) == "Nothing fits “nowhere”."
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert highlighted(panel) == []
    panel.show_snapshot(Snapshot())
    panel.search.clear()
    panel.show_snapshot(Snapshot(plugins=(PluginEntry(name="broken", distribution="other", version="2"),)))
    assert panel.tree.topLevelItem(0).text(0) == "No plugin brings a tool."
