"""What the engine adds to a bare call of the same function, on 4 megapixels and on many photos; what tiles cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures import Planes, validation
from benchmarks.timing import Row, alternate, medians
from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.context import RunContext
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.loaded import validate_params
from desktop_app.core.jobs.request import ModelSpec, Outcome, ToolRequest
from desktop_app.core.jobs.stack import Sample
from desktop_app.core.jobs.worker import DeviceWorker
from desktop_app.core.models.networks import ModelStore
from desktop_app.core.plugins.entries import Snapshot

_EDGE = 2048
_MANY = 50
_IMAGES = "x"  # in the archive of CIFAR-10
_TOOLS = ("denoise.tv", "denoise.nlm")


def measure() -> list[Row]:
    """Return a row per tool for the worker's overhead, one for tiles, and one for a stack of photos under attack."""
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        worker = DeviceWorker()
        try:
            rows = [row for tool in _TOOLS for row in _rows(tool, application, worker)]
            return [*rows, attack_row(application.engine, application.models, application.host.snapshot())]
        finally:
            worker.shutdown()


def _rows(tool: str, application: Application, worker: DeviceWorker) -> list[Row]:
    import torch

    engine, raster = application.engine, _photo()
    loaded = engine.load(tool)
    params = validate_params(loaded.tool, {"sigma": 25.0})
    request = ToolRequest(tool, params.model_dump(mode="json"))
    run = _bare_run(engine)

    def bare() -> None:
        with torch.no_grad():
            images = torch.from_numpy(raster.planes())[None]
            prepared = loaded.prepare(images, params, run) if loaded.prepare else None
            loaded.function(images, params, replace(run, prepared=prepared))

    def on_worker(tile: str | int = "none") -> object:
        work = replace(request, tile=tile)
        job = worker.submit(lambda control: engine.run(work, raster, control=control), title=tool)
        return job.future.result()

    # Many runs: a few percent are asked for, and a shared machine's memory alone differs by more from run to run.
    seconds = medians(alternate({"bare": lambda: _on(worker, bare), "ours": on_worker}, count=12))
    cut = medians(alternate({"whole": on_worker, "tiled": lambda: on_worker(512)}, count=3))
    # Compared in float32: kept as uint16, an invisible change that crosses a rounding point would show as 1/65535.
    whole, tiled = (_planes(engine.run(replace(request, tile=tile), raster, exact_16=False)) for tile in ("none", 512))
    change = np.abs(whole - tiled).max()
    return [
        Row(f"{tool}, 4 MP RGB, on the worker", seconds["ours"], seconds["bare"], "the bare function", "≤ 1.05"),
        Row(
            f"{tool}, 4 MP RGB, tiles of 512", cut["tiled"], cut["whole"], "the whole photo", "–",
            note=f"largest change of a pixel {change:.1e}",
        ),
    ]


def attack_row(engine: Engine, models: ModelStore, snapshot: Snapshot) -> Row:
    """Return what attacking 50 small photos through the engine costs, over one bare batched call of the attack."""
    import torch

    loaded = engine.load("attack.pgd")
    params = validate_params(loaded.tool, {})
    name = next(model.id for model in snapshot.models if model.task == "classifier")
    photos = [Raster(pixels) for pixels in _small_photos()]
    request = ToolRequest("attack.pgd", params.model_dump(mode="json"), subjects=(ModelSpec(name),))
    context = RunContext(
        engine, torch.device("cpu"), [0] * _MANY, models=(models.classifier(name, torch.device("cpu")),)
    )
    images = torch.stack([torch.from_numpy(photo.planes()) for photo in photos])
    runs = {
        "bare": lambda: loaded.function(images, params, replace(context, streams=[])),
        "ours": lambda: list(engine.run_all(request, [Sample(photo) for photo in photos])),
    }
    seconds = medians(alternate(runs, count=7))
    return Row(
        f"attack.pgd, {_MANY} photos of 32×32, as a stack", seconds["ours"], seconds["bare"],
        "the bare function on the batch", "≤ 1.1", note="judged before and after, with reports and maps",
    )


def _small_photos() -> NDArray[np.uint8]:
    """Return 50 photos ``(50, 32, 32, 3)``: of CIFAR-10 where its test photos are there, else noise."""
    folder = validation()
    archive = folder / "cifar10_test_exact.npz" if folder else None
    if archive is not None and archive.is_file():
        return np.ascontiguousarray(np.load(archive)[_IMAGES][:_MANY])
    return np.random.default_rng(0).integers(0, 256, (_MANY, 32, 32, 3), np.uint8)


def _planes(outcome: Outcome) -> Planes:
    assert outcome.raster is not None  # both tools restore
    return outcome.raster.planes()


def _on(worker: DeviceWorker, call: Callable[[], None]) -> None:
    """Run the bare call on the worker's own thread, so that both have the same priority and threads."""
    worker.submit(lambda _: call(), title="bare").future.result()


def _bare_run(engine: Engine) -> RunContext:
    import torch

    return RunContext(engine, torch.device("cpu"), [0])


def _photo() -> Raster:
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:_EDGE, 0:_EDGE].astype(np.float32)
    base = 0.5 + 0.3 * np.sin(rows / 37) * np.cos(columns / 53)
    noisy = base[..., None] + rng.normal(0, 25 / 255, (_EDGE, _EDGE, 3))
    return Raster(np.rint(np.clip(noisy, 0, 1) * 255).astype(np.uint8))
