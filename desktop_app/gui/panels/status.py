"""The status bar: the pixel under the pointer, progress, comparison, device."""

from __future__ import annotations

from functools import partial
from typing import get_args

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QMenu, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

from desktop_app.gui.canvas import Compare
from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import tool_button
from desktop_app.gui.viewmodel.texts import time_left_text

COMPARE_TITLES: dict[Compare, str] = {
    "off": "No comparison",
    "split": "Split",
    "before": "Before",
    "side by side": "Side by side",
    "grid": "Grid",
    "blink": "Blink",
    "difference": "Difference",
}


_ZOOMS = (("Fit", 0.0), ("25 %", 0.25), ("50 %", 0.5), ("100 %", 1.0), ("200 %", 2.0), ("400 %", 4.0))


_NARROWEST = 90  # pixels of the progress bar, where the window leaves no more


class _Progress(QProgressBar):
    """As wide as there is room; what it says is shortened before its share."""

    def sizeHint(self) -> QSize:
        """Return what it takes where there is room."""
        return QSize(self.maximumWidth(), super().sizeHint().height())

    def text(self) -> str:
        """Return what fits of what is told."""
        return self.fontMetrics().elidedText(super().text(), Qt.TextElideMode.ElideMiddle, self.width() - 12)


class StatusBar(QStatusBar):
    """Thin: it shows what it is told. Its signals are the user's doing only; a zoom of 0 stands for the whole photo."""

    compareChanged = Signal(str)
    cancelled = Signal()
    deviceAsked = Signal()
    zoomAsked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.probe, self._left = QLabel(), QLabel()
        self._left.setObjectName("timeLeft")
        self._left.setAccessibleName(tr("Time left"))
        self.zoom = self._make_zoom()
        self.probe.setObjectName("pixelProbe")
        self.probe.setContentsMargins(14, 0, 0, 0)
        self.probe.setAccessibleName(tr("Pixel under the pointer"))
        self.probe.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.compare = self._make_compare()
        self.progress = self._make_progress()
        self.cancel = _button("✕", "cancelButton", "Cancel", "Cancel (Esc)", self.cancelled)
        self.device = _button(
            "", "deviceLabel", "Device that tools run on",
            "The device that tools run on; click to choose another", self.deviceAsked,
        )  # fmt: skip
        self.addWidget(self.probe, 1)
        for widget in (self.progress, self._left, self.cancel, self.zoom, self.compare, self.device):
            self.addPermanentWidget(widget)
        self.show_idle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Never become lower: a button that goes must not move the photo."""
        super().resizeEvent(event)
        self.setMinimumHeight(max(self.minimumHeight(), event.size().height()))

    def show_progress(self, title: str, fraction: float, seconds_left: float | None, message: str = "") -> None:
        """Show how far a job is; at the beginning, what it is at."""
        self.progress.setValue(round(1000 * fraction))
        self.progress.setToolTip(tr(f"{title}: {message}" if message else title))
        self.progress.setFormat(tr(f"{title} · %p%" if fraction > 0 else f"{title} · {message or 'waiting'}"))
        self._left.setText(tr(time_left_text(seconds_left)))
        for widget in (self.progress, self.cancel):
            widget.setVisible(True)
        self._left.setVisible(bool(self._left.text()))

    def show_stopping(self, title: str) -> None:
        """Show that a cancelled job has not returned yet."""
        self.progress.setValue(0)
        self.progress.setToolTip(tr(f"{title} was cancelled; its result will be dropped"))
        self.progress.setFormat(tr(f"{title} · still stopping…"))
        for widget in (self._left, self.cancel):
            widget.setVisible(False)

    def show_idle(self) -> None:
        """Show that nothing is at work."""
        self.progress.setValue(0)
        self.progress.setFormat("")
        self.progress.setToolTip("")
        for widget in (self.progress, self._left, self.cancel):
            widget.setVisible(False)

    def show_probe(self, text: str) -> None:
        """Show the values of a pixel; empty for none."""
        self.probe.setText(tr(text))

    def show_zoom(self, percent: float | None) -> None:
        """Show the zoom; None without a photo."""
        text = "" if percent is None else f"{percent:.0f} %" if percent >= 100.0 else f"{percent:.3g} %"
        self.zoom.setText(tr(text))
        self.zoom.setAccessibleName(tr(f"Zoom: {text}"))
        self.zoom.setVisible(percent is not None)

    def show_compare(self, mode: Compare) -> None:
        """Show how before and after are compared; emits nothing."""
        blocked = QSignalBlocker(self.compare)
        self.compare.setCurrentIndex(self.compare.findData(mode))
        del blocked

    def show_device(self, title: str) -> None:
        """Show the device."""
        self.device.setText(tr(title))

    def _make_compare(self) -> QComboBox:
        box = QComboBox()
        box.setObjectName("compareMode")
        box.setAccessibleName(tr("Compare before and after"))
        box.setToolTip(
            tr("What the canvas shows: the result, the photo before it, both, or a grid of up to four states"))
        for mode in get_args(Compare):
            box.addItem(tr(COMPARE_TITLES[mode]), mode)
        box.currentIndexChanged.connect(lambda _index: self.compareChanged.emit(box.currentData()))
        return box

    def _make_zoom(self) -> QToolButton:
        button = tool_button("")
        button.setObjectName("zoom")
        button.setToolTip(tr("How large the photo is shown; click to choose"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for title, zoom in _ZOOMS:
            menu.addAction(tr(title), partial(self.zoomAsked.emit, zoom))
        button.setMenu(menu)
        button.hide()
        return button

    def _make_progress(self) -> QProgressBar:
        bar = _Progress()
        bar.setObjectName("progressBar")
        bar.setAccessibleName(tr("Progress"))
        bar.setRange(0, 1000)
        bar.setMinimumWidth(_NARROWEST)
        bar.setMaximumWidth(280)
        bar.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return bar


def _button(text: str, name: str, says: str, tip: str, clicked: SignalInstance) -> QToolButton:
    """Return a small button with its object name, what it is called for who cannot see it, and its tip."""
    button = tool_button(text)
    button.setObjectName(name)
    button.setAccessibleName(tr(says))
    button.setToolTip(tr(tip))
    button.clicked.connect(clicked)
    return button
