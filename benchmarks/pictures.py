"""The test photos, and tools run on them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.application import Application
from desktop_app.core.evaluation.opinions import asked_of
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import TargetSpec, ToolRequest
from desktop_app.core.plugins.entries import ToolEntry

Planes = NDArray[np.float32]
FEW = "VERILENS_BENCH_PHOTOS"
_CHECKOUT = Path(__file__).resolve().parent.parent


def validation() -> Path | None:
    """Return the folder of test photos, ``val`` in ``$VERILENS_DATA`` or ``../shared/data``; None where absent."""
    folder = Path(os.environ.get("VERILENS_DATA", _CHECKOUT.parent / "shared" / "data")) / "val"
    return folder if folder.is_dir() else None


def photos(pattern: str) -> list[Path]:
    """Return test photos in order; only the first few where ``VERILENS_BENCH_PHOTOS`` says how many."""
    folder = validation()
    found = sorted(folder.glob(pattern)) if folder else []
    return found[: int(os.environ[FEW])] if FEW in os.environ else found


@cache
def planes_of(path: Path) -> Planes:
    """Return a photo as ``(C, H, W)`` float32."""
    return open_photo(path).raster.planes()


def noisy(planes: Planes, sigma: float, seed: int) -> Planes:
    """Return a photo with white noise of σ in 8-bit levels, not clipped."""
    noise = np.random.default_rng(seed).standard_normal(planes.shape)
    return (planes + noise * (sigma / 255)).astype(np.float32)


class Bench:
    """Runs tools as the window and the command line do."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.opinion = asked_of(application.engine)
        """The second opinion that scales of errors ask (`desktop_app.numerics.error_scale`)."""

    def tools(self, task: str) -> list[ToolEntry]:
        """Return the restorations of a task, in the tool list's order."""
        found = self._application.host.snapshot().tools
        return [tool for tool in found if tool.task == task and tool.kind == "restoration"]

    def add(self, file: Path) -> str:
        """Add a model's file, and return the model's id."""
        from desktop_app.core.models.adding import add_file

        return add_file(file, self._application.library, self._application.host).id

    def first_use(self, model: str) -> object:
        """Return a network that nothing is kept of yet, as its first use loads it."""
        import torch

        from desktop_app.core.models.networks import ModelStore

        return ModelStore(self._application.host, self._application.library).network(model, torch.device("cpu"))

    def has(self, tool: str) -> bool:
        """Whether there is such a tool."""
        return tool in self._application.host.snapshot().tools_by_id

    def run(
        self,
        tool: str,
        picture: Planes,
        params: Mapping[str, Any] | None = None,
        inputs: Mapping[str, Planes] | None = None,
        target: str | None = None,
    ) -> Planes:
        """Return what a tool makes of a picture, unrounded; `target` is the restoration that it asks, if any."""
        raster = Raster(np.ascontiguousarray(picture.transpose(1, 2, 0), np.float32))
        request = ToolRequest(tool, params or {}, subjects=(TargetSpec(target, {}),) if target else ())
        outcome = self._application.engine.run(request, raster, inputs=inputs or {}, exact_16=False)
        if outcome.raster is None:
            raise ValueError(f"expected a picture from {tool}, got maps only; measure a restoration")
        return outcome.raster.planes()


@contextmanager
def bench() -> Iterator[Bench]:
    """Yield a bench in a home of its own."""
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        try:
            yield Bench(application)
        finally:
            application.close()


def parameters(tool: ToolEntry) -> frozenset[str]:
    """Return the names of a tool's parameters."""
    return frozenset(tool.schema.get("properties", {}))
