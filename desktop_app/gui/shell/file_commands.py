"""What the actions do that ask for a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop_app.core.imaging.suffixes import READABLE
from desktop_app.gui.documents.save_place import ask_place, place_beside
from desktop_app.gui.documents.start import sample_photos
from desktop_app.gui.documents.workspace import PROJECT_SUFFIX
from desktop_app.gui.language import tr
from desktop_app.gui.panels.messages import Message

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.gui.shell.face import Face
    from desktop_app.gui.shell.rooms import Rooms

_PHOTOS = f"Photos ({' '.join(f'*{suffix}' for suffix in sorted(READABLE))})"
_PROJECTS = f"Verilens projects (*{PROJECT_SUFFIX})"
_RECIPES = "Recipes (*.json)"
_ANY = "All files (*)"
_FOR_THE_WEB = "For the web: JPEG, 2048 pixels, sRGB, without the place (*.jpg)"
_RESULTS = f"PNG (*.png);;JPEG (*.jpg);;TIFF (*.tif);;WebP (*.webp);;AVIF (*.avif);;JPEG XL (*.jxl);;{_FOR_THE_WEB}"


class FileCommands:
    """One method an action that opens or saves; each asks the user which file and hands it on."""

    def __init__(self, window: QWidget, face: Face, rooms: Rooms) -> None:
        self._window, self._face = window, face
        self._rooms = rooms

    def open(self) -> None:
        """Choose photos or projects and open them."""
        from PySide6.QtWidgets import QFileDialog

        known = self._rooms.workspace.recent()
        folder = str(Path(known[0]).parent) if known else ""
        kinds = ";;".join((f"Photos and projects ({_PHOTOS[8:-1]} *{PROJECT_SUFFIX})", _PHOTOS, _PROJECTS, _ANY))
        paths, _ = QFileDialog.getOpenFileNames(self._window, tr("Open"), folder, tr(kinds))
        self._rooms.workspace.open_files(paths)

    def open_sample(self) -> None:
        """Open one of the photos that come with the program."""
        photos = sample_photos()
        if photos:
            self._rooms.workspace.open_files([str(photos[0])])
        else:
            self._face.say(Message("Expected sample photos beside the program, found none; reinstall Verilens.", True))

    def save_result(self) -> None:
        """Choose where the shown picture goes."""

        def ask(document: Document) -> None:
            asked = ask_place(self._window, "Save result as", place_beside(document, "-verilens.png"), _RESULTS)
            if asked is not None:
                target, chosen = asked
                preset = "web" if chosen == tr(_FOR_THE_WEB) else ""
                self._rooms.workspace.save_result(document, document.cursor, target, preset=preset)

        self._with_document(ask)

    def save_project(self) -> None:
        """Save the project where it was saved last, or ask."""

        def save(document: Document) -> None:
            if document.project is not None:
                self._rooms.workspace.save_project(document, document.project)
            else:
                self.save_project_as()

        self._with_document(save)

    def save_project_as(self) -> None:
        """Choose where the project goes."""

        def ask(document: Document) -> None:
            name = document.project or place_beside(document, PROJECT_SUFFIX)
            asked = ask_place(self._window, "Save project as", name, _PROJECTS)
            if asked is not None:
                self._rooms.workspace.save_project(document, asked[0])

        self._with_document(ask)

    def save_recipe(self, state: str = "") -> None:
        """Choose where the steps up to a state go, the shown one where none is given, without their pixels."""

        def ask(document: Document) -> None:
            asked = ask_place(self._window, "Save recipe as", place_beside(document, "-recipe.json"), _RECIPES)
            if asked is not None:
                self._rooms.replays.save(document, asked[0], state)

        self._with_document(ask)

    def save_map(self) -> None:
        """Choose where the map over the photo goes."""
        self._rooms.exports.choose_map_file()

    def save_report(self) -> None:
        """Choose where the report goes."""
        self._rooms.exports.choose_report_file()

    def replay_recipe(self) -> None:
        """Choose a recipe whose steps are done on the shown photo."""
        from PySide6.QtWidgets import QFileDialog

        def ask(document: Document) -> None:
            folder = str(document.source.parent)
            kinds = tr(f"{_RECIPES};;{_ANY}")
            path, _ = QFileDialog.getOpenFileName(self._window, tr("Replay a recipe"), folder, kinds)
            if path:
                self._rooms.replays.replay(document, Path(path))

        self._with_document(ask)

    def set_reference(self) -> None:
        """Choose the photo that the shown pictures are measured against."""
        from PySide6.QtWidgets import QFileDialog

        def ask(document: Document) -> None:
            folder = str(document.source.parent)
            kinds = tr(f"{_PHOTOS};;{_ANY}")
            path, _ = QFileDialog.getOpenFileName(self._window, tr("Set reference photo"), folder, kinds)
            if path:
                self._rooms.scores.set_file(Path(path))

        self._with_document(ask)

    def _with_document(self, call: Callable[[Document], object]) -> None:
        document = self._rooms.workspace.current
        if document is not None:
            call(document)
