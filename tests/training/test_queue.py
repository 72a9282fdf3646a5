"""Trainings one after the other: what a killed queue leaves behind."""

from __future__ import annotations

import subprocess
import sys
from time import monotonic, sleep

import pytest

from desktop_app.core.processes import is_running
from training.queue import main

_QUEUE = """
import ctypes, subprocess
from functools import partial
from training.queue import _step_back
training = subprocess.Popen(["sleep", "60"], preexec_fn=partial(_step_back, ctypes.CDLL(None)))
print(training.pid, flush=True)
training.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_training_ends_with_a_queue_that_is_killed() -> None:
    """Else the queue that is started again would train in the same folder at the same time."""
    with subprocess.Popen([sys.executable, "-c", _QUEUE], stdout=subprocess.PIPE, text=True) as queue:
        assert queue.stdout is not None
        training = int(queue.stdout.readline())
        assert is_running(training)
        queue.kill()
    until = monotonic() + 20.0
    while is_running(training) and monotonic() < until:
        sleep(0.05)
    assert not is_running(training)


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_who_asks_for_help_is_told_what_can_be_asked_for(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ("add RECIPE", "show", "remove NUMBER"))
