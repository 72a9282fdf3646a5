"""The precision of each network on this machine, measured once and kept: the same request gives the same picture."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args

from desktop_app.core.jobs.precision import Precision, Probe
from desktop_app.core.json_text import parsed_json


class Choices:
    """What was chosen, in memory and, where there is a folder, in a small file each.

    The first process to measure decides for all that come later, and for those that measured at the same time.

    Parameters
    ----------
    folder : Path, optional
        Where the files are; made when first needed. Whatever in it cannot be read is measured anew.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: dict[str, Precision] = {}

    def of(self, facts: Mapping[str, Any], measure: Callable[[], Probe]) -> Precision:
        """Return the precision for what the facts describe (network, machine, versions); measures if nobody has."""
        name = blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=12).hexdigest()
        if name not in self._known:
            self._known[name] = self._read(name) or self._write(name, facts, measure())
        return self._known[name]

    def _read(self, name: str) -> Precision | None:
        if self._folder is None:
            return None
        try:
            chosen = parsed_json((self._folder / f"{name}.json").read_text(encoding="utf-8"))["precision"]
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return next((precision for precision in get_args(Precision) if precision == chosen), None)

    def _write(self, name: str, facts: Mapping[str, Any], probe: Probe) -> Precision:
        """Keep a choice unless another process was faster; return the one that counts."""
        if self._folder is None:
            return probe.choice
        text = json.dumps({**facts, **vars(probe), "precision": probe.choice})
        final = self._folder / f"{name}.json"
        mine = self._folder / f".{name}.{os.urandom(6).hex()}.part"
        with suppress(OSError):  # a cache that cannot be written costs a measurement each time, and nothing else
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                mine.write_text(text, encoding="utf-8")
                self._put(mine, final)
            finally:
                mine.unlink(missing_ok=True)
        return self._read(name) or probe.choice

    def _put(self, mine: Path, final: Path) -> None:
        try:
            os.link(mine, final)  # unlike a renaming, it replaces nothing
        except OSError:
            if self._read(final.stem) is None:
                os.replace(mine, final)


def machine(device: Any) -> dict[str, Any]:
    """Return what a precision's speed and rounding depend on, beside the network: processor, threads, torch."""
    import torch

    on = torch.device(device)
    name = torch.cuda.get_device_name(on) if on.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    return {"torch": str(torch.__version__), "device": on.type, "processor": name, "threads": torch.get_num_threads()}
