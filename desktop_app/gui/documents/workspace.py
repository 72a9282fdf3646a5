"""The open documents and the one that is looked at; reading and writing files off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.core.atomic import ProtectedFileError
from desktop_app.gui.documents.recovering import Recovering
from desktop_app.gui.panels.messages import Message, fault
from desktop_app.gui.threads.background import Background
from desktop_app.gui.threads.bridge import Bridge
from desktop_app.gui.viewmodel.texts import one_line

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.atomic import Overwrite
    from desktop_app.core.document.document import Document
    from desktop_app.core.document.state import DocumentEvent
    from desktop_app.core.imaging.metadata import BandsWanted

PROJECT_SUFFIX = ".vlens"
_RECENT = 10
_MOST_CHOICES = 12  # that are offered at a time
_SAVE = "save"  # what messages are about


class Workspace(QObject):
    """Documents in the order of their tabs.

    Signals
    -------
    documentsChanged
        One was opened or closed, or its title changed.
    currentChanged
        Another one is looked at, or none.
    documentEvent : Document, DocumentEvent
        Something happened to an open document.
    said : Message
        A sentence for the user.
    begun
        The user opened or saved something: what was said before is over.
    opening : Path
        A file is being read.
    recentChanged
        The list of recent files changed.
    """

    documentsChanged = Signal()
    currentChanged = Signal()
    documentEvent = Signal(object, object)
    said = Signal(object)
    begun = Signal()
    opening = Signal(object)
    recentChanged = Signal()

    def __init__(
        self, application: Application, bridge: Bridge, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._application = application
        self._bridge = bridge
        self._background = background
        self._silence: dict[str, Callable[[], None]] = {}
        self._opening: set[Path] = set()
        self._recent = [str(path) for path in application.settings.get("recent", [])]
        self._keeping = Lock()
        self.documents: list[Document] = []
        self.current: Document | None = None
        self.recovering = Recovering(application, background, self)
        self.recovering.said.connect(self.said)
        self.recovering.begun.connect(self.begun)
        self.recovering.recovered.connect(self._enter)

    @property
    def is_opening(self) -> bool:
        """Whether a file is being read that will be looked at."""
        return bool(self._opening)

    def is_read(self, path: Path) -> bool:
        """Whether a file is being read."""
        return path in self._opening

    def open_files(self, paths: list[str]) -> None:
        """Open photos and projects; each that cannot be opened is told in a sentence.

        A project that is open already, or about to be, is looked at instead: two copies would replace each other.
        """
        faults: list[str] = []

        def failed(error: Exception) -> None:
            faults.append(one_line(error))
            self.said.emit(Message("\n".join(faults), is_fault=True, topic="open"))

        if paths:
            self.begun.emit()
        for path in map(Path, paths):
            known = next((one for one in self.documents if one.project and _is_same_file(one.project, path)), None)
            if known is not None:
                self.show(known)
            elif path.suffix.lower() != PROJECT_SUFFIX or path not in self._opening:
                self._open(path, failed)

    def show(self, document: Document | None) -> None:
        """Look at an open document."""
        if document is not self.current:
            self.current = document
            self.currentChanged.emit()

    def close(self, document: Document) -> None:
        """Close a document. Steps that are in no project file are kept, and can be brought back."""
        index = self.documents.index(document)
        self.documents.remove(document)
        left = self.documents[min(index, len(self.documents) - 1)] if self.documents else None
        self.documentsChanged.emit()
        if document is self.current:
            self.show(left)
        was_modified, title = document.is_modified, document.title
        self._silence.pop(document.id)()
        self._background.run(
            document.close, lambda _none: self._closed(document, title, was_modified), self._say_fault, must_finish=True
        )

    def save_result(
        self, document: Document, state: str, path: Path, overwrite: Overwrite = "unprotected", preset: str = ""
    ) -> None:
        """Write a state's picture to a file, with the metadata of the opened photo, by the choices of a preset.

        A read-only file, and a photo that is open here, is replaced after asking.
        """
        is_opened = any(one.source.is_absolute() and _is_same_file(one.source, path) for one in self.documents)

        def work() -> str:
            from desktop_app.core.imaging.export import PRESETS, USUAL
            from desktop_app.core.imaging.files import save_photo
            from desktop_app.core.steps.provenance import Provenance, digest_of, stamped
            from desktop_app.core.steps.recipes import recipe_of
            from desktop_app.core.steps.vouching import keep_credentials

            export = PRESETS[preset] if preset else USUAL
            if is_opened and overwrite != "always":
                raise ProtectedFileError(f"expected a name of its own for the result, got {path.name}, the photo that "
                                         "was opened; choose another")
            metadata = document.metadata_of(state)
            document.flush()  # the photo's own file may still be on its way to the disk
            with document.original() as source:
                raster = document.raster(state)
                recipe = recipe_of(document, state, self._application.inputs)
                if source is not None:
                    made = Provenance(
                        recipe, document.source.name, digest_of(source),
                        document.states[document.root].depth != "32f", bands=metadata.bands, export=export)
                    metadata = stamped(metadata, made)
                others = None if recipe.reframes else source
                saved = save_photo(path, raster, metadata, overwrite=overwrite, source=others, export=export)
                kept = keep_credentials(path, source, metadata, [step.tool for step in recipe.steps],
                                        self._application.credentials, export, name=document.source.name)  # fmt: skip
            return " ".join((f"Saved the result as {saved.path.name}.", *saved.notes, *kept))

        def done(text: str) -> None:
            self.said.emit(Message(text, topic=_SAVE))

        self.begun.emit()
        failed = partial(self._say_unsaved, lambda: self.save_result(document, state, path, "always", preset))
        self._background.run(work, done, failed, must_finish=True)

    def save_project(self, document: Document, path: Path, overwrite: Overwrite = "unprotected") -> None:
        """Write a document with all its history to a project file; one that is not to be replaced after asking."""

        def done(_none: None) -> None:
            self.remember(path)
            self.documentsChanged.emit()
            self.said.emit(Message(f"Saved the project as {path.name}.", topic=_SAVE))

        self.begun.emit()
        failed = partial(self._say_unsaved, lambda: self.save_project(document, path, "always"))
        self._background.run(lambda: document.save_as(path, overwrite=overwrite), done, failed, must_finish=True)

    def recent(self) -> list[str]:
        """Return the files that were opened last, the newest first."""
        return list(self._recent)

    def remember(self, path: Path) -> None:
        """Put a file at the top of the recent ones; they are written off the window's thread, as a disk may be busy."""
        self._recent = [str(path), *(other for other in self._recent if other != str(path))][:_RECENT]
        self.recentChanged.emit()
        self._background.run(self._keep_recent, lambda _none: None, self._say_fault, must_finish=True)

    def _keep_recent(self) -> None:
        with self._keeping:  # the last to write writes the newest
            self._application.settings.set("recent", self._recent)

    def _open(self, path: Path, failed: Callable[[Exception], None], bands: BandsWanted = "auto") -> None:
        def done(document: Document) -> None:
            self._opening.discard(path)
            self._opened(document)

        def not_done(error: Exception) -> None:
            self._opening.discard(path)
            failed(error)

        self._opening.add(path)
        self.opening.emit(path)
        self._background.run(partial(self._read, path, bands), done, not_done)

    def _read(self, path: Path, bands: BandsWanted) -> Document:
        session = self._application.session
        if path.suffix.lower() == PROJECT_SUFFIX:
            return session.open_project(path)
        return session.open_photo(path, bands)

    def _opened(self, document: Document) -> None:
        self._enter(document)
        self.remember(document.project or document.source)
        if document.metadata.notes and document.project is None:
            text = " ".join(document.metadata.notes)
            choices = self._band_choices(document)
            self.said.emit(Message(text, choices=choices, topic="notes", document=document.id, waits=bool(choices)))

    def _band_choices(self, document: Document) -> tuple[tuple[str, Callable[[], None]], ...]:
        """Return how a file whose bands nobody chose can be looked at otherwise: each way is a tab of its own."""
        path, count = document.source, document.metadata.band_count
        if document.metadata.bands != tuple(range(3 if count > 2 else 1)) or not path.is_absolute():
            return ()

        def show(*bands: int) -> None:
            for band in bands:
                self._open(path, self._say_fault, (band,))

        def ask(first: int, after: int) -> None:
            step = 1
            while after - first > step * _MOST_CHOICES:
                step *= _MOST_CHOICES
            groups = ((begin, min(begin + step, after)) for begin in range(first, after, step))
            choices = tuple(
                (f"{begin + 1}", partial(show, begin)) if step == 1 else
                (f"{begin + 1}–{end}", partial(ask, begin, end)) for begin, end in groups
            )
            self.said.emit(Message("Which band?", choices=choices, topic="notes", document=document.id, waits=True))

        many = (("Each band", partial(show, *range(count))),) if count <= _MOST_CHOICES else ()
        return (("One band…", partial(ask, 0, count)), *many)

    def _enter(self, document: Document) -> None:
        """Take a document in, and look at it."""
        self._silence[document.id] = document.subscribe(
            lambda event: self._bridge.post(lambda: self._tell(document, event))
        )
        self.documents.append(document)
        self.documentsChanged.emit()
        self.show(document)
        if document.notices:
            self.said.emit(Message(" ".join(document.notices), document=document.id, stays=True, waits=True))

    def _tell(self, document: Document, event: DocumentEvent) -> None:
        if document in self.documents:
            if event.kind in ("failed", "saved"):  # a sentence, or none: what could not be written now is
                is_fault, topic = event.kind == "failed", f"{_SAVE} {document.id}"
                self.said.emit(Message(event.message, is_fault, topic=topic, document=document.id))
            self.documentEvent.emit(document, event)

    def _closed(self, document: Document, title: str, was_modified: bool) -> None:
        if not was_modified:
            return
        what = (
            "its steps are in no project file, and are kept until you discard them" if document.project is None else
            "what is new since it was saved is kept until you discard it"
        )  # fmt: skip
        text = f"Closed {title}; {what}."
        bring_back = partial(self.recovering.reopen, document.id)
        self.said.emit(Message(text, choices=(("Reopen", bring_back),), topic="close"))

    def _say_fault(self, error: Exception) -> None:
        self.said.emit(fault(error))

    def _say_unsaved(self, replace: Callable[[], None], error: Exception) -> None:
        """Say why a file was not written; where only its user can decide that, ask."""
        is_asked = isinstance(error, ProtectedFileError)
        choices = (("Replace it all the same", replace),) if is_asked else ()
        self.said.emit(fault(error, choices=choices, topic=_SAVE, waits=is_asked))


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False  # one of them is not there
