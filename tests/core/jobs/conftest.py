"""A host of three small tools, and a classifier that answers by brightness."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import AttackParams, Map, Model, Params, Result, Tool, param
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.models.loaded_classifier import LoadedClassifier


class BlurParams(Params):
    radius: int = param(2, help="More is softer.", unit="px", ge=0, le=20)


class PushParams(AttackParams):
    steps: int = param(1, help="More is stronger.", ge=1)
    direction: Literal["up", "down"] = param("up", help="Towards white or black.")


def box_blur(images: Tensor, params: Any, run: Any) -> Result:
    r = params.radius
    padded = nn.functional.pad(images, (r, r, r, r), mode="replicate")
    return Result(image=nn.functional.avg_pool2d(padded, 2 * r + 1, stride=1))


def push(images: Tensor, params: Any, run: Any) -> Result:
    step = 10.0 if params.direction == "up" else -10.0
    return Result(image=images + step, reports=[{"caveats": ["own"]} for _ in images])


def spread(images: Tensor, params: Any, run: Any) -> Result:
    runs = torch.stack([run.target(images + run.randn(images) * 0.01) for _ in range(4)])
    layer = Map(name="spread", values=runs.std(0).mean(1), kind="uncertainty", unit="levels", meaning="High is unsure.")
    return Result(image=run.target(images), maps=[layer], reports=[{"mean_std": 1.0}])


class Brightness(nn.Module):
    """Two classes: dark and bright, with a dropout layer to be left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(20.0))
        self.drop = nn.Dropout(0.5)

    def forward(self, images: Tensor) -> Tensor:
        mean = images.mean((1, 2, 3))
        return torch.stack([self.weight * (0.5 - mean), self.weight * (mean - 0.5)], 1)


@dataclass
class Tools:
    """A host of fixed tools."""

    known: dict[str, Tool]

    def tool(self, tool_id: str) -> Tool:
        return self.known[tool_id]

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        return "fake", "1.0"


@dataclass
class Nets:
    """One classifier."""

    module: nn.Module = field(default_factory=lambda: Brightness().eval().requires_grad_(False))

    def classifier(self, model_id: str, device: torch.device, check: Any = None) -> LoadedClassifier:
        descriptor = Model(
            id=model_id, title="Brightness", task="classifier", builder="x:y", weights=Path("w"), sha256="0" * 64,
            labels=("dark", "bright"),
        )
        return LoadedClassifier(descriptor, self.module)

    def network(self, model_id: str, device: torch.device, check: Any = None) -> nn.Module:
        return self.module

    def descriptor(self, model_id: str) -> Model:
        found = self.classifier(model_id, torch.device("cpu")).descriptor
        assert isinstance(found, Model)
        return found


FUNCTIONS: dict[str, Any] = {"fake:blur": box_blur, "fake:push": push, "fake:spread": spread}


def tool(tool_id: str, kind: Any, algorithm: str, **more: Any) -> Tool:
    return Tool(id=tool_id, title=tool_id, kind=kind, summary="For tests.", version="1.0", algorithm=algorithm, **more)


def register(tools: Any, functions: dict[str, Any], function: Any, **more: Any) -> ToolRequest:
    """Add a tool made of one function to the host, and return a request for it."""
    like = tools.known["fake.blur"]
    fields = {"id": "fake.new", "algorithm": "fake:new", "params": None, "reach": None} | more
    tools.known["fake.new"] = type(like)(**{**vars(like), **fields})
    functions["fake:new"] = function
    return ToolRequest("fake.new")


@pytest.fixture
def tools() -> Tools:
    known = [
        tool("fake.blur", "restoration", "fake:blur", params=BlurParams, reach=lambda p: p.radius, differentiable=True),
        tool("fake.push", "attack", "fake:push", params=PushParams, subjects=("classifier",)),
        tool("fake.spread", "uncertainty", "fake:spread", subjects=("restoration",), stochastic=True),
    ]
    return Tools({each.id: each for each in known})


@pytest.fixture
def nets() -> Nets:
    return Nets()


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the table in which the engine finds algorithms; a test may add to it."""
    table = dict(FUNCTIONS)
    monkeypatch.setattr("desktop_app.core.jobs.engine.load_function", table.__getitem__)
    return table


@pytest.fixture
def engine(tools: Tools, nets: Nets, functions: dict[str, Any]) -> Engine:
    return Engine(tools, nets)


@pytest.fixture
def raster() -> Raster:
    values = np.random.default_rng(0).integers(0, 120, (37, 53, 3), np.uint8)
    return Raster(values)
