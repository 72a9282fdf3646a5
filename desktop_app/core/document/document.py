"""A photo with its history: a tree of states that only `Document.commit` adds to, kept on disk as it grows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from desktop_app.api.errors import ParameterError
from desktop_app.core.document import commits, contents, history, project, store
from desktop_app.core.document.content import Content
from desktop_app.core.document.facts import Facts
from desktop_app.core.document.history import History
from desktop_app.core.document.pixels import Held, Pixels
from desktop_app.core.document.state import MAX_TITLE, DocumentEvent, EventKind, State
from desktop_app.core.document.view import View
from desktop_app.core.document.writer import Write, Writer
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import Outcome
from desktop_app.core.texts import legible

if TYPE_CHECKING:
    from desktop_app.core.atomic import Overwrite

Transaction = Callable[[sqlite3.Connection], None]


class Document(View):
    """One open photo or project; made by `Session`. May be used from any thread.

    Every change is shown at once and written by a thread of its own. Listeners are called in the order of the
    changes: with ``saved`` and ``failed`` on the writer's thread, with all else on the thread that made the change.
    They must return soon, and must not call `flush`, `save_as` or `close`: those wait for the writer, which waits for
    them.

    Parameters
    ----------
    writer : Writer
        The only one that writes to its database.
    path, pixels, facts, content
        See `View`.
    """

    def __init__(self, path: Path, writer: Writer, pixels: Pixels, facts: Facts, content: Content) -> None:
        super().__init__(path, pixels, facts, content)
        self._writer = writer
        self._is_closed = False
        # Keeps changes, their transactions and their events in one order. Who only looks needs no lock: the content is
        # replaced as a whole.
        self._changing = RLock()

    @classmethod
    def begin(
        cls, path: Path, writer: Writer, pixels: Pixels, facts: Facts, raster: Raster, stamp: commits.Stamp | None,
        first: Outcome | None = None,
    ) -> Document:
        """Return the document of a photo that was just read, and have the photo's own file written.

        Parameters
        ----------
        raster : Raster
            The photo's pixels.
        stamp : Stamp
            Of its file, taken before it was read.
        first : Outcome, optional
            Of camera raw, and of data that are no photo's: their first step, which is no change to be saved.
        """
        state = commits.opened_state(raster, legible(facts.source.name)[:MAX_TITLE])
        pixels.hold(state.id, Held(raster, {}, {}))
        document = cls(path, writer, pixels, facts, Content(history.begin(state.id), {state.id: state}))
        write = partial(commits.write_opened, state=state, raster=raster, source=facts.source, stamp=stamp)
        document._submit(state.id, partial(_with_facts, facts=facts, write=write))
        if first is not None:
            document.commit(state.id, first)
            document._unmodified = document._content.signature
            document._submit(document.cursor, None)
        return document

    def commit(self, parent: str, outcome: Outcome, title: str = "", *, begun_at: str | None = None) -> State:
        """Add a finished step to the tree, and put the cursor on it.

        Takes as long as a look through the maps; nobody waits for that but the caller.

        Parameters
        ----------
        parent : str
            The state it was made of; shown again if it was deleted meanwhile.
        outcome : Outcome
            Its pixels (none: the parent's), maps, artifacts and report; not to be changed any more.
        title : str
            What the history shows; the record's own title when empty.
        begun_at : str, optional
            Where the cursor stood when the step was begun: if the user has moved it since, it stays there.

        Raises
        ------
        ParameterError
            If there is no such parent, or the document is closed.
        ToolError
            If the report holds what JSON cannot, or a map is not finite.
        """
        make = commits.prepare(outcome, title or outcome.record.title)
        with self._changing:
            content = self._content
            name = history.new_id(content.tree)
            state = make(name, content.find(parent))
            self._pixels.hold(name, commits.held_by(outcome))
            tree = history.add(content.tree, parent, name, begun_at=begun_at)
            grown = replace(content.having(state), tree=tree)
            self._change("committed", name, grown, partial(commits.write_step, state=state, outcome=outcome))
            return self.states[name]

    def undo(self) -> str:
        """Move the cursor to the state before it, if there is one, and return the cursor."""
        return self._step(history.undo_target)

    def redo(self) -> str:
        """Move the cursor to its child that was visited last, if there is one, and return the cursor."""
        return self._step(history.redo_target)

    def jump(self, state_id: str) -> None:
        """Move the cursor to a state; ParameterError if it is not shown."""
        self._regrow("cursor", state_id, history.jump)

    def delete(self, state_id: str) -> None:
        """Hide a state and all that came of it, until `restore`; ParameterError if it is the root."""
        self._regrow("deleted", state_id, history.delete)

    def restore(self, state_id: str) -> None:
        """Show a deleted state again, with what it came of; ParameterError if there is no such state."""
        self._regrow("restored", state_id, history.restore)

    def rename(self, state_id: str, title: str) -> None:
        """Give a state another title; ParameterError if it is empty, too long, or there is no such state."""
        if not title.strip() or len(title) > MAX_TITLE:
            raise ParameterError(f"Expected a title of 1 to {MAX_TITLE} letters, got {len(title)}: type another.")
        with self._changing:
            renamed = self._content.having(replace(self._content.find(state_id), title=title))
            self._change("renamed", state_id, renamed, partial(contents.write_title, state=state_id, title=title))

    def flush(self) -> None:
        """Wait until all that was done is on the disk.

        Raises
        ------
        InputError
            If it cannot be written (a full disk); it stays in memory and is tried again.
        """
        self._require_open()
        self._writer.flush()

    def save_as(self, path: Path, *, overwrite: Overwrite = "unprotected") -> None:
        """Write the whole document as one project file, to which it then belongs.

        It takes as long as writing the file does: call it off the window's thread.

        Raises
        ------
        InputError
            If it cannot be written; an older file there stays as it was.
        ProtectedFileError
            If it is read-only, or open in another process, and `overwrite` is not ``"always"``: the user has to be
            asked.
        """
        saved = self._content.signature
        self.flush()
        project.save(self._path, path, overwrite=overwrite)
        with self._changing:
            self._unmodified = saved
            self._facts = replace(self._facts, project=path)
            self._change("project", self.cursor, self._content)

    def close(self, *, discard: bool = False) -> None:
        """Write what is left and let go of the database; it is kept, to be offered again, if something was changed.

        Parameters
        ----------
        discard : bool
            Whether to remove it in any case.

        Raises
        ------
        InputError
            If what is left cannot be written; the document then stays open.
        """
        with self._changing:
            if self._is_closed:
                return
            self._is_closed = True
        if not discard:
            self._flush_or_reopen()
        self._writer.close()
        self._pixels.close()
        if discard or not self.is_modified:
            store.remove(self._path)
        self._listeners.tell(DocumentEvent("closed", self.cursor))

    def _flush_or_reopen(self) -> None:
        try:
            self._writer.flush()
        except BaseException:
            self._is_closed = False
            raise

    def _require_open(self) -> None:
        if self._is_closed:
            raise ParameterError(f"Expected an open document, got the closed “{self.title}”: open it again.")

    def _step(self, target: Callable[[History], str | None]) -> str:
        with self._changing:
            there = target(self._content.tree)
            if there is not None:
                self.jump(there)
            return self.cursor

    def _regrow(self, kind: EventKind, state_id: str, grow: Callable[[History, str], History]) -> None:
        with self._changing:
            self._change(kind, state_id, replace(self._content, tree=grow(self._content.tree, state_id)))

    def _change(self, kind: EventKind, state_id: str, content: Content, write: Transaction | None = None) -> None:
        """Show a new content, have it written, and tell of it; called with `_changing` held."""
        self._require_open()
        before = self.cursor
        self._content = content
        self._submit(state_id, write)
        self._listeners.tell(DocumentEvent(kind, state_id))
        if kind != "cursor" and self.cursor != before:
            self._listeners.tell(DocumentEvent("cursor", self.cursor))

    def _submit(self, state_id: str, write: Transaction | None) -> None:
        facts = replace(self._facts, is_modified=self.is_modified)
        run = partial(_write_change, write=write, tree=self._content.tree, facts=facts)
        self._writer.submit(Write(run, partial(self._saved, state_id), partial(self._failed, state_id)))

    def _saved(self, state_id: str) -> None:
        with self._changing:
            state = self._content.find(state_id)
            if not state.is_saved:
                self._content = self._content.having(replace(state, is_saved=True))
                self._pixels.release(state_id)
                self._listeners.tell(DocumentEvent("saved", state_id))

    def _failed(self, state_id: str, message: str) -> None:
        with self._changing:
            self._listeners.tell(DocumentEvent("failed", state_id, f"{self.title}: {message}."))


def _write_change(connection: sqlite3.Connection, write: Transaction | None, tree: History, facts: Facts) -> None:
    if write is not None:
        write(connection)
    contents.write_tree(connection, tree)
    store.write_facts(connection, facts.changing())


def _with_facts(connection: sqlite3.Connection, facts: Facts, write: Transaction) -> None:
    store.write_facts(connection, facts.to_json())
    write(connection)
