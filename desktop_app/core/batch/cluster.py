"""Hands on a Ray cluster: actors that keep the tools and their networks loaded, wherever there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.batch.crew import IN_HAND, Event
from desktop_app.core.batch.stages import Made, Read, Wanted, read, work, write

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.batch.journal import Done
    from desktop_app.core.batch.tasks import Task

_ANSWER = 10.0  # seconds
_MISSING = "expected Ray for --engine ray, found none; install it: pip install 'verilens[ray]'"


class Cluster:
    """Starts actors, hands them photos, and hears of them; see `crew.Hands`.

    Parameters
    ----------
    address : str
        Of the cluster's head, ``"auto"``, or empty for a cluster of this machine alone.
    gpus : float, optional
        The share of a GPU that each actor is given; by default a whole one where the cluster has any.

    Raises
    ------
    InputError
        If Ray is not installed, or no cluster answers.
    """

    def __init__(
        self, application: Application, wanted: Wanted, *, address: str = "auto", gpus: float | None = None
    ) -> None:
        try:
            import ray
        except ImportError as error:
            raise InputError(_MISSING) from error
        self._ray: Any = ray
        _knock(address)
        try:
            ray.init(address or None, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            words = " ".join(str(error).split())
            raise InputError(f"expected a Ray cluster at {address!r}, but: {words}; start one: ray start "
                             "--head") from error
        has_gpu = bool(ray.cluster_resources().get("GPU"))
        self.gpus = (1.0 if has_gpu else 0.0) if gpus is None else gpus
        options = {"num_cpus": 1, "num_gpus": self.gpus, "max_restarts": 0, "max_concurrency": IN_HAND}
        self._actor: Any = ray.remote(**options)(Hand)
        self._given = ray.put((application, wanted))
        self._open: dict[int, Any] = {}
        self._awaited: dict[Any, int] = {}
        self._count = 0

    def room(self) -> int:
        """Return for how many actors there is room.

        Raises
        ------
        ParameterError
            If a GPU is asked for, and there is none.
        """
        found = self._ray.cluster_resources()
        if not self.gpus:
            return max(1, int(found.get("CPU", 1)))
        room = int(found.get("GPU", 0) / self.gpus)
        if not room:
            raise ParameterError(f"expected a cluster with GPUs of which {self.gpus} can be given, found "
                                 f"{found.get('GPU', 0):g}; leave --gpus out")
        return min(room, max(1, int(found.get("CPU", room))))

    def hire(self) -> int:
        """Start an actor; it waits for room in the cluster by itself."""
        self._count += 1
        actor = self._actor.remote(self._given)
        self._open[self._count] = actor
        self._awaited[actor.ready.remote()] = self._count
        return self._count

    def give(self, hand: int, task: Task) -> None:
        """Hand it a photo."""
        self._awaited[self._open[hand].do.remote(task)] = hand

    def heard(self, seconds: float) -> Sequence[Event]:
        """Return what was said, waiting so long for something."""
        if not self._awaited:
            return []
        found, _ = self._ray.wait(list(self._awaited), num_returns=1, timeout=seconds)
        more, _ = self._ray.wait(list(self._awaited), num_returns=len(self._awaited), timeout=0)
        events = [self._event(one) for one in dict.fromkeys((*found, *more))]
        return [event for event in events if event is not None]

    def leave(self) -> Sequence[Event]:
        """Let all go: an actor ends at once, and a file is there whole or not at all."""
        return ()

    def abandon(self) -> None:
        """End the actors, and let the cluster go."""
        for actor in self._open.values():
            self._ray.kill(actor)
        self._open.clear()
        self._awaited.clear()
        self._ray.shutdown()

    def _event(self, reference: Any) -> Event | None:
        hand = self._awaited.pop(reference, None)
        if hand is None or hand not in self._open:  # another of its photos has told that it is gone
            return None
        try:
            said: tuple[Task, Done] | None = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            del self._open[hand]
            self._awaited = {one: other for one, other in self._awaited.items() if other != hand}
            return Event(hand, lost=type(error).__name__)
        return Event(hand) if said is None else Event(hand, *said)


def _knock(address: str) -> None:
    """Refuse an address at which nobody answers: Ray itself would go on asking for many minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "://" in address:
        return
    import socket

    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER).close()
    except OSError as error:
        raise InputError(f"expected a Ray cluster at {address!r}, but: {error}; start one: ray start --head") from error


class Hand:
    """An actor: two photos at a time, of which one has the device while the other is read or written."""

    def __init__(self, given: tuple[Application, Wanted]) -> None:
        import threading

        import torch

        torch.set_num_threads(1)  # results are the same however many share the photos
        self._application, self._wanted = given
        self._device = threading.Lock()

    def ready(self) -> None:
        """Answer once it is there."""

    def do(self, task: Task) -> tuple[Task, Done]:
        """Do the steps on one photo."""
        import torch

        from desktop_app.core.jobs.control import JobControl

        torch.set_num_threads(1)  # this thread's own
        found: Read | Made | Done = read(self._wanted, task)
        if isinstance(found, Read):
            with self._device:
                found = work(self._application, self._wanted, found, JobControl())
        return task, write(self._wanted, found) if isinstance(found, Made) else found
