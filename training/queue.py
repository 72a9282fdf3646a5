"""Trainings one after the other, in the background: ``python -m training.queue`` works through what waits.

``… add RECIPE [OPTION…]`` puts one at the end, ``… show`` says what is trained, what waits and how good it is,
``… remove NUMBER`` takes one out. Whatever stops the queue, the same call goes on where it was.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from desktop_app.api.errors import ParameterError, VerilensError
from desktop_app.core.atomic import write_whole
from desktop_app.core.private import private_folder
from desktop_app.core.processes import is_running
from desktop_app.core.settings import data_folder
from training.loop import CURVE
from training.recipes import begun
from training.telling import time_left

__all__ = ["Waiting", "load", "main", "shown", "work"]

_NICENESS = 19
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux
_BARS = "▁▂▃▄▅▆▇█"
_POINTS = 24  # of a curve


@dataclass(frozen=True)
class Waiting:
    """A training: the words of its command line, and how it fared so far ("waits", "done", or why it failed)."""

    words: tuple[str, ...]
    fared: str = "waits"


def load(folder: Path) -> list[Waiting]:
    """Return the trainings in their order.

    Raises
    ------
    VerilensError
        If the file is damaged.
    """
    file = folder / "queue.json"
    if not file.is_file():
        return []
    try:
        return [Waiting(tuple(row["words"]), row["fared"]) for row in json.loads(file.read_bytes())]
    except (ValueError, KeyError, TypeError) as error:
        raise VerilensError(f"expected a list of trainings in {str(file)!r}, got a damaged file; remove it and add "
                            "them again") from error


def work(folder: Path) -> int:
    """Train what waits or failed before, one after the other, each in a process of its own; return how many failed.

    Raises
    ------
    VerilensError
        If another process is at it.
    """
    claim = folder / "queue.pid"
    if claim.is_file() and (process := int(claim.read_text() or 0)) and is_running(process) and process != os.getpid():
        raise VerilensError(f"expected nobody else at the queue, but process {process} works through it; see it with "
                            "python -m training.queue show")
    write_whole(claim, str(os.getpid()).encode())
    tried: set[tuple[str, ...]] = set()
    while words := next((one.words for one in load(folder) if one.fared != "done" and one.words not in tried), None):
        tried.add(words)
        print(f"verilens train {' '.join(words)}", flush=True)
        _keep(folder, [Waiting(words, _trained(words)) if one.words == words else one for one in load(folder)])
    claim.unlink()
    return sum(one.fared != "done" for one in load(folder))


def shown(folder: Path) -> list[str]:
    """Return a line for each training: its number, how it fared, and its held-out curve."""
    lines = []
    for number, one in enumerate(load(folder), 1):
        name, options = begun(one.words)
        lines.append(f"{number}  {name:<20} {one.fared:<8} {_curve(options.folder / CURVE)}".rstrip())
    return lines or ["nothing waits; add a training with python -m training.queue add RECIPE"]


def main(words: Sequence[str]) -> int:
    """Do what the command line says."""
    folder = private_folder(data_folder() / "training")
    match list(words):
        case []:
            failed = work(folder)
            print("\n".join(shown(folder)))
            return min(failed, 1)
        case ["add", name, *options]:
            if begun([name, *options])[1].fresh:  # whatever is wrong is told now rather than when its turn comes
                raise ParameterError("expected a training that goes on when the queue was stopped, got --fresh; leave "
                                     "it out")
            _keep(folder, [*load(folder), Waiting((name, *options))])
        case ["remove", number] if number.isdecimal() and 0 < int(number) <= len(load(folder)):
            _keep(folder, [one for place, one in enumerate(load(folder), 1) if place != int(number)])
        case ["-h" | "--help"]:
            print(__doc__)
            return 0
        case ["show"]:
            pass
        case _:
            raise ParameterError("expected nothing, show, add RECIPE [OPTION…] or remove NUMBER, got "
                                 f"{' '.join(words)!r}; see python -m training.queue --help")
    print("\n".join(shown(folder)))
    return 0


def _keep(folder: Path, trainings: Sequence[Waiting]) -> None:
    write_whole(folder / "queue.json", json.dumps([asdict(one) for one in trainings], indent=1).encode())


def _trained(words: Sequence[str]) -> str:
    command = [sys.executable, "-m", "desktop_app.cli", "train", *words]
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False,
                          preexec_fn=partial(_step_back, library))
    said = done.stderr.strip().splitlines()[-1:] or [f"it ended with {done.returncode}"]
    return "done" if done.returncode == 0 else f"failed: {said[0].removeprefix('verilens: ')}"


def _step_back(library: ctypes.CDLL | None) -> None:
    """Give way to others, and end with a queue that is killed: a second one would train in the same folder."""
    os.nice(_NICENESS)
    if library is not None:
        library.prctl(_END_WITH_PARENT, signal.SIGTERM)


def _curve(file: Path) -> str:
    """Return the last row of a run's curve, and bars for its first held-out figure along the way."""
    if not file.is_file():
        return ""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    figures = [name for name in rows[-1] if name not in ("step", "seconds", "loss")] or ["loss"]
    values = [row[figures[0]] for row in rows[:: max(len(rows) // _POINTS, 1)]] + [rows[-1][figures[0]]]
    low, span = min(values), (max(values) - min(values)) or 1.0
    bars = "".join(_BARS[round((value - low) / span * (len(_BARS) - 1))] for value in values)
    last = "  ".join(f"{name} {rows[-1][name]:.4g}" for name in figures)
    return f"step {rows[-1]['step']} after {time_left(rows[-1]['seconds'])}  {bars}  {last}"


if __name__ == "__main__":
    from desktop_app.cli.console import Console

    raise SystemExit(Console().guard(lambda: main(sys.argv[1:])))
