"""Every part of the window that something is shown in."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar

from desktop_app.gui.canvas import Canvas
from desktop_app.gui.language import tr
from desktop_app.gui.panels.form import ParamForm
from desktop_app.gui.panels.history import HistoryView
from desktop_app.gui.panels.maps import MapPanel
from desktop_app.gui.panels.mask_bar import MaskBar
from desktop_app.gui.panels.messages import MessageBar
from desktop_app.gui.panels.report import ReportPanel
from desktop_app.gui.panels.start import StartPage
from desktop_app.gui.panels.status import StatusBar
from desktop_app.gui.panels.strength import StrengthRow
from desktop_app.gui.panels.tool_list import ToolPanel
from desktop_app.gui.widgets.colour_bar import ColourBar
from desktop_app.gui.widgets.histogram import HistogramView


@dataclass(frozen=True, eq=False)
class Parts:
    """Every part of the window that something is shown in."""

    canvas: Canvas
    messages: MessageBar
    tabs: QTabBar
    tools: ToolPanel
    history: HistoryView
    form: ParamForm
    maps: MapPanel
    legend: ColourBar
    report: ReportPanel
    status: StatusBar
    mask: MaskBar
    start: StartPage
    strength: StrengthRow
    histogram: HistogramView


def make_parts() -> Parts:
    """Return the parts, not yet placed."""
    legend = ColourBar()
    tabs = QTabBar()
    tabs.setObjectName("documentTabs")
    tabs.setAccessibleName(tr("Open documents"))
    tabs.setTabsClosable(True)
    tabs.setExpanding(False)
    tabs.setDocumentMode(True)
    tabs.setElideMode(Qt.TextElideMode.ElideNone)  # many tabs scroll: squeezed, none could be read
    tabs.hide()
    return Parts(
        Canvas(), MessageBar(), tabs, ToolPanel(), HistoryView(), ParamForm(), MapPanel(legend), legend, ReportPanel(),
        StatusBar(), MaskBar(), StartPage(), StrengthRow(), HistogramView(),
    )  # fmt: skip
