"""Whatever code does to the process around it, the next code finds it as it was."""

from __future__ import annotations

import decimal
import gc
import locale
import logging
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from desktop_app.core.surroundings import surroundings_restored


def _umask() -> int:
    os.umask(mask := os.umask(0o077))
    return mask


def _count_otherwise() -> None:
    """Set another locale for numbers: a window that was opened before has taken the environment's."""
    locale.setlocale(locale.LC_NUMERIC, "C.UTF-8" if locale.setlocale(locale.LC_NUMERIC) == "C" else "C")


def _travel() -> None:
    os.environ["TZ"] = "Asia/Kolkata"
    time.tzset()


def _take_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))


_VANDALS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "dtype": (torch.get_default_dtype, lambda: torch.set_default_dtype(torch.float64)),
    "device": (torch.get_default_device, lambda: torch.set_default_device("meta")),
    "threads": (torch.get_num_threads, lambda: torch.set_num_threads(torch.get_num_threads() + 1)),
    "deterministic": (
        torch.are_deterministic_algorithms_enabled, lambda: torch.use_deterministic_algorithms(True),
    ),
    "anomaly": (torch.is_anomaly_enabled, lambda: torch.autograd.set_detect_anomaly(True, check_nan=False)),
    "gradients": (torch.is_grad_enabled, lambda: torch.set_grad_enabled(not torch.is_grad_enabled())),
    "products": (torch.get_float32_matmul_precision, lambda: torch.set_float32_matmul_precision("medium")),
    "torch's randomness": (lambda: torch.get_rng_state().tolist(), lambda: torch.manual_seed(99)),
    "NumPy's randomness": (lambda: repr(np.random.get_state()), lambda: np.random.seed(99)),
    "Python's randomness": (random.getstate, lambda: random.seed(99)),
    "folder": (os.getcwd, lambda: os.chdir("/")),
    "new variable": (lambda: dict(os.environ), lambda: os.environ.update(VERILENS_VANDAL="1")),
    "lost variable": (lambda: dict(os.environ), lambda: os.environ.pop("PATH")),
    "import path": (lambda: list(sys.path), lambda: sys.path.insert(0, "/nowhere")),
    "handler": (lambda: signal.getsignal(signal.SIGINT), lambda: signal.signal(signal.SIGINT, lambda *_: None)),
    "filters": (lambda: list(warnings.filters), lambda: warnings.simplefilter("ignore")),
    "locale": (lambda: locale.setlocale(locale.LC_ALL), _count_otherwise),
    "oneDNN": (lambda: torch.backends.mkldnn.enabled, lambda: setattr(torch.backends.mkldnn, "enabled", False)),
    "umask": (_umask, lambda: os.umask(0)),
    "garbage": (gc.isenabled, gc.disable),
    "logging": (lambda: logging.root.manager.disable, lambda: logging.disable(logging.CRITICAL)),
    "root logger": (
        lambda: (logging.root.level, list(logging.root.handlers)), lambda: logging.basicConfig(level=1, force=True),
    ),
    "NumPy's errors": (np.geterr, lambda: np.seterr(all="raise")),
    "NumPy's printing": (lambda: repr(np.get_printoptions()), lambda: np.set_printoptions(precision=2)),
    "time zone": (lambda: time.localtime(0).tm_gmtoff, _travel),
    "decimals": (lambda: repr(decimal.getcontext()), lambda: setattr(decimal.getcontext(), "prec", 3)),
    "tiny numbers": (lambda: float(torch.tensor(1e-40) * 1.0), lambda: torch.set_flush_denormal(True)),
    "alarm": (lambda: signal.getitimer(signal.ITIMER_REAL)[0] > 0.0, lambda: signal.alarm(600)),
    "limits": (lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0], _take_files),
    "tracing": (sys.getprofile, lambda: sys.setprofile(lambda *_: None)),
    "switching": (sys.getswitchinterval, lambda: sys.setswitchinterval(0.5)),
    "garbage's thresholds": (gc.get_threshold, lambda: gc.set_threshold(1, 1, 1)),
    "threads' faults": (lambda: threading.excepthook, lambda: setattr(threading, "excepthook", print)),
    "autocast": (
        lambda: torch.is_autocast_enabled("cpu"), lambda: torch.set_autocast_enabled("cpu", True),
    ),
    "cuDNN": (
        lambda: torch.backends.cudnn.benchmark, lambda: setattr(torch.backends.cudnn, "benchmark", True),
    ),
    "output": (lambda: sys.stdout, lambda: setattr(sys, "stdout", None)),
}


@pytest.mark.parametrize("what", _VANDALS)
@pytest.mark.parametrize("raises", [False, True])
def test_it_comes_back(what: str, raises: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ask, break_it = _VANDALS[what]
    before = ask()
    try:
        with surroundings_restored():
            break_it()
            changed = ask()
            if raises:
                raise RuntimeError
    except RuntimeError:
        assert raises
    assert changed != before, "the vandal does nothing"
    assert ask() == before


def test_a_folder_that_is_gone_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with surroundings_restored():
        os.chdir(tmp_path)
    assert Path.cwd() == tmp_path


def test_torch_is_not_imported_and_one_that_comes_in_gets_its_defaults() -> None:
    code = """
import sys
from desktop_app.core.surroundings import surroundings_restored
with surroundings_restored():
    pass
assert 'torch' not in sys.modules and 'numpy' not in sys.modules
with surroundings_restored():
    import torch
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
print(torch.get_default_dtype(), torch.is_grad_enabled())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["torch.float32", "True"]


_CLOSING = {
    "the stream": "sys.stdout.close(); sys.stderr.close()",
    "the file": "import os; os.close(1); os.close(2)",
    "the way": "import os; os.dup2(os.open(os.devnull, os.O_WRONLY), 1); os.dup2(1, 2)",
}


@pytest.mark.parametrize("what", _CLOSING)
def test_output_that_code_closes_goes_on(what: str, tmp_path: Path) -> None:
    code = f"""
import os, sys
from desktop_app.core.surroundings import surroundings_restored
print("ours")
with surroundings_restored():
    print("theirs")
    {_CLOSING[what]}
print("ours again")
print("and here", file=sys.stderr)
os.write(1, b"written\\n")
assert open({str(tmp_path / "new")!r}, "w").fileno() > 2
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.split("\n"), done.stderr) == (["ours", "theirs", "ours again", "written", ""], "and here\n")
