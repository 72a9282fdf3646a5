"""Writes what a step brought besides its picture: the map that is seen, and the report."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.core.atomic import write_text
from desktop_app.core.wording import ENGLISH
from desktop_app.gui.documents.save_place import ask_place, place_beside
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.language import spoken
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.panels.messages import Message, fault
from desktop_app.gui.threads.background import Background
from desktop_app.gui.viewmodel.maps import MapChoice
from desktop_app.gui.viewmodel.report_file import as_html, as_json

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document

_TOPIC = "save"  # of messages
_MAPS = "Map as numbers, 32-bit TIFF (*.tif);;Map as a picture with its colour bar, PNG (*.png)"
_REPORTS = "Report as a page, HTML (*.html);;Report as data, JSON (*.json)"


class Exports(QObject):
    """Asks where maps and reports go, and writes them there.

    Signals
    -------
    said : Message
        A sentence for the user.
    """

    said = Signal(object)

    def __init__(self, parts: Parts, viewer: Viewer, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts, self._viewer, self._background = parts, viewer, background
        parts.maps.saveAsked.connect(self.choose_map_file)
        parts.report.saveAsked.connect(self.choose_report_file)

    def choose_map_file(self) -> None:
        """Ask where the chosen map goes."""
        choice = self._parts.maps.choice()
        if choice.name is None or not self._parts.maps.has_map():
            self.said.emit(Message("Choose a map in the Maps panel first.", topic=_TOPIC))
            return
        path = self._ask("Save map as", f"{choice.name.replace(' ', '-')}.tif", _MAPS)
        if path is not None:
            self.save_map(path)

    def choose_report_file(self) -> None:
        """Ask where the report on the shown state goes."""
        path = self._ask("Save report as", "report.html", _REPORTS)
        if path is not None:
            self.save_report(path)

    def save_map(self, path: Path) -> None:
        """Write the chosen map: its numbers, or where the name ends in ``.png`` its colours as they are seen."""
        document, state = self._viewer.document, self._viewer.state
        if document is not None and state is not None:
            work = partial(write_map, document, state.id, self._parts.maps.choice(), path)
            self._write(work, f"Saved the map as {path.name}.")

    def save_report(self, path: Path) -> None:
        """Write the report on the shown state: a page, or where the name ends in ``.json`` data."""
        view, state = self._viewer.report(), self._viewer.state
        if view is not None and state is not None:
            is_data = path.suffix.lower() == ".json"
            page = as_html(view, self._parts.report.scores(), spoken() or ENGLISH)
            text = as_json(state) if is_data else page
            self._write(partial(write_text, path, text), f"Saved the report as {path.name}.")

    def _write(self, work: partial[None], told: str) -> None:
        self._background.run(
            work,
            lambda _none: self.said.emit(Message(told, topic=_TOPIC)),
            lambda error: self.said.emit(fault(error, topic=_TOPIC)),
            must_finish=True,
        )

    def _ask(self, title: str, ending: str, kinds: str) -> Path | None:
        """Ask for a file beside the photo."""
        document = self._viewer.document
        if document is None:
            return None
        asked = ask_place(self._parts.canvas, title, place_beside(document, f"-{ending}"), kinds)
        return asked[0] if asked else None


def write_map(document: Document, state: str, choice: MapChoice, path: Path) -> None:
    """Write a state's map, as numbers or as a picture in the colours and the range of a choice.

    Raises
    ------
    InputError
        If it cannot be read or written.
    """
    from desktop_app.core.imaging.heatmap import write_numbers, write_picture

    layer = document.map(state, choice.name or "")
    if path.suffix.lower() == ".png":
        mode = (choice.low, choice.high) if choice.mode == "fixed" else choice.mode
        write_picture(layer, path, mode=mode, colormap=choice.colormap)
    else:
        write_numbers(layer, path)
