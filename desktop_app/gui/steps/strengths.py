"""Makes the shown step stronger or weaker: its kept result is mixed with its input, on a branch beside it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.core.jobs.request import FULL_STRENGTH
from desktop_app.core.steps.strength import can_change, changed_strength, full_of, known_at
from desktop_app.gui.documents.pictures import Picture, load_picture
from desktop_app.gui.panels.messages import Message, fault
from desktop_app.gui.steps.work import mixed_patch
from desktop_app.gui.viewmodel.parameters import with_strength

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.core.document.state import State
    from desktop_app.gui.canvas import PreviewPatch
    from desktop_app.gui.documents.picture import PictureKeeper
    from desktop_app.gui.documents.viewer import Viewer
    from desktop_app.gui.layout.parts import Parts
    from desktop_app.gui.steps.replays import Replays
    from desktop_app.gui.threads.background import Background

_Pair = tuple[tuple[str, str], Picture, Picture]  # of which state: the input of its step, and its result
_TOPIC = "strength"
_LANE = "strength"  # of previews: of those that are asked for while the slider moves only the newest counts


class Strengths(QObject):
    """Joins the slider below the history with the shown state.

    Signals
    -------
    said : Message
        A sentence for the user.
    """

    said = Signal(object)

    def __init__(
        self, parts: Parts, viewer: Viewer, keeper: PictureKeeper, background: Background, replays: Replays,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._parts, self._viewer, self._keeper = parts, viewer, keeper
        self._background, self._replays = background, replays
        self._step: tuple[str, str] | None = None  # a document, and the state with the shown step's own result
        self._pair: _Pair | None = None
        self._is_making = False  # until then the slider stands where it was let go
        parts.strength.moved.connect(self._preview)
        parts.strength.settled.connect(self.change)
        viewer.updated.connect(self._show)

    def change(self, strength: float) -> None:
        """Show the shown step at a strength: as it is in the history already, else made and put there."""
        document, state = self._viewer.document, self._viewer.state
        if document is None or state is None or state.record is None or not can_change(document, state):
            return
        known = known_at(document, state, strength)
        if known is not None:
            self._keeper.show_preview(None)
            document.restore(known.id)
            self._viewer.jump(known.id)
            self._tidy(document, state, known)
            return

        def work() -> State:
            outcome = changed_strength(document, state, strength)
            full = full_of(document, state)
            title = with_strength(state.title if full is None else full.title, strength)
            return document.commit(state.parent or document.root, outcome, title, begun_at=state.id)

        self._is_making = True
        done = partial(self._made, document, state)
        self._background.run(work, done, partial(self._failed, document), must_finish=True)

    def _show(self) -> None:
        if self._is_making:
            return
        document, state = self._viewer.document, self._viewer.state
        full = full_of(document, state) if document is not None and state is not None else None
        step = (document.id, full.id) if document is not None and full is not None else None
        is_same = step is not None and step == self._step
        self._step, self._pair = step, self._pair if is_same else None
        is_open = document is not None and state is not None and can_change(document, state)
        record = state.record if state is not None and is_open else None
        self._parts.strength.show_strength(record.strength if record is not None else None, is_same_step=is_same)

    def _preview(self, strength: float) -> None:
        """Lay what is seen of the photo over it, at a strength."""
        document, state = self._viewer.document, self._viewer.state
        full = full_of(document, state) if document is not None and state is not None else None
        if document is None or state is None or full is None or full.parent is None:
            return
        before, place, known = full.parent, (document.id, full.id), self._pair
        canvas = self._parts.canvas
        view, zoom = canvas.visible_region(), canvas.view().zoom
        loaded = self._keeper.loaded(before), self._keeper.loaded(full.id)

        def work() -> tuple[_Pair, PreviewPatch]:
            if known is not None and known[0] == place:
                pair = known
            else:
                pair = place, loaded[0] or load_picture(document, before), loaded[1] or load_picture(document, full.id)
            return pair, mixed_patch(pair[1], pair[2], strength, view, zoom)

        def show(made: tuple[_Pair, PreviewPatch]) -> None:
            self._pair = made[0]
            shown = self._viewer.state
            if shown is not None and shown.id == state.id:
                self._keeper.show_preview(made[1])

        self._background.run(work, show, partial(self._failed, document), lane=_LANE)

    def _made(self, document: Document, old: State, new: State) -> None:
        """Offer to do again what came after the step, which stands on a branch of its own now."""
        self._is_making = False
        self._show()
        self._tidy(document, old, new)
        later = _later(document, old)
        if not later:
            return
        is_one = len(later) == 1
        came = "The step that came after it is" if is_one else f"The {len(later)} steps that came after it are"
        text = f"“{new.title}” is a branch of its own. {came} on the old one."
        redo = (f"Do {'it' if is_one else 'them'} again here", partial(self._redo, document, later, new.id))
        self.said.emit(Message(text, choices=(redo,), topic=_TOPIC, document=document.id))

    @staticmethod
    def _tidy(document: Document, old: State, new: State) -> None:
        """Hide a strength that was only tried; it can be brought back, and is when it is asked for again."""
        known = document.states.get(old.id)
        is_trial = known is not None and known.record is not None and known.record.strength != FULL_STRENGTH
        if is_trial and known is not None and not known.children and document.cursor == new.id != old.id:
            document.delete(old.id)

    def _redo(self, document: Document, later: tuple[str, ...], parent: str) -> None:
        self.said.emit(Message("", topic=_TOPIC))
        self._replays.redo(document, later, parent)

    def _failed(self, document: Document, error: Exception) -> None:
        self._is_making = False
        self._keeper.show_preview(None)
        self._show()
        self.said.emit(fault(error, topic=_TOPIC, document=document.id))


def _later(document: Document, state: State) -> tuple[str, ...]:
    """Return the states that came after another, on the branch that was begun last."""
    found: list[str] = []
    children = document.states[state.id].children if state.id in document.states else ()
    while children:
        found.append(children[-1])
        children = document.states[children[-1]].children
    return tuple(found)
