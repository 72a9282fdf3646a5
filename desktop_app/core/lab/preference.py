"""A blind comparison: pairs in random order, votes, and how sure one can be of the preference."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any, Literal, NamedTuple

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.atomic import write_whole
from desktop_app.core.json_text import parsed_json

Answer = Literal["left", "right", "neither"]
_FORMAT = 1
_NORMAL_95 = 1.959964  # the normal distribution's 97.5% point


@dataclass(frozen=True)
class Trial:
    """One question: which crop of which pair is shown, which of the two stands left, and the answer.

    ``first`` and ``second`` are indices into the study's candidates; ``left``, ``top``, ``width``, ``height`` are the
    crop in pixels.
    """

    first: int
    second: int
    first_is_left: bool
    left: int
    top: int
    width: int
    height: int
    answer: Answer | None = None

    @property
    def preferred(self) -> int | None:
        """The candidate that was voted for; None for neither, and before the vote."""
        if self.answer not in ("left", "right"):
            return None
        return self.first if (self.answer == "left") == self.first_is_left else self.second


class Preference(NamedTuple):
    """How often one candidate was preferred to another, with the 95% interval of the true share.

    ``share``, ``low`` and ``high`` leave the undecided out; without a decided vote they are 0.5, 0 and 1.
    """

    first: int
    second: int
    wins: int
    losses: int
    undecided: int
    share: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether one half lies outside the interval."""
        return not self.low <= 0.5 <= self.high


@dataclass(frozen=True)
class Study:
    """Candidates by name, and the trials in the order in which they are asked."""

    names: tuple[str, ...]
    trials: tuple[Trial, ...]
    seed: int

    @property
    def next(self) -> int | None:
        """The first trial without an answer; None when all are answered."""
        return next((index for index, trial in enumerate(self.trials) if trial.answer is None), None)

    def answered(self, answer: Answer) -> Study:
        """Return the study with the next trial answered.

        Raises
        ------
        ParameterError
            If every trial has its answer already.
        """
        index = self.next
        if index is None:
            raise ParameterError("expected a trial without an answer, got a finished study; begin another")
        trials = (*self.trials[:index], replace(self.trials[index], answer=answer), *self.trials[index + 1 :])
        return replace(self, trials=trials)

    def undone(self) -> Study:
        """Return the study without its last answer."""
        index = len(self.trials) if self.next is None else self.next
        kept = self.trials[: max(index - 1, 0)]
        return replace(self, trials=kept + tuple(replace(trial, answer=None) for trial in self.trials[len(kept) :]))

    def preferences(self) -> tuple[Preference, ...]:
        """Return the result of every pair that was shown, in the candidates' order."""
        pairs = sorted({(trial.first, trial.second) for trial in self.trials})
        return tuple(self._preference(first, second) for first, second in pairs)

    def _preference(self, first: int, second: int) -> Preference:
        votes = [trial for trial in self.trials if (trial.first, trial.second) == (first, second)]
        wins = sum(trial.preferred == first for trial in votes)
        losses = sum(trial.preferred == second for trial in votes)
        undecided = sum(trial.answer == "neither" for trial in votes)
        share = wins / (wins + losses) if wins + losses else 0.5
        return Preference(first, second, wins, losses, undecided, share, *wilson(wins, wins + losses))


def plan(names: Sequence[str], size: tuple[int, int], trials: int, seed: int, crop: int = 320) -> Study:
    """Return a study of every pair of candidates: each pair equally often, at random places, in random order.

    Parameters
    ----------
    names : sequence of str
        At least two.
    size : tuple of int
        The pictures' common width and height.
    trials : int
        How many questions are asked of each pair; each candidate stands left in half of them.
    seed : int
        The same seed gives the same study.
    crop : int
        Largest side of what is shown, in pixels; a smaller picture is shown whole.

    Raises
    ------
    ParameterError
        If there are fewer than two candidates, or no trials.
    """
    if len(names) < 2 or trials < 1:
        raise ParameterError(
            f"expected two candidates or more and one trial or more, got {len(names)} and {trials}; choose more"
        )
    chance = random.Random(seed)
    width, height = (min(side, crop) for side in size)
    questions = []
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            sides = [number % 2 == 0 for number in range(trials)]
            chance.shuffle(sides)
            for is_left in sides:
                left, top = chance.randint(0, size[0] - width), chance.randint(0, size[1] - height)
                questions.append(Trial(first, second, is_left, left, top, width, height))
    chance.shuffle(questions)
    return Study(tuple(names), tuple(questions), seed)


def wilson(wins: int, count: int, quantile: float = _NORMAL_95) -> tuple[float, float]:
    """Return the interval of a share of which `wins` of `count` were seen; (0, 1) of nothing.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927,
    doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    if count == 0:
        return 0.0, 1.0
    share, square = wins / count, quantile**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    reach = quantile / (1 + square / count) * sqrt(share * (1 - share) / count + square / (4 * count**2))
    return (middle - reach if wins else 0.0), (middle + reach if wins < count else 1.0)


def save(study: Study, path: Path) -> None:
    """Write a study with its votes as JSON, whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_whole(path, (json.dumps({"verilens_study": _FORMAT, **asdict(study)}, indent=2) + "\n").encode())


def load(path: Path) -> Study:
    """Read what `save` wrote.

    Raises
    ------
    InputError
        If it cannot be read, or holds no study.
    """
    try:
        value: Any = parsed_json(path.read_bytes())
        if value["verilens_study"] != _FORMAT:
            raise ValueError(f"version {value['verilens_study']}")
        trials = tuple(Trial(**trial) for trial in value["trials"])
        return Study(tuple(value["names"]), trials, int(value["seed"]))
    except OSError as error:
        raise InputError(f"expected a study at {str(path)!r}, but: {error.strerror}; check the path") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"expected a study in {str(path)!r}, got something else ({error}); choose another") from error


def sentence(study: Study, result: Preference) -> str:
    """Return the result of one pair in words."""
    first, second = study.names[result.first], study.names[result.second]
    if not result.wins + result.losses:
        return f"“{first}” and “{second}”: no vote for either yet ({result.undecided} undecided)."
    verdict = "clear at 95%" if result.is_clear else "not clear at 95%"
    return (
        f"“{first}” was preferred to “{second}” in {result.wins} of {result.wins + result.losses} decided votes: "
        f"{result.share:.0%}, between {result.low:.0%} and {result.high:.0%}, {verdict} "
        f"({result.undecided} undecided)."
    )
