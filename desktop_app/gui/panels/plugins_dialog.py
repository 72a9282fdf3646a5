"""The plugins: which there are, how they fare, and what the user may do about it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.plugins.entries import PluginEntry
from desktop_app.gui.language import tr
from desktop_app.gui.panels.placing import give_size
from desktop_app.gui.viewmodel.texts import duration_text, sentence

_NAME = Qt.ItemDataRole.UserRole
_COLUMNS = ("Plugin", "Status", "Version", "From", "Loading", "Brings")
_STATUS = {
    "loaded": "works", "disabled": "disabled", "quarantined": "failed", "untrusted": "not trusted yet",
    "unread": "not read yet",
}  # fmt: skip
_PLAIN_REASON = {
    "loaded": "It was loaded without a fault.",
    "disabled": "You disabled it.",
    "untrusted": "It lies in your plugin folder and does not run before you trust it.",
    "quarantined": "It failed.",
    "unread": "It is new or changed, and was not read yet.",
}


class PluginDialog(QDialog):
    """Lists the plugins.

    Signals
    -------
    enableAsked, disableAsked, trustAsked : str
        What the user wants of the plugin of a name.
    """

    enableAsked = Signal(str)
    disableAsked = Signal(str)
    trustAsked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pluginManager")
        self.setWindowTitle(tr("Plugins"))
        self.setAccessibleName(tr("Plugins"))
        give_size(self, 720, 440)
        self._plugins: dict[str, PluginEntry] = {}
        self.list = QTreeWidget()
        self.list.setObjectName("pluginList")
        self.list.setAccessibleName(tr("Plugins"))
        self.list.setHeaderLabels([tr(title) for title in _COLUMNS])
        self.list.setRootIsDecorated(False)
        self.list.setAlternatingRowColors(True)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.reason.setMinimumHeight(48)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.enable, self.disable, self.trust = (
            QPushButton(tr(title)) for title in ("Enable", "Disable", "Trust…")
        )
        self._lay_out()
        self.list.currentItemChanged.connect(lambda _new, _old: self._show_chosen())
        self.enable.clicked.connect(partial(self._ask, self.enableAsked))
        self.disable.clicked.connect(partial(self._ask, self.disableAsked))
        self.trust.clicked.connect(self._confirm_trust)
        self._show_chosen()

    def show_plugins(self, plugins: Sequence[PluginEntry]) -> None:
        """Show the plugins as they are now; the chosen one stays chosen."""
        chosen = self._chosen()
        self._plugins = {plugin.name: plugin for plugin in plugins}
        self.list.clear()
        for plugin in plugins:
            item = QTreeWidgetItem([tr(text) for text in _cells(plugin)])
            item.setData(0, _NAME, plugin.name)
            item.setToolTip(1, tr(plugin.reason))
            self.list.addTopLevelItem(item)
            if chosen is not None and plugin.name == chosen.name:
                self.list.setCurrentItem(item)
        self._show_chosen()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for button in (self.enable, self.disable, self.trust):
            row.addWidget(button)
        row.addStretch(1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.list, 1)
        column.addWidget(self.reason)
        column.addLayout(row)

    def _chosen(self) -> PluginEntry | None:
        item = self.list.currentItem()
        return self._plugins.get(item.data(0, _NAME)) if item is not None else None

    def _show_chosen(self) -> None:
        plugin = self._chosen()
        self.reason.setText(tr(_sentence(plugin) if plugin else "Choose a plugin to see how it fares."))
        self.reason.setToolTip(plugin.trace if plugin else "")
        self.enable.setEnabled(plugin is not None and plugin.status in ("disabled", "quarantined"))
        self.enable.setText(tr("Try again" if plugin is not None and plugin.status == "quarantined" else "Enable"))
        self.disable.setEnabled(plugin is not None and plugin.status in ("loaded", "quarantined"))
        self.trust.setEnabled(plugin is not None and plugin.status == "untrusted")

    def _ask(self, signal: SignalInstance, _is_checked: bool = False) -> None:
        plugin = self._chosen()
        if plugin is not None:
            signal.emit(plugin.name)

    def _confirm_trust(self) -> None:
        plugin = self._chosen()
        if plugin is None:
            return
        question = (
            f"Trust “{plugin.name}”?\n\nIts code in {plugin.location} will run with all your rights. "
            "Trust it only if you know who wrote it."
        )
        buttons = QMessageBox.StandardButton
        asked = QMessageBox.question(self, tr("Trust a plugin"), tr(question), buttons.Yes | buttons.No, buttons.No)
        if asked == buttons.Yes:
            self._ask(self.trustAsked)


def _cells(plugin: PluginEntry) -> tuple[str, ...]:
    brings = (*plugin.tools, *plugin.models)
    loading = duration_text(plugin.seconds) if plugin.seconds else "–"
    source = "your plugin folder" if plugin.distribution == "user folder" else plugin.distribution
    return plugin.name, _STATUS[plugin.status], plugin.version, source, loading, ", ".join(brings) or "–"


def _sentence(plugin: PluginEntry) -> str:
    return sentence(plugin.reason) or _PLAIN_REASON[plugin.status]
