"""Photos shared among several hands: each has one at work and one to go on with, and none is lost with its hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from desktop_app.api.errors import ToolError
from desktop_app.core.batch.journal import Done
from desktop_app.core.batch.stages import fault
from desktop_app.core.batch.tasks import Task
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    from desktop_app.core.jobs.control import JobControl

IN_HAND = 2
"""Photos that a hand holds: one is worked on, the next is read or the last is written meanwhile."""
_LOST_TWICE = ("expected the process that worked on it to go on, but it was lost twice ({}); there may be too little "
               "memory for this photo: do it alone, or make it smaller")
_WAIT = 0.2  # seconds, after which it is asked whether the user has cancelled


@dataclass(frozen=True)
class Event:
    """What a hand says: that it can be given photos, what came of one, or (``lost`` says why) that it is gone."""

    hand: int
    task: Task | None = None
    done: Done | None = None
    lost: str | None = None


class Hands(Protocol):
    """Those who do the work, wherever they are."""

    def room(self) -> int:
        """Return for how many there is room."""

    def hire(self) -> int:
        """Start one more, and return by what it is known."""

    def give(self, hand: int, task: Task) -> None:
        """Hand it a photo; that it is gone is said by `heard` alone."""

    def heard(self, seconds: float) -> Sequence[Event]:
        """Return what was said, waiting so long for something."""

    def leave(self) -> Sequence[Event]:
        """Let all go, and return what was still said of photos that are done."""

    def abandon(self) -> None:
        """Let all go without waiting; after `leave` nothing is left to do."""


class Gate:
    """Holds further photos back while it is shut; then says, once, that nothing is at work any more.

    Parameters
    ----------
    on_rest : callable
        Called when nothing is at work, on the thread that shares the photos out.
    """

    def __init__(self, on_rest: Callable[[], None] = lambda: None) -> None:
        self._on_rest = on_rest
        self.is_shut = self._has_said = False

    def shut(self) -> None:
        """Hand no more photos out."""
        self.is_shut = True

    def open(self) -> None:
        """Go on."""
        self.is_shut = self._has_said = False

    def rests(self) -> None:
        """Say that nothing is at work."""
        if self.is_shut and not self._has_said:
            self._has_said = True
            self._on_rest()


@dataclass
class _Crew:
    """Who holds what."""

    hands: Hands
    most: int
    left: Iterator[Task | None]
    is_over: bool = False  # whether no more photos come
    open: deque[Task] = field(default_factory=deque)
    suspects: deque[Task] = field(default_factory=deque)  # a hand was lost while it held them: each is tried alone
    held: dict[int, list[Task]] = field(default_factory=dict)
    ready: set[int] = field(default_factory=set)
    tried_alone: set[Task] = field(default_factory=set)
    was_anyone_ready: bool = False

    @property
    def is_at_work(self) -> bool:
        return any(self.held.values())

    def look_for_more(self) -> bool:
        """Return whether there is a photo to hand out."""
        if not self.open and not self.is_over:
            try:
                following = next(self.left)
            except StopIteration:
                self.is_over = True
            else:
                self.open.extend([] if following is None else [following])
        return bool(self.open)

    def with_room(self, most: int) -> int | None:
        """Return a hand that is ready and holds fewer photos: the emptiest one."""
        rooms = {hand: len(held) for hand, held in self.held.items()
                 if hand in self.ready and not self.tried_alone.intersection(held)}  # fmt: skip
        free = min(rooms, key=lambda hand: rooms[hand], default=None)
        return free if free is not None and rooms[free] < most else None

    def give(self, hand: int, task: Task) -> None:
        self.held[hand].append(task)
        self.hands.give(hand, task)


def worked_through(
    hands: Hands, tasks: Iterable[Task | None], count: int, control: JobControl, *, total: int = 0,
    gate: Gate | None = None,
) -> Iterator[tuple[Task, Done]]:  # fmt: skip
    """Have every photo done by so many hands, and yield what came of each as it is done.

    The photos of a hand that is lost (it was killed, memory ran out, its machine is gone) go to another one, each
    alone; one with which a hand is lost again is told as a fault.

    Parameters
    ----------
    tasks : iterable of Task or None
        None says that there is no further photo yet.
    total : int
        How many they are, for the progress; 0 where nobody knows.
    gate : Gate, optional
        Holds further ones back.

    Raises
    ------
    Cancelled
        If the user asked for it, once what is done was yielded.
    ToolError
        If hands are lost before they can be given anything.
    """
    crew, gate, finished = _Crew(hands, count, iter(tasks)), gate or Gate(), 0
    try:
        while not control.is_cancelled:
            if not gate.is_shut:
                _hand_out(crew)
            if not crew.is_at_work:
                gate.rests()
                if crew.is_over and not crew.open and not crew.suspects:
                    break
            for event in hands.heard(_WAIT):
                done = _taken(crew, event)
                if done is not None:
                    finished += 1
                    yield done
            if total and not control.is_cancelled:
                control.progress(min(1.0, finished / total), f"{finished} of {counted(total, 'photo')}")
        for event in hands.leave():
            if event.task is not None and event.done is not None:
                yield event.task, event.done
    finally:
        hands.abandon()
    control.check()


def _hand_out(crew: _Crew) -> None:
    if crew.suspects or crew.look_for_more():
        while len(crew.held) < crew.most:  # at the first photo, and for one that was lost
            crew.held[crew.hands.hire()] = []
    while crew.suspects and (hand := crew.with_room(1)) is not None:
        crew.tried_alone.add(crew.suspects[0])
        crew.give(hand, crew.suspects.popleft())
    while (hand := crew.with_room(IN_HAND)) is not None and crew.look_for_more():
        crew.give(hand, crew.open.popleft())


def _taken(crew: _Crew, event: Event) -> tuple[Task, Done] | None:
    """Take what a hand said; return what came of a photo, if that is what it was."""
    if event.lost is None:
        crew.ready.add(event.hand)
        crew.was_anyone_ready = True
        if event.task is None or event.done is None:
            return None
        crew.held[event.hand].remove(event.task)
        return event.task, event.done
    if not crew.was_anyone_ready:
        raise ToolError(f"expected processes that share the photos, but one ended before it began ({event.lost}); try "
                        "with one worker")
    held = crew.held.pop(event.hand)
    crew.suspects.extend(task for task in held if task not in crew.tried_alone)
    lost = next((task for task in held if task in crew.tried_alone), None)
    return None if lost is None else (lost, fault(lost, _LOST_TWICE.format(event.lost), ToolError.exit_code))
