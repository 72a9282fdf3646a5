"""Every part of the window that something is shown in."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar

from desktop_app.gui.canvas import Canvas
from desktop_app.gui.language import tr
from desktop_app.gui.panels.form import ParamForm
from desktop_app.gui.panels.history import HistoryView
from desktop_app.gui.panels.report import ReportPanel
from desktop_app.gui.panels.start import StartPage
from desktop_app.gui.panels.status import StatusBar
from desktop_app.gui.panels.tool_list import ToolPanel

if TYPE_CHECKING:
    from desktop_app.gui.panels.maps import MapPanel
    from desktop_app.gui.panels.mask_bar import MaskBar
    from desktop_app.gui.panels.messages import MessageBar
    from desktop_app.gui.panels.strength import StrengthRow
    from desktop_app.gui.widgets.colour_bar import ColourBar
    from desktop_app.gui.widgets.histogram import HistogramView


class Parts:
    """Every part of the window that something is shown in.

    What the first paint shows is made at once. The others are imported and made when they are first asked for, which is
    after it: nothing is on them before a photo is open or something is said.
    """

    def __init__(self) -> None:
        self.canvas, self.tabs, self.tools, self.history = Canvas(), _tab_bar(), ToolPanel(), HistoryView()
        self.form, self.report, self.status, self.start = ParamForm(), ReportPanel(), StatusBar(), StartPage()

    @cached_property
    def messages(self) -> MessageBar:
        """What is said over the photo."""
        from desktop_app.gui.panels.messages import MessageBar

        return MessageBar()

    @cached_property
    def mask(self) -> MaskBar:
        """The tools with which a mask is painted."""
        from desktop_app.gui.panels.mask_bar import MaskBar

        return MaskBar()

    @cached_property
    def strength(self) -> StrengthRow:
        """How strong the shown step is."""
        from desktop_app.gui.panels.strength import StrengthRow

        return StrengthRow()

    @cached_property
    def legend(self) -> ColourBar:
        """The colours of the shown map, in its panel."""
        from desktop_app.gui.widgets.colour_bar import ColourBar

        return ColourBar()

    @cached_property
    def maps(self) -> MapPanel:
        """The maps of the shown state."""
        from desktop_app.gui.panels.maps import MapPanel

        return MapPanel(self.legend)

    @cached_property
    def histogram(self) -> HistogramView:
        """How often each tone occurs."""
        from desktop_app.gui.widgets.histogram import HistogramView

        return HistogramView()


def _tab_bar() -> QTabBar:
    tabs = QTabBar()
    tabs.setObjectName("documentTabs")
    tabs.setAccessibleName(tr("Open documents"))
    tabs.setTabsClosable(True)
    tabs.setExpanding(False)
    tabs.setDocumentMode(True)
    tabs.setElideMode(Qt.TextElideMode.ElideNone)  # many tabs scroll: squeezed, none could be read
    tabs.hide()
    return tabs
