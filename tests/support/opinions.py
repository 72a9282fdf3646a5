"""The second opinion that scales of errors ask, for tests without a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from desktop_app.api import Result, Tool
from desktop_app.numerics.error_scale import ASKED, asked_by
from desktop_app.testing.running import Bench
from plugins.restoration.deep.descriptor import verilens_tools
from tests.support.networks import BUILT_IN_NETWORKS

__all__ = ["ASK", "Known"]

DENOISER = verilens_tools()[0]
_BENCH = Bench(DENOISER, networks=BUILT_IN_NETWORKS)


def _call(_tool: str, photos: Tensor, params: Mapping[str, Any]) -> Result:
    return _BENCH.call(photos, params)


ASK = asked_by(_call)
"""As the program asks it."""


@dataclass(frozen=True)
class Known:
    """Where a tool finds others: the denoiser that gives second opinions, and those that a test names."""

    others: Mapping[str, Tool] = field(default_factory=dict)

    def tool(self, tool_id: str) -> Tool:
        return DENOISER if tool_id == ASKED[0] else self.others[tool_id]

    def plugin_of(self, _tool_id: str) -> tuple[str, str]:
        return "testing", "1"
