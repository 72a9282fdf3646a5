"""Kills a program at work, again and again, and looks whether anything that was shown as saved is lost.

Each round starts a program that opens a photo and commits steps without end, renaming, deleting and undoing in between.
It prints a state's id and a digest of its pixels and map when, and only when, the document says that it is saved. At a
moment drawn by chance it is killed with SIGKILL; then the document must be recoverable and hold every printed state,
pixel for pixel.

Run it with ``python -m benchmarks.kill_loop --rounds 50``.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image

from desktop_app.core.document.document import Document
from desktop_app.core.document.session import Session
from desktop_app.core.document.state import DocumentEvent
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import MapLayer, Outcome, StepRecord

_READY = "ready"
_START_LIMIT = 60.0


@dataclass(frozen=True)
class Round:
    """What one round came to; `steps` were recovered, `lost` are those of the printed ones that were not."""

    printed: int
    steps: int
    lost: tuple[str, ...]


def made_outcome(seed: int, height: int, width: int) -> Outcome:
    """Return a step that nothing but its seed decides: a noisy 16-bit picture and a map."""
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 65536, (height, width, 3), dtype=np.uint16)
    values = generator.random((height, width), dtype=np.float32)
    record = StepRecord("test.noise", "degradation", f"Noise {seed}", "test", "1.0", {"level": seed}, seed)
    layer = MapLayer("spread", "uncertainty", "levels", "High where it is noisy.", "inferno", values)
    return Outcome(record, Raster(pixels), (layer,), {"seed": seed})


def digest_of(document: Document, state_id: str) -> str:
    """Return a digest of all that a state shows."""
    found = sha256(document.raster(state_id).pixels.tobytes())
    for info in {**document.states, **document.hidden}[state_id].maps:
        found.update(document.map(state_id, info.name).values.tobytes())
    return found.hexdigest()


def work(folder: Path, photo: Path, seed: int) -> None:
    """Open a photo and commit steps until somebody kills the process."""
    chance = random.Random(seed)
    sys.stdout.write(f"{_READY}\n")
    sys.stdout.flush()
    document = Session(folder).open_photo(photo)
    digests = {document.root: digest_of(document, document.root)}

    def tell(event: DocumentEvent) -> None:
        if event.kind == "saved":
            os.write(1, f"{event.state_id} {digests[event.state_id]}\n".encode())

    document.subscribe(tell)
    if document.states[document.root].is_saved:
        tell(DocumentEvent("saved", document.root))
    height, width = (getattr(document.states[document.root], side) for side in ("height", "width"))
    for number in range(1, 1_000_000):
        outcome = made_outcome(seed + number, height, width)
        assert outcome.raster is not None
        expected = sha256(outcome.raster.pixels.tobytes())
        expected.update(outcome.maps[0].values.tobytes())
        digests[f"s{number}"] = expected.hexdigest()
        meddle(document, document.commit(document.cursor, outcome).id, chance)


def meddle(document: Document, state_id: str, chance: random.Random) -> None:
    """Do now and then what a user does between two steps."""
    what = chance.randrange(6)
    if what == 0:
        document.rename(state_id, f"renamed {state_id}")
    elif what == 1:
        document.undo()
    elif what == 2:
        document.delete(state_id)
    elif what == 3:
        document.flush()


def run_round(folder: Path, photo: Path, seed: int) -> Round:
    """Start the program, kill it, recover its document, and compare."""
    command = [sys.executable, "-m", "benchmarks.kill_loop", "--work", str(folder), str(photo), str(seed)]
    delay, early = random.Random(seed).uniform(0.0, 1.2), seed // 1000 % 4 == 3
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        if program.stdout.readline().strip() != _READY:
            raise RuntimeError(f"expected the program to start, but it ended with {program.wait(_START_LIMIT)}")
        # Three rounds of four are killed after something was shown, the fourth perhaps before the photo is written.
        first = "" if early else program.stdout.readline()
        time.sleep(delay)
        if program.poll() is not None:
            raise RuntimeError(f"expected the program to work until it is killed, but it ended with {program.poll()}")
        program.kill()
        printed = dict(line.split() for line in (first + program.stdout.read()).splitlines() if line.count(" ") == 1)
    return compare(folder, printed)


def compare(folder: Path, printed: dict[str, str]) -> Round:
    """Recover what is in the folder, and say which of the printed states it has not as they were."""
    session = Session(folder, cache_bytes=0)
    left = session.recoverable()
    if not left:
        return Round(len(printed), 0, tuple(printed))
    document = session.recover(left[0])
    known = {**document.states, **document.hidden}
    lost = tuple(name for name, digest in printed.items() if name not in known or digest_of(document, name) != digest)
    document.close(discard=True)
    return Round(len(printed), len(known) - 1, lost)


def main() -> int:
    """Run the rounds, print one line each, and return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--size", type=int, nargs=2, default=(900, 700), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", nargs=3, metavar=("FOLDER", "PHOTO", "SEED"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(Path(options.work[0]), Path(options.work[1]), int(options.work[2]))
    with tempfile.TemporaryDirectory() as home:
        photo = Path(home, "photo.png")
        generator = np.random.default_rng(options.seed)
        Image.fromarray(generator.integers(0, 256, (*reversed(options.size), 3), dtype=np.uint8)).save(photo)
        rounds = []
        for number in range(options.rounds):
            rounds.append(run_round(Path(home, f"session-{number}"), photo, options.seed + 1000 * number))
            print(f"round {number + 1}: {rounds[-1]}", flush=True)
    lost = sum(len(each.lost) for each in rounds)
    shown, kept = sum(each.printed for each in rounds), sum(each.steps for each in rounds)
    print(f"{len(rounds)} rounds, {shown} states shown as saved, {kept} steps recovered, {lost} lost")
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
