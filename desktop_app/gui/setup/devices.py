"""Which device tools run on; loads torch in an idle moment, because its first import holds the program up."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.core.jobs.worker import DeviceWorker, JobEvent, Priority
from desktop_app.gui.language import tr
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.setup.stall import StallMeter
from desktop_app.gui.threads.bridge import Bridge
from desktop_app.gui.viewmodel.texts import one_line

if TYPE_CHECKING:
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.devices import DeviceInfo
    from desktop_app.core.settings import Settings

_AUTOMATIC = "auto"
_log = logging.getLogger(__name__)


class Devices(QObject):
    """The choice of device.

    Signals
    -------
    changed : str
        The chosen device's id.
    titled : str
        What the status bar calls it.
    said : Message
        A sentence for the user.
    """

    changed = Signal(str)
    titled = Signal(str)
    said = Signal(object)

    def __init__(self, settings: Settings, worker: DeviceWorker, bridge: Bridge, button: QWidget) -> None:
        super().__init__(button)
        self._settings, self._worker, self._bridge = settings, worker, bridge
        self._button = button
        self._known: tuple[DeviceInfo, ...] = ()
        self._stall: StallMeter | None = None
        self._is_asked = False
        self.chosen: str = str(settings.get("device", _AUTOMATIC))

    def load(self) -> None:
        """Load torch on the worker's thread when nothing else is to be done, and learn which devices there are."""
        if not self._is_asked:
            self._is_asked = True
            self._stall = StallMeter(self)
            self._worker.submit(
                _find, title="Load torch", priority=Priority.IDLE,
                on_event=lambda event: self._bridge.post(lambda: self._happened(event)),
            )  # fmt: skip

    def tell(self) -> None:
        """Say which device is chosen."""
        self.changed.emit(self.chosen)
        self.titled.emit(self._title())

    def choose(self) -> None:
        """Offer the devices in a menu at the status bar."""
        self.load()
        menu = self.menu()
        place = self._button.mapToGlobal(QPoint(0, 0)) - QPoint(0, menu.sizeHint().height())
        chosen = menu.exec(place)
        if chosen is not None:
            self.set_chosen(chosen.data())
        menu.deleteLater()

    def menu(self) -> QMenu:
        """Return the menu of devices, the chosen one checked."""
        menu = QMenu(self._button)
        for device, title in ((_AUTOMATIC, "Automatic: the fastest there is"), *((d.id, d.title) for d in self._known)):
            action = QAction(tr(title), menu)
            action.setData(device)
            action.setCheckable(True)
            action.setChecked(device == self.chosen)
            menu.addAction(action)
        return menu

    def set_chosen(self, device: str) -> None:
        """Run tools on a device from now on."""
        self.chosen = device
        self._settings.set("device", device)
        self.tell()

    def _title(self) -> str:
        if not self._known:
            return "Device: automatic" if self.chosen == _AUTOMATIC else self.chosen
        wanted = self._known[0].id if self.chosen == _AUTOMATIC else self.chosen
        return next((device.title for device in self._known if device.id == wanted), f"{wanted}: not here")

    def _happened(self, event: JobEvent) -> None:
        if event.kind not in ("done", "failed", "cancelled"):
            return
        if self._stall is not None:
            _log.debug("loading torch held the window for %.0f ms", 1000 * self._stall.stop())
            self._stall = None
        if event.kind == "done":
            self._known = tuple(event.value)
            self.tell()
        elif event.error is not None and event.kind == "failed":
            text = f"torch cannot be loaded: {one_line(event.error)}"
            self.said.emit(Message(text, is_fault=True, topic="device"))


def _find(_control: JobControl) -> list[DeviceInfo]:
    from desktop_app.core.jobs.devices import available_devices

    return available_devices()
