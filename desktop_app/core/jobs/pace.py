"""How long a job will still take, by its pace of late."""

from __future__ import annotations

_LEAST_SECONDS, _LEAST_FRACTION = 0.3, 0.02


class Pace:
    """Follows a job's progress.

    What a job does before it can say how far it is (loading libraries, looking at the whole photo) tells nothing about
    the rest, nor does its beginning about its end: the pace is that of the later half of what is done.

    Examples
    --------
    >>> pace = Pace()
    >>> [pace.seconds_left(second, fraction) for second, fraction in ((8.0, 0.0), (9.0, 0.1), (10.0, 0.2))]
    [None, 9.0, 8.0]
    """

    def __init__(self) -> None:
        self._marks = [(0.0, 0.0)]

    def seconds_left(self, elapsed: float, fraction: float) -> float | None:
        """Return the time left at the pace so far; None while too little is done to say.

        Parameters
        ----------
        elapsed : float
            Seconds since the job began.
        fraction : float
            How much of it is done, from 0 to 1.
        """
        if fraction < self._marks[-1][1]:
            self._marks.clear()  # it began anew, with smaller tiles
        self._marks.append((elapsed, fraction))
        while len(self._marks) > 1 and self._marks[1][1] <= fraction / 2:
            self._marks.pop(0)
        since, before = self._marks[0]
        took, done = elapsed - since, fraction - before
        if fraction <= _LEAST_FRACTION or took <= _LEAST_SECONDS or done <= 0.0:
            return None
        return took * (1.0 - fraction) / done
