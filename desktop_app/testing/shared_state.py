"""What the whole process shares, of which no tool and no network changes anything."""

from __future__ import annotations

import builtins
import logging
import os
import random
import time
import warnings
from types import ModuleType

import numpy as np
import torch

_OF_OTHERS: tuple[ModuleType | type, ...] = (
    builtins, os, random, time, np, torch, torch.nn.functional, torch.Tensor, torch.nn.Module,
)


def process_state() -> dict[str, object]:
    """Return what the whole process shares and no tool may change, by name."""
    kind, keys, *rest = np.random.get_state()
    return {
        "Python's random state": random.getstate(),
        "NumPy's random state": (kind, np.asarray(keys).tobytes(), tuple(rest)),
        "torch's random state": torch.get_rng_state().numpy().tobytes(),
        "torch's default dtype": torch.get_default_dtype(),
        "torch's default device": torch.get_default_device(),
        "torch's number of threads": torch.get_num_threads(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's deterministic mode": torch.are_deterministic_algorithms_enabled(),
        "torch's anomaly mode": torch.is_anomaly_enabled(),
        "NumPy's error handling": np.geterr(),
        "the working directory": os.getcwd(),
        "the environment": dict(os.environ),
        "the warning filters": list(warnings.filters),
        "the root logger": (logging.root.level, list(logging.root.handlers)),
        "the program's priority": os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0,
    }


def functions_of_others() -> dict[str, int]:
    """Return the identity of every function of Python, NumPy and torch that others call, by its full name."""
    return {
        f"{home.__name__}.{name}": id(value)
        for home in _OF_OTHERS for name, value in list(vars(home).items()) if callable(value)
    }
