"""Photos shared among hands: each once, none lost with its hand, and a photo that loses its hand twice is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import pytest

from desktop_app.api import Cancelled
from desktop_app.api.errors import ToolError
from desktop_app.core.batch.crew import IN_HAND, Event, Gate, worked_through
from desktop_app.core.batch.journal import Done
from desktop_app.core.batch.tasks import Task
from desktop_app.core.jobs.control import JobControl


class Scripted:
    """Hands in this thread: each turn every one of them does the first photo that it holds, or is lost over it.

    `deadly` says how often a photo still ends whoever holds it.
    """

    def __init__(self, deadly: dict[str, int] | None = None, *, dies_at_once: bool = False) -> None:
        self.deadly, self.dies_at_once = dict(deadly or {}), dies_at_once
        self.held: dict[int, deque[Task]] = {}
        self.most_held = self.hired = 0
        self.new: list[int] = []
        self.is_abandoned = False

    def room(self) -> int:
        return 3

    def hire(self) -> int:
        self.hired += 1
        self.held[self.hired] = deque()
        self.new.append(self.hired)
        return self.hired

    def give(self, hand: int, task: Task) -> None:
        self.held[hand].append(task)
        self.most_held = max(self.most_held, len(self.held[hand]))

    def heard(self, seconds: float) -> Sequence[Event]:
        if self.dies_at_once:
            return [Event(1, lost="exit code 1")]
        new, self.new = self.new, []
        return [*map(Event, new), *(self._turn(hand) for hand in list(self.held) if self.held[hand])]

    def _turn(self, hand: int) -> Event:
        task = self.held[hand][0]
        if self.deadly.get(task.photo.name, 0):
            self.deadly[task.photo.name] -= 1
            del self.held[hand]
            return Event(hand, lost="signal 9")
        return Event(hand, self.held[hand].popleft(), Done(str(task.photo), str(task.place)))

    def leave(self) -> Sequence[Event]:
        return [self._turn(hand) for hand in list(self.held) if self.held[hand]]

    def abandon(self) -> None:
        self.is_abandoned = True


def tasks(count: int) -> list[Task]:
    return [Task(Path(f"{number}.png"), Path(f"out/{number}.png")) for number in range(count)]


def work(hands: Scripted, count: int, workers: int = 3) -> dict[str, Done]:
    found = list(worked_through(hands, tasks(count), workers, JobControl()))
    assert len({task for task, _ in found}) == len(found) == count
    assert hands.is_abandoned
    return {task.photo.name: done for task, done in found}


def test_every_photo_is_done_once_and_nobody_holds_more_than_may_be_lost() -> None:
    hands = Scripted()
    done = work(hands, 20)
    assert all(one.error is None for one in done.values())
    assert (hands.hired, hands.most_held) == (3, IN_HAND)


@pytest.mark.parametrize("workers", [1, 3])
def test_what_a_lost_hand_held_is_done_by_another(workers: int) -> None:
    done = work(Scripted({"3.png": 1, "8.png": 1}), 10, workers)
    assert all(one.error is None for one in done.values())


@pytest.mark.parametrize("workers", [1, 3])
def test_a_photo_that_loses_its_hand_twice_is_told_and_stops_no_other(workers: int) -> None:
    done = work(Scripted({"3.png": 9, "9.png": 9}), 10, workers)
    assert {name for name, one in done.items() if one.error} == {"3.png", "9.png"}
    assert "lost twice (signal 9)" in str(done["3.png"].error)


def test_hands_that_never_begin_are_not_hired_for_ever() -> None:
    with pytest.raises(ToolError, match="ended before it began"):
        list(worked_through(Scripted(dies_at_once=True), tasks(3), 2, JobControl()))


def test_a_shut_gate_holds_photos_back_and_says_when_nothing_is_at_work() -> None:
    rests: list[int] = []
    found: list[Task] = []

    def go_on() -> None:
        rests.append(len(found))
        gate.open()

    gate = Gate(go_on)
    for task, _ in worked_through(Scripted(), tasks(12), 2, JobControl(), gate=gate):
        found.append(task)
        if len(found) == 3:
            gate.shut()
    assert len(set(found)) == len(found) == 12
    assert len(rests) == 1
    assert 3 <= rests[0] <= 3 + 2 * IN_HAND


def test_what_is_done_when_the_user_cancels_is_told() -> None:
    control, hands, found = JobControl(), Scripted(), []

    def take(task: Task) -> None:
        found.append(task)
        control.cancel()

    with pytest.raises(Cancelled):
        deque(take(task) for task, _ in worked_through(hands, tasks(10), 2, control))
    assert len(found) == len(set(found)) == 4  # of two hands: what each had done, and what it then still wrote
    assert hands.is_abandoned
