"""What every denoiser promises, whatever its method."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
import torch

from desktop_app.api import Tool
from desktop_app.testing import call_tool
from tests.support.restoring import disc, noisy, restoring, stripes

NAMES = (
    "analysis_ksvd", "bilateral", "bm3d", "dct", "ksvd", "nlm", "sparse_coding", "tikhonov", "total_variation",
    "transform_learning", "wavelet",
)
TOOLS: list[Tool] = [import_module(f"plugins.restoration.{name}.descriptor").verilens_tools()[0] for name in NAMES]
QUICKER: dict[str, dict[str, Any]] = {"denoise.analysis_ksvd": {"rounds": 1}, "denoise.ksvd": {"rounds": 2}}
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "denoise.sparse": [{"solver": "omp"}, {"solver": "lasso", "dictionary": "dct"}],
    "denoise.tikhonov": [{}, {"weight": 10.0}],
    "denoise.wavelet": [{"rule": "bayes"}, {"rule": "visu"}],
    "denoise.bm3d": [{}, {"sigma": 50.0}],
}
CASES = [(tool, QUICKER.get(tool.id, {}) | variant) for tool in TOOLS for variant in VARIANTS.get(tool.id, [{}])]
EACH = pytest.mark.parametrize(("tool", "params"), CASES, ids=lambda value: getattr(value, "id", str(value)))


@EACH
def test_without_noise_a_photo_stays(tool: Tool, params: dict[str, Any]) -> None:
    image = noisy(stripes(40, 40, 3), 10.0)
    assert restoring(tool)(image, **params | {"sigma": 0.0}).equal(image)


@EACH
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (5, 7), (8, 8), (9, 23)])
def test_small_and_flat_photos_stay(tool: Tool, params: dict[str, Any], shape: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    torch.testing.assert_close(restoring(tool)(flat, **{"sigma": 25.0} | params), flat, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_nothing_to_do_is_said_only_of_photos_that_stay(tool: Tool) -> None:
    faint = noisy(disc(80, 90), 0.5)
    result = call_tool(tool, torch.cat([torch.full_like(faint, 0.25), faint]), QUICKER.get(tool.id, {}))
    assert result.image is not None
    stays = [bool((restored - image).abs().max() < 1e-6) for restored, image in zip(
        result.image, (torch.full_like(faint[0], 0.25), faint[0]), strict=True)]
    assert stays == [True, False]
    assert [report["headline"].split(":")[0] for report in result.reports] == [
        "Nothing to do", "Hardly anything to do"]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_the_report_says_what_noise_was_assumed(tool: Tool) -> None:
    images = torch.cat([noisy(disc(80, 90), 20.0, seed) for seed in (0, 1)])
    params = QUICKER.get(tool.id, {})
    reports = call_tool(tool, images, params).reports
    assert [report["sigma_is_estimated"] for report in reports] == [True, True]
    assert [report["sigma"] for report in reports] == pytest.approx([20.0, 20.0], rel=0.15)
    given = call_tool(tool, images, params | {"sigma": 7.0}).reports[0]
    assert (given["sigma"], given["sigma_is_estimated"]) == (7.0, False)
