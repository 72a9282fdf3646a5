"""Asks where a file goes that the program writes: its kind, its full name, and whether a file of that name may go."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from desktop_app.api.resources import resource_root
from desktop_app.core.imaging.suffixes import READABLE
from desktop_app.gui.language import tr

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document

_SAME = {".jpeg": ".jpg", ".jpe": ".jpg", ".tiff": ".tif", ".htm": ".html"}


def place_beside(document: Document, ending: str) -> Path:
    """Return where something that was made of a photo is proposed to go: beside it, under its name with an ending.

    What is made of a sample of the program's goes to the user's own pictures, and of a photo that is known by its
    project alone, beside that.
    """
    source, project = document.source, document.project
    if source.is_absolute() and not source.is_relative_to(resource_root()):
        folder = source.parent
    elif project is not None:
        folder = project.parent
    else:
        folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))
        folder = folder if folder.is_dir() else Path.home()
    return folder / f"{source.stem}{ending}"


def ask_place(parent: QWidget, title: str, proposed: Path, kinds: str) -> tuple[Path, str] | None:
    """Ask for a file to write, and which kind of it was chosen; None where the user would rather not.

    A name is completed as `completed` has it. As the dialog asks only for the name that was typed, it is asked here
    whether a file of the completed name may be replaced.

    Parameters
    ----------
    parent : QWidget
        Above which the dialog stands.
    title, kinds : str
        The dialog's title, and its kinds as Qt has them (``PNG (*.png);;JPEG (*.jpg)``), in English.
    proposed : Path
        The name that stands there already.
    """
    text, chosen = QFileDialog.getSaveFileName(parent, tr(title), str(proposed), tr(kinds))
    if not text:
        return None
    typed = Path(text)
    path = completed(typed, proposed, chosen, kinds)
    if path == typed or not path.exists() or _may_replace(parent, path):
        return path, chosen
    return ask_place(parent, title, path, kinds)


def completed(typed: Path, proposed: Path, chosen: str, kinds: str) -> Path:
    """Return a typed name with the ending of what is to be written.

    A name that ends as one of the kinds does is kept, unless another kind was chosen and the ending is the one that was
    proposed. The ending of a picture of another kind gives way; whatever else stands behind the last point belongs to
    the name.

    Examples
    --------
    >>> kinds, png = "PNG (*.png);;TIFF (*.tif)", Path("a.png")
    >>> [completed(Path(typed), png, "TIFF (*.tif)", kinds).name for typed in ("b", "a.png", "b.v2", "b.tiff")]
    ['b.tif', 'a.tif', 'b.v2.tif', 'b.tiff']
    >>> [completed(Path(typed), png, "PNG (*.png)", kinds).name for typed in ("b.tif", "b.jpg")]
    ['b.tif', 'b.png']
    """
    wanted = next(iter(_endings(chosen)), proposed.suffix)
    ending = _same(typed.suffix)
    if ending not in map(_same, _endings(kinds)):
        return typed.with_suffix(wanted) if ending in READABLE else typed.with_name(typed.name.rstrip(".") + wanted)
    if ending == _same(proposed.suffix) != _same(wanted):
        return typed.with_suffix(wanted)
    return typed


def _endings(kinds: str) -> list[str]:
    return re.findall(r"\*(\.\w+)", kinds)


def _same(suffix: str) -> str:
    return _SAME.get(suffix.lower(), suffix.lower())


def _may_replace(parent: QWidget, path: Path) -> bool:
    buttons = QMessageBox.StandardButton
    question = tr(f"There is a file {path.name} already. Replace it?")
    asked = QMessageBox.question(parent, tr("Replace a file"), question, buttons.Yes | buttons.No, buttons.No)
    return asked == buttons.Yes
