"""A restoration's doubt: over seeds, by its variance head, by dropout, and the two parts of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import Result, Tool, ToolError
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.testing.running import Bench
from plugins.uncertainty.common import standing
from plugins.uncertainty.heteroscedastic.descriptor import verilens_tools as heteroscedastic
from plugins.uncertainty.mc_dropout.descriptor import verilens_tools as mc_dropout
from plugins.uncertainty.mc_dropout.dropout import dropping
from plugins.uncertainty.seeds.descriptor import verilens_tools as seeds
from tests.plugins.uncertainty.test_spreads import Known as Plain
from tests.support.restorations import UNSURE, UnsureNetworks

THINNED = TargetSpec("testing.thinned", {})
NETWORKS = UnsureNetworks()


def noisy(count: int = 1, channels: int = 1, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    photo = torch.zeros(count, channels, 32, 40)
    photo[..., 20:] = 0.7
    return photo + torch.randn(photo.shape, generator=generator) * 15.0 / 255.0


def asked(tool: Tool, images: Tensor, target: TargetSpec, tools: Any = UNSURE, **more: Any) -> Result:
    params = more.pop("params", {})
    return Bench(tool, tools, NETWORKS).call(images, params, targets=[target], **more)


def maps_of(result: Result) -> dict[str, Tensor]:
    return {layer.name: layer.values for layer in result.maps}


def test_the_spread_over_seeds_is_that_of_what_is_drawn() -> None:
    images = noisy()
    result = asked(seeds()[0], images, TargetSpec("testing.drawn", {}), params={"runs": 64})
    spread = result.maps[0].values[0].square().mean(0).sqrt()
    torch.testing.assert_close(spread, torch.arange(1, 41) / 40.0 * 10.0, rtol=0.15, atol=0.01)
    assert result.reports[0]["target_coverage"] is None
    alone = Bench(UNSURE.tool("testing.drawn")).call(images, {}).image
    assert alone is not None
    assert result.image is not None
    assert result.image.equal(alone), "the photo's own seed gives its picture"


def test_what_draws_nothing_has_no_spread_over_seeds() -> None:
    with pytest.raises(ToolError, match=r"draws at random, got testing\.darker.*use uncertainty\.tta"):
        asked(seeds()[0], noisy(), TargetSpec("testing.darker", {}), Plain())


def test_a_variance_head_is_shown_as_it_is() -> None:
    images = noisy(channels=3)
    own = Bench(UNSURE.tool("testing.thinned"), networks=NETWORKS).call(images, THINNED.params)
    result = asked(heteroscedastic()[0], images, THINNED)
    assert maps_of(result)["aleatoric"].equal(own.maps[0].values)
    assert own.image is not None
    assert result.image is not None
    assert result.image.equal(own.image)


def test_a_tool_without_a_variance_head_is_refused() -> None:
    with pytest.raises(ToolError, match=r"learnt its own error \(denoise\.deep\), got testing\.darker"):
        asked(heteroscedastic()[0], noisy(), TargetSpec("testing.darker", {}), Plain())


def test_doubt_is_the_sum_of_its_two_parts() -> None:
    result = asked(mc_dropout()[0], noisy(), THINNED, params={"passes": 6})
    maps = maps_of(result)
    assert list(maps) == ["total", "epistemic", "aleatoric"]
    assert float(maps["epistemic"].min()) >= 0.0
    assert float(maps["epistemic"].max()) > 0.0
    torch.testing.assert_close(maps["total"].square(), maps["epistemic"].square() + maps["aleatoric"].square())
    report = result.reports[0]
    assert (report["passes"], report["target_coverage"]) == (6, None)
    assert report["mean_epistemic"] == pytest.approx(float(maps["epistemic"].mean()), rel=1e-5)


def test_passes_do_not_depend_on_the_photos_beside_and_come_again() -> None:
    images = noisy(2)
    both = maps_of(asked(mc_dropout()[0], images, THINNED, params={"passes": 4}, seeds=[5, 9]))
    alone = maps_of(asked(mc_dropout()[0], images[1:], THINNED, params={"passes": 4}, seeds=[9]))
    for name, values in alone.items():
        torch.testing.assert_close(values[0], both[name][1], rtol=1e-3, atol=1e-3)


def test_a_restoration_that_takes_its_photos_one_by_one_is_asked_pass_by_pass() -> None:
    batched = maps_of(asked(mc_dropout()[0], noisy(), THINNED, params={"passes": 5}))
    singly = maps_of(asked(mc_dropout()[0], noisy(), TargetSpec("testing.singly", {}), params={"passes": 5}))
    torch.testing.assert_close(singly["epistemic"], batched["epistemic"])


def test_without_a_network_there_is_nothing_to_drop() -> None:
    with pytest.raises(ToolError, match=r"whose network has dropout \(denoise\.deep\), got testing\.darker"):
        asked(mc_dropout()[0], noisy(), TargetSpec("testing.darker", {}), Plain())


def test_all_tiles_of_a_pass_are_seen_by_one_thinned_network() -> None:
    layer = nn.Dropout2d(0.5).eval()
    with dropping([layer], [torch.Generator().manual_seed(0)], is_kept=True):
        first, second = layer(torch.ones(1, 64, 4, 4)), layer(torch.ones(1, 64, 9, 7))
    assert first[..., 0, 0].equal(second[..., 0, 0])


def test_a_map_says_how_it_was_checked_and_if_a_trivial_one_does_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"n": 10, "rank_correlation": 0.3, "ause": 0.4, "trivial": {"rank_correlation": 0.35, "ause": 0.38},
               "oracle": {"rank_correlation": 0.5, "ause": 0.3}}  # fmt: skip
    better = figures | {"rank_correlation": 0.45}
    found = {"testing.thinned": better, "denoise.tv": figures}
    table = {"on": "ten photos", "maps": {"uncertainty.heteroscedastic": found}}
    monkeypatch.setattr(standing, "_table", lambda: table)
    layer = asked(heteroscedastic()[0], noisy(), THINNED).maps[0]
    assert layer.standing == "ranks"
    assert layer.checked == {"on": "ten photos", **better}
    assert "no better than" in standing.standing_of("uncertainty.heteroscedastic", "denoise.tv")["checked"]["caveat"]
    assert standing.standing_of("uncertainty.heteroscedastic", "denoise.nlm") == {}
