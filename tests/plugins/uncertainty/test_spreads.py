"""Spreads of several results: of tools, and Stein's estimate, where the answer is known."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import Result, Tool, ToolError
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.testing.running import Bench
from plugins.uncertainty.common.spreads import spread_of
from plugins.uncertainty.ensemble_tools.descriptor import verilens_tools as ensemble_tools
from plugins.uncertainty.sure.descriptor import verilens_tools as sure


def tool(name: str, **more: Any) -> Tool:
    return Tool(id=f"testing.{name}", title=name, kind="restoration", summary="Does.", version="1",
                algorithm=f"tests.plugins.uncertainty.test_spreads:{name}", **more)  # fmt: skip


def darker(images: Tensor, _params: Any, _run: Any) -> Result:
    return Result(image=0.8 * images)


def lighter(images: Tensor, _params: Any, _run: Any) -> Result:
    return Result(image=1.2 * images)


def larger(images: Tensor, _params: Any, _run: Any) -> Result:
    return Result(image=images.repeat_interleave(2, -1).repeat_interleave(2, -2))


KNOWN = {one.id: one for one in (
    tool("darker"), tool("lighter"), tool("larger", scale=2),
)}  # fmt: skip


class Known:
    """Where the restorations in question are found."""

    def tool(self, tool_id: str) -> Tool:
        return KNOWN[tool_id]

    def plugin_of(self, _tool_id: str) -> tuple[str, str]:
        return "testing", "1"


def asked(of: Tool, images: Tensor, *names: str, **params: Any) -> Result:
    targets = [TargetSpec(f"testing.{name}", {}) for name in names]
    return Bench(of, Known()).call(images, params, targets=targets)


def test_a_spread_is_that_of_the_results() -> None:
    results = torch.rand(7, 2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    mean, deviation, count = spread_of(iter(results))
    assert count == 7
    torch.testing.assert_close(mean, results.mean(0))
    torch.testing.assert_close(deviation, results.std(0))


def test_tools_that_disagree_give_their_mean_and_their_spread() -> None:
    images = torch.rand(1, 3, 8, 9, generator=torch.Generator().manual_seed(1))
    found = asked(ensemble_tools()[0], images, "darker", "lighter")
    assert found.image is not None
    torch.testing.assert_close(found.image, images)
    # two values d apart have the standard deviation d/√2
    torch.testing.assert_close(found.maps[0].values, 255.0 * (0.4 * images / 2**0.5).square().mean(1).sqrt())
    assert found.reports[0]["tools"] == ["testing.darker", "testing.lighter"]
    assert found.reports[0]["target_coverage"] is None


def test_one_tool_or_sizes_that_differ_are_refused() -> None:
    images = torch.rand(1, 3, 8, 9)
    with pytest.raises(ToolError, match="two or more restorations"):
        asked(ensemble_tools()[0], images, "darker")
    with pytest.raises(ToolError, match="results of one size, got 9×8 and 18×16"):
        asked(ensemble_tools()[0], images, "darker", "larger")


@pytest.mark.parametrize("name", ["darker", "lighter"])
def test_steins_estimate_is_the_true_error_of_a_known_shrinking(name: str) -> None:
    """Of f(y) = c y the error is known: (c - 1)² |x|² + c² σ²."""
    sigma = 20.0
    clean = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(2))
    noisy = clean + torch.randn(clean.shape, generator=torch.Generator().manual_seed(3)) * sigma / 255.0
    found = asked(sure()[0], noisy, name, sigma=sigma)
    assert found.image is not None
    true = float((found.image - clean).square().mean().sqrt() * 255.0)
    (report,) = found.reports
    assert report["rmse_estimated"] == pytest.approx(true, rel=0.03)
    assert report["psnr_estimated"] == pytest.approx(-20 * float(torch.tensor(true / 255.0).log10()), abs=0.3)


def test_steins_map_is_high_where_the_error_is() -> None:
    clean = torch.zeros(1, 1, 64, 64)
    clean[..., 32:] = 1.0
    noisy = clean + torch.randn(clean.shape, generator=torch.Generator().manual_seed(4)) * 5.0 / 255.0
    values = asked(sure()[0], noisy, "darker", sigma=5.0, radius=4).maps[0].values[0]
    assert float(values[:, 40:].mean()) == pytest.approx(51.0, rel=0.1), "white loses a fifth"
    assert float(values[:, :24].mean()) < 6.0


def test_steins_estimate_refuses_what_changes_the_size() -> None:
    with pytest.raises(ToolError, match="expected a denoiser"):
        asked(sure()[0], torch.rand(1, 3, 12, 12), "larger", sigma=10.0)
