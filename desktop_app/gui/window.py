"""The main window: puts the parts together, remembers where they stood, and ends in order."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDockWidget, QMainWindow

from desktop_app.core.jobs.worker import DeviceWorker
from desktop_app.gui.actions import ACTIONS, enable_actions, fill_menus, fill_toolbar, icon_names, make_actions
from desktop_app.gui.bridge import Background, Bridge
from desktop_app.gui.commands import Commands
from desktop_app.gui.devices import Devices
from desktop_app.gui.layout import Parts, make_parts, make_toolbar, place
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.picture import PictureKeeper
from desktop_app.gui.plugins import Plugins
from desktop_app.gui.runs import RunController
from desktop_app.gui.steps import Steps
from desktop_app.gui.tabs import Tabs
from desktop_app.gui.viewer import Viewer
from desktop_app.gui.workspace import Workspace

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.document.document import Document
    from desktop_app.core.plugins.entries import Snapshot

_PAINT_LIMIT_MS = 400  # a window that is never shown starts its work by then
_log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """The window of one program.

    Parameters
    ----------
    application : Application
        Settings, plugins, models, engine and session.
    paths : sequence of str
        Opened once the window has been painted.
    worker : DeviceWorker, optional
        Runs the tools; one of its own when none is given.
    """

    def __init__(
        self, application: Application, paths: Sequence[str] = (), worker: DeviceWorker | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Verilens")
        self.application = application
        self.parts: Parts = make_parts()
        self._paths = list(paths)
        self._hidden: list[QDockWidget] = []
        self._has_begun = False
        self._bridge = Bridge(self)
        self._background = Background(self._bridge)
        self._make_rooms(worker or DeviceWorker())
        self._docks = place(self, self.parts)
        self._bar = make_toolbar(self)
        self._commands = Commands(self)
        self.actions_by_id = make_actions(self, self._commands)
        self._menus = fill_menus(self.menuBar(), self.actions_by_id)
        fill_toolbar(self._bar, self.actions_by_id)
        self._fill_view_menu()
        self._connect()
        self._bring_back_geometry()
        self.plugins.show_cached()
        self.devices.tell()
        self.show_state()
        self.parts.canvas.installEventFilter(self)
        QTimer.singleShot(_PAINT_LIMIT_MS, self, self._begin)

    def say(self, message: Message) -> None:
        """Show a sentence above the photo."""
        _log.info("%s", message.text)
        self.parts.messages.show_message(message)

    def close_document(self, document: Document) -> None:
        """Close one document."""
        self.steps.document_closed(document)
        self.workspace.close(document)

    def toggle_panels(self) -> None:
        """Hide every panel, or bring back those that were hidden so."""
        if self._hidden:
            self.show_panels()
            return
        self._hidden = [dock for dock in self._docks if dock.isVisible()]
        for dock in self._hidden:
            dock.hide()
        if not self._hidden:
            self._hidden = list(self._docks)
            self.show_panels()

    def show_panels(self) -> None:
        """Bring back the panels that were hidden together."""
        for dock in self._hidden:
            dock.show()
        self._hidden = []

    def show_palette(self) -> None:
        """Open the command palette."""
        from desktop_app.gui.panels.palette import CommandPalette, Entry

        actions = [
            Entry(spec.title.rstrip("…"), spec.shortcut, self.actions_by_id[spec.id].trigger)
            for spec in ACTIONS
            if spec.id != "palette" and self.actions_by_id[spec.id].isEnabled()
        ]
        tools = [
            Entry(tool.title, tool.id, partial(self.steps.choose_tool, tool.id)) for tool in self.plugins.snapshot.tools
        ]
        palette = CommandPalette([*actions, *tools], self)
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        palette.move(self.mapToGlobal(self.rect().center()) - palette.rect().center())
        palette.show()
        palette.line.setFocus()

    def show_shortcuts(self) -> None:
        """List the keyboard shortcuts."""
        from desktop_app.gui.dialogs import shortcuts_dialog

        shortcuts_dialog(self).show()

    def show_about(self) -> None:
        """Say what this program is."""
        from desktop_app.gui.dialogs import about_dialog

        about_dialog(self).show()

    def show_details(self, text: str) -> None:
        """Show a fault in full."""
        from desktop_app.gui.dialogs import details_dialog

        details_dialog(text, self).show()

    def show_state(self) -> None:
        """Enable what can be done, and check what is on."""
        document = self.workspace.current
        met = {
            "photo": document is not None,
            "undo": document is not None and document.can_undo,
            "redo": document is not None and document.can_redo,
            "job": self.runs.is_busy,
        }
        enable_actions(self.actions_by_id, met)
        self.parts.status.compare.setEnabled(document is not None)
        checked = (self.viewer.compare_mode(), self.application.settings.get("theme", "dark"))
        for spec in ACTIONS:
            if spec.argument in checked:
                self.actions_by_id[spec.id].setChecked(True)
        title = document.title if document is not None else ""
        self.setWindowTitle(f"{title}[*] – Verilens" if document is not None else "Verilens")
        self.setWindowModified(document is not None and document.is_modified)

    def dress(self) -> None:
        """Draw the icons in the theme's colours."""
        from desktop_app.gui.icons import dress

        dress(self.actions_by_id, icon_names(), self.palette())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin the work once the canvas has been painted for the first time."""
        if watched is self.parts.canvas and event.type() == QEvent.Type.Paint and not self._has_begun:
            QTimer.singleShot(0, self, self._begin)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cancel the running step with Esc."""
        if event.key() == Qt.Key.Key_Escape and self.runs.is_busy:
            self.steps.cancel()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End in order: remember, cancel, wait for the threads, close the documents."""
        self._keep_geometry()
        self.runs.close()
        self._background.close()
        self._bridge.close()
        self.application.close()
        super().closeEvent(event)

    def _make_rooms(self, worker: DeviceWorker) -> None:
        """Make what works behind the parts."""
        parts, application = self.parts, self.application
        self.workspace = Workspace(application, self._bridge, self._background, self)
        self.keeper = PictureKeeper(parts.canvas, self._background, self)
        self.runs = RunController(application, worker, self._bridge, self)
        self.viewer = Viewer(parts, self.workspace, self.keeper, self)
        self.steps = Steps(parts, self.viewer, self.keeper, self.runs, self._background, self)
        self.plugins = Plugins(application, self._background, self)
        self.devices = Devices(application.settings, worker, self._bridge, parts.status.device)
        self.tabs = Tabs(parts.tabs, self.workspace, self)

    def _connect(self) -> None:
        for room in (self.workspace, self.viewer, self.steps, self.plugins, self.devices):
            room.said.connect(self.say)
        self.plugins.snapshotChanged.connect(self._show_snapshot)
        self.devices.changed.connect(self._show_device)
        self.steps.detailsAsked.connect(self.show_details)
        self.steps.busyChanged.connect(lambda _busy: self.show_state())
        self.viewer.updated.connect(self.show_state)
        self.tabs.closeAsked.connect(self.close_document)
        self.keeper.shown.connect(lambda _state: QTimer.singleShot(0, self, self.devices.load))
        self.parts.canvas.filesDropped.connect(self.workspace.open_files)
        self.parts.status.deviceAsked.connect(self.devices.choose)
        self.parts.status.compareChanged.connect(lambda _mode: self.show_state())
        self.workspace.recentChanged.connect(self._fill_recent)
        QShortcut(QKeySequence("Ctrl+Y"), self, self._commands.redo)

    def _begin(self) -> None:
        """Do what had to wait for the first paint."""
        if self._has_begun:
            return
        self._has_begun = True
        self.parts.canvas.removeEventFilter(self)
        self.workspace.open_files(self._paths)
        self.workspace.offer_recovery()
        self.plugins.refresh()
        self._fill_recent()
        QTimer.singleShot(0, self, self.dress)
        QTimer.singleShot(0, self, self.plugins.prepare)
        if self.application.settings.warning:
            self.say(Message(self.application.settings.warning, is_fault=True))

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        self.steps.show_snapshot(snapshot)
        self.viewer.show_snapshot(snapshot)

    def _show_device(self, device: str, title: str) -> None:
        self.steps.device = device
        self.parts.status.show_device(title)

    def _fill_view_menu(self) -> None:
        self._menus["View"].addSeparator()
        for dock in self._docks:
            self._menus["View"].addAction(dock.toggleViewAction())
        self._recent = self._menus["File"].addMenu("Open recent")
        self._menus["File"].insertMenu(self.actions_by_id["sample"], self._recent)

    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in self.workspace.recent():
            self._recent.addAction(path, partial(self.workspace.open_files, [path]))
        self._recent.setEnabled(not self._recent.isEmpty())

    def _keep_geometry(self) -> None:
        self.show_panels()
        kept = {"geometry": self.saveGeometry(), "state": self.saveState()}
        self.application.settings.set("window", {name: value.toBase64().toStdString() for name, value in kept.items()})

    def _bring_back_geometry(self) -> None:
        self.resize(1360, 860)
        kept = self.application.settings.get("window", {})
        if kept:
            self.restoreGeometry(QByteArray.fromBase64(kept["geometry"].encode()))
            self.restoreState(QByteArray.fromBase64(kept["state"].encode()))
