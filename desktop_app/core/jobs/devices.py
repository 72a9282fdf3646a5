"""Which devices there are, and which one is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.api.errors import ParameterError
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class DeviceInfo:
    """A device that tools can run on: its id as ``--device`` takes it, and a title for people."""

    id: str
    title: str


def available_devices() -> list[DeviceInfo]:
    """Return the devices of this machine, the fastest kind first; imports torch."""
    import torch

    cuda = [
        DeviceInfo(f"cuda:{index}", torch.cuda.get_device_name(index)) for index in range(torch.cuda.device_count())
    ]
    mps = [DeviceInfo("mps", "Apple GPU")] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, DeviceInfo("cpu", f"CPU, {counted(torch.get_num_threads(), 'thread')}")]


def resolve_device(wanted: str) -> torch.device:
    """Return the device meant by ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    Raises
    ------
    ParameterError
        If this machine has no such device.
    """
    import torch

    known = [device.id for device in available_devices()]
    if wanted == "auto":
        return torch.device(known[0])
    name = "cuda:0" if wanted == "cuda" else wanted
    if name not in known:
        raise ParameterError(f"expected a device out of auto, {', '.join(known)}, got {wanted!r}; choose one of these")
    return torch.device(name)
