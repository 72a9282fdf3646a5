"""What torch shares with all that runs in its process. Imports no torch before it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def has_torch() -> bool:
    """Return whether torch is imported, and not only half because it failed."""
    return hasattr(sys.modules.get("torch"), "set_default_device")


def of_torch() -> tuple[tuple[Callable[[], Any], Callable[[Any], object]], ...]:
    """Return torch's settings, how each is asked for and set; those first that `defaults_of_torch` knows."""
    import torch

    return (
        (torch.get_default_dtype, torch.set_default_dtype),
        (torch.get_default_device, lambda device: torch.set_default_device(None if device.type == "cpu" else device)),
        (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
        (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
        (torch.is_grad_enabled, torch.set_grad_enabled),
        (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
        (torch.get_num_threads, torch.set_num_threads),
        # Convolutions without oneDNN are other pixels in the last digits, and slower.
        (torch._C._get_mkldnn_enabled, torch._C._set_mkldnn_enabled),
        (torch._C._get_cudnn_enabled, torch._C._set_cudnn_enabled),
        (torch._C._get_cudnn_benchmark, torch._C._set_cudnn_benchmark),
        (torch._C._get_cudnn_allow_tf32, torch._C._set_cudnn_allow_tf32),
        (_autocasts, _set_autocasts),
        (lambda: _TINY * 1.0 == 0.0, torch.set_flush_denormal),
        (lambda: torch.get_rng_state().numpy().tobytes(), _set_torch_state),
    )


def defaults_of_torch() -> tuple[Any, ...]:
    """Return what a torch that nobody has changed says of the first of its settings."""
    import torch

    return torch.float32, torch.device("cpu"), 0, False, True, "highest"


_TINY = 5e-324  # of the numbers that a processor may be told to take for zero
_CASTING = ("cpu", "cuda", "mps")


def _autocasts() -> list[tuple[bool, Any]]:
    import torch

    return [(torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)) for device in _CASTING]


def _set_autocasts(kept: list[tuple[bool, Any]]) -> None:
    import torch

    for device, (is_on, dtype) in zip(_CASTING, kept, strict=True):
        torch.set_autocast_enabled(device, is_on)
        torch.set_autocast_dtype(device, dtype)


def _set_torch_state(state: bytes) -> None:
    import torch

    torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))
