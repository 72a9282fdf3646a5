"""A window over real documents, with tools that take no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.api import InputSpec, Params, Tool, ToolError, param
from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster, convert_depth
from desktop_app.core.jobs import worker
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.loaded import Sizes, sizes_of, validate_params
from desktop_app.core.jobs.memory import Forecast
from desktop_app.core.jobs.request import MapLayer, Outcome, StepRecord, ToolRequest
from desktop_app.core.plugins.entries import ModelEntry, PluginEntry, Snapshot, ToolEntry
from desktop_app.gui.app import create_window
from desktop_app.gui.shell.window import MainWindow

_LOCALE = "Detected locale"  # without UTF-8, which Qt mends by itself
_OFFSCREEN = ("propagateSizeHints", r"does not support raise\(\)", "does not support grabbing")
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bear what Qt's off-screen platform says about itself."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore(_LOCALE, *_OFFSCREEN))


class LightParams(Params):
    """How much light is added."""

    amount: float = param(10.0, help="More is lighter.", unit="levels", ge=0, le=255, soft=(0, 50), step=1)


class FakeHost:
    """A few tools, a classifier, and no plugin behind them."""

    def __init__(self) -> None:
        self.tools = {tool.id: tool for tool in _tools()}

    def cached(self) -> Snapshot:
        return self.snapshot()

    def snapshot(self) -> Snapshot:
        plugins = (
            PluginEntry(name="denoise.light", distribution="verilens", version="1", tools=("denoise.light",)),
            PluginEntry(name="broken", distribution="other", version="2", status="disabled", reason="You disabled it."),
        )
        return Snapshot(tuple(map(_entry, self.tools.values())), _models(), plugins, "1")

    def tool(self, tool_id: str) -> Tool:
        return self.tools[tool_id]


class FakeGuard:
    """No program ended in anybody's tool."""

    def ended_runs(self) -> list[tuple[str, str]]:
        return []


class FakeEngine:
    """Adds light, or measures, waits, fails."""

    def __init__(self, host: FakeHost) -> None:
        self._host = host
        self.requests: list[ToolRequest] = []

    def sizes(self, request: ToolRequest) -> tuple[Tool, Sizes]:
        tool = self._host.tool(request.tool)
        return tool, sizes_of(tool, validate_params(tool, request.params))

    def forecast(self, request: ToolRequest, raster: Raster, icc: bytes | None = None) -> Forecast:
        return Forecast(1, 2, None)

    def run(self, request: ToolRequest, raster: Raster, *, control: JobControl, **_more: Any) -> Outcome:
        self.requests.append(request)
        record = StepRecord(
            request.tool, self._host.tool(request.tool).kind, request.tool, "test", "1",
            request.params, request.seed, request.subjects,
        )  # fmt: skip
        if request.tool == "denoise.slow":
            control.progress(0.5, "half")
            while True:
                control.check()
        if request.tool == "denoise.faulty":
            raise ToolError("expected a better photo, got this one; take another")
        if request.tool == "uncertainty.measure":
            values = raster.pixels[..., 0].astype(np.float32)
            return Outcome(record, None, (MapLayer("spread", "uncertainty", "levels", "Much.", "viridis", values),))
        if request.tool == "uncertainty.bounds":
            return Outcome(record, None, _bounds(raster.pixels[..., 0].astype(np.float32)))
        control.progress(0.5)
        lighter = convert_depth(raster.pixels, "8").astype(np.int32) + round(request.params["amount"])
        return Outcome(record, Raster(np.clip(lighter, 0, 255).astype(np.uint8)))


class FakeApplication(Application):
    """The real settings and session, with that host and engine."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._host = FakeHost()
        self._engine = FakeEngine(self._host)
        self._guard = FakeGuard()

    @property
    def host(self) -> FakeHost:  # type: ignore[override] # the real one has more
        return self._host

    @property
    def engine(self) -> FakeEngine:  # type: ignore[override] # the real one has more
        return self._engine

    @property
    def guard(self) -> FakeGuard:  # type: ignore[override] # the real one has more
        return self._guard


@pytest.fixture(autouse=True)
def no_button_left_pressed(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a mouse button pressed: Qt would tell all that come after it of a drag."""
    yield
    assert qapp.mouseButtons() == Qt.MouseButton.NoButton


@pytest.fixture
def application(tmp_path: Path) -> FakeApplication:
    return FakeApplication(tmp_path / "home")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return a file of 48 × 32 pixels of known grey."""
    from PIL import Image

    path = tmp_path / "photo.png"
    Image.fromarray(np.full((32, 48, 3), 100, np.uint8)).save(path)
    return path


@pytest.fixture
def open_window(
    application: FakeApplication, home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., MainWindow]]:
    """Return a function that opens a window with files and waits until they are shown.

    The application has a home of its own: in the one that it would have by default nothing may appear. Its worker is
    no nicer than the test that waits for it: on a busy machine it would hardly come to work.
    """
    monkeypatch.setattr(worker, "_lower_priority", lambda: None)
    windows: list[MainWindow] = []

    def make(*paths: Path) -> MainWindow:
        window = create_window([str(path) for path in paths], application)
        windows.append(window)
        window.resize(1360, 860)  # the screen of the off-screen platform is smaller than any that people have
        window.show()
        qtbot.waitUntil(lambda: len(window.rooms.workspace.documents) == len(paths), timeout=60_000)
        if paths:
            qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=60_000)
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()
    # At once, and here: the cyclic collector would do it on whatever thread it runs, which Qt does not survive.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert list(home.iterdir()) == []


def _tools() -> list[Tool]:
    shared = {"version": "1", "algorithm": "a:b"}
    return [
        Tool(
            id="denoise.light", title="Light", kind="restoration", summary="Adds light.", params=LightParams, reach=0,
            **shared,
        ),
        Tool(
            id="denoise.masked", title="Masked", kind="restoration", summary="Wants a mask.", params=LightParams,
            inputs=(InputSpec("mask", "mask", "Where.", required=True),), **shared,
        ),
        Tool(
            id="denoise.unmasked", title="Unmasked", kind="restoration", summary="May have a mask.", params=LightParams,
            inputs=(InputSpec("mask", "mask", "Where."),), **shared,
        ),
        Tool(id="denoise.slow", title="Slow", kind="restoration", summary="Never ends.", **shared),
        Tool(id="denoise.faulty", title="Faulty", kind="restoration", summary="Fails.", **shared),
        Tool(
            id="uncertainty.measure", title="Measure", kind="uncertainty", summary="Measures.", stochastic=True,
            subjects=("classifier", "restoration"), **shared,
        ),
        Tool(id="uncertainty.bounds", title="Bounds", kind="uncertainty", summary="Gives bounds.", **shared),
    ]  # fmt: skip


def _bounds(values: np.ndarray[Any, np.dtype[np.float32]]) -> tuple[MapLayer, ...]:
    """Return the bounds of values, ten levels to both sides, and a change with and without its direction."""
    known: dict[str, Any] = {"standing": "calibrated", "checked": {"on": "two photos", "n": 2, "alpha": 0.1}}
    change = np.full_like(values, -3.0)
    return (
        MapLayer("lower", "estimate", "1", "Low.", "gray", (values - 10) / 255, **known),
        MapLayer("upper", "estimate", "1", "High.", "gray", (values + 10) / 255, **known),
        MapLayer("change", "perturbation", "levels", "How far.", "magma", abs(change)),
        MapLayer("signed change", "perturbation", "levels", "Where to.", "RdBu_r", change),
    )


def _entry(tool: Tool) -> ToolEntry:
    return ToolEntry(
        id=tool.id, kind=tool.kind, task=tool.task, title=tool.title, summary=tool.summary, version="1", plugin="test",
        plugin_version="1", distribution="test", schema=tool.params.model_json_schema() if tool.params else {},
        inputs=tuple(asdict(given) for given in tool.inputs), subjects=tool.subjects, stochastic=tool.stochastic,
    )  # fmt: skip


def _models() -> tuple[ModelEntry, ...]:
    return (
        ModelEntry(
            id="m", title="Model", task="classifier", version="1", weights="w", sha256="0", labels=("cat", "ship")
        ),
    )
