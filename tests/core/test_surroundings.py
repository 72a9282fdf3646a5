"""Whatever code does to the process around it, the next code finds it as it was."""

from __future__ import annotations

import gc
import locale
import logging
import os
import random
import signal
import subprocess
import sys
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
    "NumPy's errors": (np.geterr, lambda: np.seterr(all="raise")),
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
