"""The main window: what is painted first; what works behind it comes after (see `desktop_app.gui.shell.rooms`)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QWidget

from desktop_app.api.errors import InputError
from desktop_app.gui.language import SETTING as LANGUAGE
from desktop_app.gui.language import tr
from desktop_app.gui.layout.docks import LAYOUT, Folding, make_toolbar, place, place_rest
from desktop_app.gui.layout.hiding import Hiding
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.panels.placing import keep_on_screen
from desktop_app.gui.shell.actions import (
    ACTIONS,
    ActionSpec,
    bind,
    enable_actions,
    fill_menus,
    fill_toolbar,
    icon_names,
    make_actions,
)
from desktop_app.gui.shell.keys import FieldKeys, TabWalk, give_letters
from desktop_app.gui.shell.speech import learn_words
from desktop_app.gui.viewmodel.shortcuts import SETTING, bindings, changed
from desktop_app.gui.viewmodel.texts import one_line, sentence

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.gui.panels.messages import Message
    from desktop_app.gui.shell.commands import Commands
    from desktop_app.gui.shell.rooms import Rooms

_ALWAYS, _IDLE = ("save_result", "save_project", "palette", "panels"), ("undo", "redo")  # see FieldKeys
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
    """

    def __init__(self, application: Application, paths: Sequence[str] = ()) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Verilens")
        self.application = application
        self.has_ended = True  # whether all threads did, once it is closed
        self.parts = Parts()
        self._paths = list(paths)
        self._is_complete = False
        self._rooms: Rooms | None = None
        self._tab_walk = TabWalk(self)
        self._commands: Commands | None = None
        self._places = place(self, self.parts)
        self._docks = self._places.docks
        self._folding = Folding(self, self._docks)
        self.panels = Hiding(self._docks, self.parts.canvas)
        self._bar = make_toolbar(self)
        self.parts.start.setHidden(bool(paths))
        chosen = application.settings.get(SETTING)
        bound = bindings(ACTIONS, {} if chosen is None else chosen)
        self.keys, self._key_faults = bound.keys, bound.faults
        self.actions_by_id = make_actions(self, self._do, self.keys)
        self._menus = fill_menus(self.menuBar(), self.actions_by_id)
        fill_toolbar(self._bar, self.actions_by_id)
        QShortcut("Tab", self, self.panels.toggle, context=Qt.ShortcutContext.WindowShortcut)
        self.parts.canvas.setFocus()
        self._fill_view_menu()
        self._give_letters()
        self._bring_back_geometry()
        self.parts.form.toolShown.connect(self._raise_form)
        self.panels.shown.connect(self._raise_what_is_shown)
        self._show_cached_tools()
        enable_actions(self.actions_by_id, {})
        self.parts.status.compare.setEnabled(False)
        self.parts.canvas.installEventFilter(self)
        self._latest = QTimer(self)
        self._latest.setSingleShot(True)
        self._latest.timeout.connect(self.begin)
        self._latest.start(_PAINT_LIMIT_MS)

    @property
    def rooms(self) -> Rooms:
        """What works behind the window; made now if need be."""
        self.begin()
        if self._rooms is None:
            raise RuntimeError("expected an open window, got one that was closed")
        return self._rooms

    def begin(self) -> None:
        """Do what had to wait for the first paint: make the rooms, open the files, look for plugins. Once."""
        if self._rooms is not None:
            return
        from desktop_app.gui.shell.commands import Commands
        from desktop_app.gui.shell.rooms import Rooms

        self.parts.canvas.removeEventFilter(self)
        self._complete()
        self._order_keys()
        self.parts.tools.mark_recommended()
        self._rooms = rooms = Rooms(self.application, self.parts, self)
        self._commands = Commands(self, self, rooms)
        talking = (
            rooms.workspace, rooms.viewer, rooms.steps, rooms.plugins, rooms.devices, rooms.masks, rooms.regions,
            rooms.kernels, rooms.scores, rooms.studies, rooms.replays, rooms.exports, rooms.strengths, rooms.batches,
            rooms.clipboard,
        )  # fmt: skip
        for room in talking:
            room.said.connect(self.say)
        for acting in (rooms.steps, rooms.workspace):
            acting.begun.connect(self.parts.messages.begin)
        rooms.workspace.currentChanged.connect(self._show_messages)
        self.parts.history.recipeAsked.connect(self._commands.save_recipe)
        rooms.steps.busyChanged.connect(lambda _busy: self.show_state())
        rooms.steps.detailsAsked.connect(self._commands.show_details)
        rooms.viewer.updated.connect(self.show_state)
        rooms.masks.historyChanged.connect(self.show_state)
        rooms.workspace.recentChanged.connect(self._fill_recent)
        rooms.start.openAsked.connect(self._commands.open)
        self.parts.status.compareChanged.connect(lambda _mode: self.show_state())
        rooms.plugins.show_cached()
        rooms.devices.tell()
        self.show_state()
        self._fill_recent()
        rooms.workspace.open_files(self._paths)
        if not self._paths:
            rooms.start.show()
        rooms.workspace.recovering.offer()
        rooms.plugins.refresh()
        rooms.plugins.recall()
        QTimer.singleShot(0, self, self.dress)
        QTimer.singleShot(0, self, rooms.plugins.prepare)
        self._say_faults()
        if self.size() == self._first_size:
            keep_on_screen(self)

    def findChild(self, *wanted: Any, **more: Any) -> Any:
        """Find a part of the window by name, also before the first paint, which not all of them are needed for."""
        self._complete()
        return super().findChild(*wanted, **more)

    def findChildren(self, *wanted: Any, **more: Any) -> list[Any]:
        """Find parts of the window, as `findChild` does one."""
        self._complete()
        return super().findChildren(*wanted, **more)

    def _complete(self) -> None:
        """Put in the parts that the first paint does not show. Once."""
        if self._is_complete:
            return
        self._is_complete = True
        place_rest(self._places, self.parts)
        self.parts.maps.appeared.connect(self._raise_what_is_told)

    def _say_faults(self) -> None:
        """Say what is wrong in the settings."""
        from desktop_app.gui.panels.messages import Message

        said = (("\n".join(self._key_faults), "shortcuts"), (self.application.settings.warning, "settings"))
        for text, topic in said:
            if text:
                self.say(Message(text, is_fault=True, topic=topic))

    def rebind(self, action: str, keys: str | None) -> Mapping[str, str]:
        """Give an action other keys, its own where None, now and from now on; return those of all."""
        chosen = self.application.settings.get(SETTING, {})
        wanted = changed(ACTIONS, chosen if isinstance(chosen, dict) else {}, action, keys)
        self.application.settings.set(SETTING, wanted)
        self.keys = bindings(ACTIONS, wanted).keys
        for spec in ACTIONS:
            bind(self.actions_by_id[spec.id], spec, self.keys[spec.id])
        self._field_keys.watch([self.actions_by_id[name] for name in _ALWAYS],
                               [self.actions_by_id[name] for name in _IDLE])  # fmt: skip
        return self.keys

    def say(self, message: Message) -> None:
        """Show a sentence over the photo."""
        if message.text:
            _log.info("%s", message.text)
        said = "\n".join(map(sentence, message.text.splitlines()))
        self.parts.messages.show_message(message._replace(text=said))

    def uncover(self, part: QWidget) -> None:
        """Bring a panel before those that it shares its place with."""
        self._folding.uncover(part)

    def show_state(self) -> None:
        """Enable what can be done, and check what is on."""
        rooms = self.rooms
        document = rooms.workspace.current
        met = {
            "photo": document is not None,
            "undo": document is not None and (document.can_undo or rooms.masks.can_undo()),
            "redo": document is not None and (document.can_redo or rooms.masks.can_redo()),
            "job": rooms.runs.is_busy,
        }
        enable_actions(self.actions_by_id, met)
        self.parts.status.compare.setEnabled(document is not None)
        chosen = self.application.settings.get
        checked = {"compare": rooms.viewer.compare_mode(), "theme": chosen("theme", "dark"),
                   "language": chosen(LANGUAGE, "system")}
        for spec in ACTIONS:
            if spec.group and spec.argument == checked[spec.group]:
                self.actions_by_id[spec.id].setChecked(True)
        self.setWindowTitle(f"{document.title}[*] – Verilens" if document is not None else "Verilens")
        self.setWindowModified(document is not None and document.is_modified)

    def dress(self) -> None:
        """Draw the icons in the theme's colours."""
        from desktop_app.gui.shell.icons import dress

        dress(self.actions_by_id, icon_names(), self.palette())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin the work once the canvas has been painted for the first time."""
        if watched is self.parts.canvas and event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self, self.begin)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cancel the running step with Esc; without one, go back to the photo."""
        if event.key() == Qt.Key.Key_Escape and self.rooms.runs.is_busy:
            self.rooms.steps.cancel()
        elif event.key() == Qt.Key.Key_Escape:
            self.parts.canvas.setFocus()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the panels over each other where there is little room."""
        super().resizeEvent(event)
        self._folding.follow(event.size())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how things stood, and end in order; stay open only for what cannot be written, if the user asks."""
        self._keep_geometry()
        if self._rooms is not None:
            if not self._may_leave(self._rooms):
                event.ignore()
                return
            self.has_ended = self._rooms.close()
        self._latest.stop()  # a window that closes before its first paint makes no rooms any more
        super().closeEvent(event)

    def _may_leave(self, rooms: Rooms) -> bool:
        try:
            rooms.flush()
        except InputError as error:
            from desktop_app.gui.shell.dialogs import asks_to_leave

            return asks_to_leave(one_line(error), self)
        return True

    def _do(self, spec: ActionSpec) -> None:
        self.begin()
        command = getattr(self._commands, spec.callback)
        command() if spec.argument is None else command(spec.argument)

    def _give_letters(self) -> None:
        give_letters(self.menuBar().actions())
        for menu in self._menus.values():
            give_letters(menu.actions())

    def _order_keys(self) -> None:
        """Let Tab go through the window as it is read, and shortcuts reach the photo from any field."""
        from desktop_app.gui.panels.order import chain

        parts = self.parts
        chain((
            parts.tools, parts.history, parts.strength, parts.tabs, parts.mask, parts.start, parts.canvas, parts.form,
            parts.maps, parts.report, parts.status,
        ))  # fmt: skip
        actions = self.actions_by_id
        self._field_keys = FieldKeys(self, [actions[key] for key in _ALWAYS], [actions[key] for key in _IDLE])

    def _show_cached_tools(self) -> None:
        """Fill the tool list from the descriptor cache: one file is read, nothing imported."""
        snapshot = self.application.cached_tools()
        if snapshot is not None:
            learn_words(snapshot.plugins)
            self.parts.tools.show_snapshot(snapshot)

    def _show_messages(self) -> None:
        document = self.rooms.workspace.current
        self.parts.messages.show_document(document.id if document is not None else "")

    def _raise_what_is_shown(self) -> None:
        self._complete()
        self._raise_what_is_told(self.parts.maps.has_map())

    def _raise_what_is_told(self, has_map: bool) -> None:
        """Bring the map panel before the report where a map is shown, and the report where none is."""
        if self.parts.histogram.visibleRegion().isEmpty():  # who looks at it goes on to
            self.uncover(self.parts.maps if has_map else self.parts.report)

    def _raise_form(self) -> None:
        if self.parts.form.tool is not None:
            self.uncover(self.parts.form)

    def _fill_view_menu(self) -> None:
        panels = self._menus["Panels"] = self._menus["View"].addMenu(tr("Panels"))
        for dock in self._docks:
            panels.addAction(dock.toggleViewAction())
        self._recent = self._menus["File"].addMenu(tr("Open recent"))
        self._menus["File"].insertMenu(self.actions_by_id["sample"], self._recent)

    def _fill_recent(self) -> None:
        workspace = self.rooms.workspace
        self._recent.clear()
        for path in workspace.recent():
            self._recent.addAction(path, partial(workspace.open_files, [path]))
        self._recent.setEnabled(not self._recent.isEmpty())

    def _keep_geometry(self) -> None:
        self.panels.show()
        kept = {"geometry": self.saveGeometry(), "state": self._folding.state()}
        self.application.settings.set("window", {name: value.toBase64().toStdString() for name, value in kept.items()})

    def _bring_back_geometry(self) -> None:
        self._first_size = QSize(1360, 860).boundedTo(self.screen().availableSize())
        self.resize(self._first_size)
        kept = self.application.settings.get("window", {})
        if kept:
            self._first_size = QSize()
            geometry, state = (str(kept.get(name, "")).encode("ascii", "ignore") for name in ("geometry", "state"))
            self.restoreGeometry(QByteArray.fromBase64(geometry))
            self.restoreState(QByteArray.fromBase64(state), LAYOUT)
