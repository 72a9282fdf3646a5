"""Small restorations that can be asked how sure they are: by a variance head, by dropout, or by drawing again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.api import Map, Model, Result, Run, Tool
from desktop_app.core.jobs.suppliers import ToolSource
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.core.models.networks import ModelStore
from tests.support.networks import BUILT_IN_NETWORKS

__all__ = ["UNSURE", "Unsure", "UnsureNetworks", "drawn", "thinned"]

NETWORK = "testing.thin"
TOOLS = {one.id: one for one in (
    Tool(id="testing.drawn", title="Drawn", kind="restoration", version="1.0", stochastic=True, reach=0,
         algorithm="tests.support.restorations:drawn", summary="Adds what it made up, more of it to the right."),
    Tool(id="testing.thinned", title="Thinned", kind="restoration", version="1.0", models=(NETWORK,),
         algorithm="tests.support.restorations:thinned", summary="Smooths, with dropout, and knows its error."),
    Tool(id="testing.singly", title="Singly", kind="restoration", version="1.0", models=(NETWORK,),
         algorithm="tests.support.restorations:singly", summary="The same, one photo of a batch after the other."),
)}  # fmt: skip


def drawn(images: Tensor, _params: Any, run: Run) -> Result:
    """Return images ``(N, C, H, W)`` with noise whose standard deviation rises from 0 to 10 levels, left to right."""
    run.check()
    rising = torch.arange(1, images.shape[-1] + 1).to(images) / images.shape[-1] * 10.0 / 255.0
    return Result(image=images + run.randn(images) * rising)


def thinned(images: Tensor, _params: Any, run: Run) -> Result:
    """Smooth images ``(N, C, H, W)`` by a network, and say that it errs by what it changed."""
    run.check()
    smooth = run.network(NETWORK)(images)
    error = 255.0 * (smooth - images).square().mean(1).sqrt()
    own = Map(name="expected error", values=error, kind="uncertainty", unit="levels", meaning="How far it may be off.")
    return Result(image=smooth, maps=[own])


def singly(images: Tensor, params: Any, run: Run) -> Result:
    """Do what `thinned` does, photo by photo."""
    return Result(image=torch.cat([picture for one in images.split(1) if (picture := thinned(one, params, run).image)
                                   is not None]))  # fmt: skip


class Thin(nn.Module):
    """Eight blurs, of which some are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout2d(0.3)

    def forward(self, images: Tensor) -> Tensor:
        """Return the mean of eight blurs of images ``(N, C, H, W)``."""
        blurs = [F.avg_pool2d(F.pad(images.mean(1, keepdim=True), (size,) * 4, mode="replicate"), 2 * size + 1, 1)
                 for size in range(1, 5)]  # fmt: skip
        mixed: Tensor = self.drop(torch.cat(blurs * 2, dim=1)).mean(1, keepdim=True)
        return mixed.expand_as(images).contiguous()


class Unsure:
    """Where they are found, and others behind them."""

    def __init__(self, behind: ToolSource | None = None) -> None:
        self._behind = behind

    def tool(self, tool_id: str) -> Tool:
        """Return a descriptor; fails where there is none."""
        return TOOLS[tool_id] if self._behind is None or tool_id in TOOLS else self._behind.tool(tool_id)

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        """Return who brings it."""
        return "testing", self.tool(tool_id).version


UNSURE = Unsure()


class UnsureNetworks:
    """The built-in networks, and the thinned one."""

    def __init__(self, behind: ModelStore = BUILT_IN_NETWORKS) -> None:
        self._behind, self._thin = behind, Thin().eval().requires_grad_(False)

    def classifier(
        self, model_id: str, device: torch.device, check: Callable[[], None] = lambda: None
    ) -> LoadedClassifier:
        """Return one of those behind."""
        return self._behind.classifier(model_id, device, check)

    def descriptor(self, model_id: str) -> Any:
        """Return what is known of a network."""
        if model_id != NETWORK:
            return self._behind.descriptor(model_id)
        return Model(id=NETWORK, title="Thin", task="network", builder="tests.support.restorations:Thin")

    def network(self, model_id: str, device: torch.device, check: Callable[[], None] = lambda: None) -> nn.Module:
        """Return a network."""
        return self._thin if model_id == NETWORK else self._behind.network(model_id, device, check)
