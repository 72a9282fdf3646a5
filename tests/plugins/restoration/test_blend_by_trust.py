"""Blending by trust: the restoration where it is sure, the photo where it guesses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from torch import Tensor

from desktop_app.api import Result, ToolError
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.core.steps.inputs import read_inputs
from desktop_app.testing.running import Bench
from desktop_app.testing.subjects import BLUR
from plugins.restoration.blend_by_trust.algorithm import trust_of
from plugins.restoration.blend_by_trust.descriptor import verilens_tools
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.opinions import Known

TOOL = verilens_tools()[0]
BENCH = Bench(TOOL, Known({BLUR.id: BLUR}), BUILT_IN_NETWORKS)


def picture(seed: int = 0) -> Tensor:
    return torch.rand(1, 3, 20, 24, generator=torch.Generator().manual_seed(seed))


def blended(images: Tensor, params: dict[str, Any] | None = None, **inputs: Tensor) -> Result:
    return BENCH.call(images, params or {}, targets=[TargetSpec(BLUR.id, {})], inputs=inputs)


def blurred(images: Tensor) -> Tensor:
    found = Bench(BLUR).call(images, {}).image
    assert found is not None
    return found


@pytest.mark.parametrize(("doubt", "is_restored"), [(0.5, True), (30.0, False)])
def test_sure_is_restored_and_a_guess_is_the_photo(doubt: float, is_restored: bool) -> None:
    images = picture()
    result = blended(images, map=torch.full((1, 1, 20, 24), doubt))
    assert result.image is not None
    torch.testing.assert_close(result.image, blurred(images) if is_restored else images)
    assert result.reports[0]["kept"] == float(is_restored)


def test_each_place_is_mixed_by_its_own_doubt_and_a_given_restoration_is_taken() -> None:
    images, restored = picture(), picture(1)
    doubt = torch.linspace(0.0, 12.0, 24).expand(1, 1, 20, 24)
    result = blended(images, {"threshold": 6.0, "softness": 8.0}, map=doubt, restored=restored)
    share = trust_of(doubt, 6.0, 8.0)
    assert result.image is not None
    torch.testing.assert_close(result.image, images + share * (restored - images))
    torch.testing.assert_close(result.maps[0].values, share[:, 0])
    assert bool((share.diff(dim=-1) <= 0).all()), "more doubt, less of it"


def test_without_softness_it_is_cut() -> None:
    assert trust_of(torch.tensor([1.0, 3.0, 3.1]), 3.0, 0.0).tolist() == [1.0, 1.0, 0.0]


def test_without_a_map_what_was_lost_counts() -> None:
    """The blur errs at edges and not in the plain: the photo is kept at the edges."""
    images = torch.full((1, 1, 40, 40), 0.2)
    images[..., 20:] = 0.9
    result = blended(images, {"threshold": 4.0, "softness": 2.0})
    trust = result.maps[0].values[0]
    assert float(trust[:, 19:21].mean()) < float(trust[:, :8].mean())


def test_a_grey_map_for_every_photo_of_a_batch() -> None:
    images = torch.cat([picture(0), picture(1)])
    result = blended(images, map=torch.full((1, 1, 20, 24), 30.0))
    assert result.image is not None
    torch.testing.assert_close(result.image, images)


def test_a_restoration_of_another_size_is_refused() -> None:
    with pytest.raises(ToolError, match="24×20"):
        Bench(TOOL, Doubling()).call(picture(), {}, targets=[TargetSpec("testing.larger", {})])


class Doubling:
    """Where a restoration is found that changes the size."""

    def tool(self, _tool_id: str) -> Any:
        from tests.plugins.uncertainty.test_spreads import KNOWN

        return KNOWN["testing.larger"]

    def plugin_of(self, _tool_id: str) -> tuple[str, str]:
        return "testing", "1"


def test_a_map_keeps_the_numbers_of_its_file(tmp_path: Path) -> None:
    levels = np.linspace(0.0, 40.0, 12, dtype=np.float32).reshape(3, 4)
    tifffile.imwrite(tmp_path / "spread.tif", levels)
    np.testing.assert_allclose(read_inputs({"map": str(tmp_path / "spread.tif")}, TOOL)["map"][0], levels)
