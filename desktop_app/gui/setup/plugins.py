"""Keeps the tool list in step with the plugins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop_app.core.plugins.entries import Snapshot
from desktop_app.gui.panels.messages import Message, fault
from desktop_app.gui.threads.background import Background

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.gui.panels.plugins_dialog import PluginDialog


_PLUGINS, _ENDED = "plugins", "ended"
_GLANCE = 500  # milliseconds between two looks at plugins that are being written


class Plugins(QObject):
    """The plugins that there are.

    Signals
    -------
    snapshotChanged : Snapshot
        Tools, models or plugins are others than before.
    said : Message
        A sentence for the user.
    """

    snapshotChanged = Signal(object)
    said = Signal(object)

    def __init__(self, application: Application, background: Background, parent: QWidget) -> None:
        super().__init__(parent)
        self._application, self._background, self._window = application, background, parent
        self.snapshot = Snapshot()
        self._dialog: PluginDialog | None = None
        self._written = ""
        if application.development is not None:
            self._clock = QTimer(self, interval=_GLANCE)
            self._clock.timeout.connect(self._glance)
            self._clock.start()

    def show_cached(self) -> None:
        """Take the tools from the descriptor cache: one file is read, nothing imported."""
        self._take(self._application.host.cached() or Snapshot())

    def refresh(self) -> None:
        """Look for plugins on another thread."""
        self._background.run(self._application.host.snapshot, self._take, self._failed, lane=_PLUGINS)

    def recall(self) -> None:
        """Say in whose tool the program ended the last time, if that was a third party's."""
        self._background.run(self._application.guard.ended_runs, self._tell_ended, self._failed)

    def _tell_ended(self, runs: list[tuple[str, str]]) -> None:
        if runs:
            plugin, tool = runs[-1]
            text = (f"Verilens ended while {tool} of the plugin {plugin} was at work. Disable the plugin if that "
                    "happens again.")  # fmt: skip
            choices = (("Plugins…", self.open),)
            self.said.emit(Message(text, is_fault=True, choices=choices, topic=_ENDED, stays=True))

    def dialog(self) -> PluginDialog:
        """Return the dialog, made when it is first wanted."""
        from desktop_app.gui.panels.plugins_dialog import PluginDialog

        if self._dialog is None:
            self._dialog = PluginDialog(self._window)
            self._dialog.enableAsked.connect(lambda name: self._change(name, self._application.host.enable))
            self._dialog.disableAsked.connect(lambda name: self._change(name, self._application.host.disable))
            self._dialog.trustAsked.connect(lambda name: self._change(name, self._application.host.trust))
            self._dialog.show_plugins(self.snapshot.plugins)
        return self._dialog

    def prepare(self) -> None:
        """Make the dialog before it is wanted, so that it opens at once and can be found by name."""
        self.dialog()

    def open(self) -> None:
        """Show the dialog."""
        self.dialog().show()
        self.dialog().raise_()

    def _glance(self) -> None:
        """Take in what was saved in the folder of plugins that are being written."""
        from desktop_app.core.plugins.fingerprints import code_files, fingerprint

        written = fingerprint(code_files(self._application.development))
        if written != self._written:  # the first look too: what was saved since the discovery is not known to it
            self.refresh()
        self._written = written

    def _change(self, name: str, change: Callable[[str], object]) -> None:
        """Change a plugin's state, whatever else is asked for meanwhile, and look for plugins anew."""
        self._background.run(lambda: change(name), lambda _: self.refresh(), self._failed)

    def _failed(self, error: Exception) -> None:
        self.said.emit(fault(error, topic=_PLUGINS))

    def _take(self, snapshot: Snapshot) -> None:
        failed = {plugin.name for plugin in snapshot.plugins if plugin.status == "quarantined"}
        known = {plugin.name for plugin in self.snapshot.plugins if plugin.status == "quarantined"}
        is_new = snapshot != self.snapshot
        self.snapshot = snapshot
        if is_new:
            self.snapshotChanged.emit(snapshot)
        if self._dialog is not None:
            self._dialog.show_plugins(snapshot.plugins)
        if new := sorted(failed - known):
            noun, verb = ("plugin", "was") if len(new) == 1 else ("plugins", "were")
            text = f"The {noun} {', '.join(new)} failed and {verb} left out."
            choices = (("Plugins…", self.open),)
            self.said.emit(Message(text, is_fault=True, choices=choices, topic=_PLUGINS, stays=True))
        elif known - failed:
            self.said.emit(Message("", topic=_PLUGINS))
