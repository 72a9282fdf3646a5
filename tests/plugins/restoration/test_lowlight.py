"""Gamma, CLAHE, retinex and LIME: shadows open, and what they promise to leave alone stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import Tool
from desktop_app.core.plugins.host import PluginHost
from desktop_app.core.settings import Settings
from desktop_app.testing import Bench, call_tool
from plugins.restoration.clahe import algorithm as clahe
from plugins.restoration.clahe import descriptor as clahe_descriptor
from plugins.restoration.gamma import algorithm as gamma
from plugins.restoration.gamma import descriptor as gamma_descriptor
from plugins.restoration.lime import algorithm as lime
from plugins.restoration.lime import descriptor as lime_descriptor
from plugins.restoration.lime.illumination import illumination_map, outline_weights
from plugins.restoration.retinex import descriptor as retinex_descriptor
from tests.support.restoring import picture_of

GAMMA, CLAHE, RETINEX, LIME = (
    module.verilens_tools()[0] for module in (gamma_descriptor, clahe_descriptor, retinex_descriptor, lime_descriptor)
)
TOOLS = [GAMMA, CLAHE, RETINEX, LIME]
AS_IT_IS = {"denoiser": "none"}  # what LIME calls by default is not brightening's


def picture(tool: Tool, images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(tool, images, {**(AS_IT_IS if tool is LIME else {}), **params}))


def night(height: int = 60, width: int = 80, channels: int = 3) -> Tensor:
    """A texture under light that falls off from left to right."""
    texture = 0.5 + 0.4 * torch.rand((1, channels, height, width), generator=torch.Generator().manual_seed(1))
    return texture * torch.linspace(0.9, 0.08, width)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
@pytest.mark.parametrize("channels", [1, 3])
def test_shadows_get_brighter(tool: Tool, channels: int) -> None:
    dark = night(channels=channels) * 0.5
    shadows = (..., slice(60, None))
    assert float(picture(tool, dark)[shadows].mean()) > 1.15 * float(dark[shadows].mean())


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_flat_photo_stays_flat(tool: Tool, level: float) -> None:
    result = picture(tool, torch.full((1, 3, 20, 24), level))
    assert float(result.max() - result.min()) < 1e-4
    assert -1e-4 <= float(result.min()) <= float(result.max()) <= 1.0 + 1e-4


@pytest.mark.parametrize(
    ("tool", "params"),
    [
        (GAMMA, {"gamma": 1.0}), (CLAHE, {"blend": 0.0}), (RETINEX, {"strength": 0.0}), (LIME, {"gamma": 0.0}),
    ],
    ids=lambda value: value.id if isinstance(value, Tool) else "",
)
def test_nothing_asked_nothing_changed(tool: Tool, params: dict[str, Any]) -> None:
    dark = night()
    torch.testing.assert_close(picture(tool, dark, **params), dark, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_hues_of_a_dim_photo_survive(tool: Tool) -> None:
    red = torch.tensor([0.3, 0.1, 0.1]).view(1, 3, 1, 1) * night(channels=1).expand(1, 3, -1, -1)
    result = picture(tool, red)
    assert bool((result[:, 0] >= result[:, 1] - 1e-5).all())
    torch.testing.assert_close(result[:, 1], result[:, 2], rtol=0.0, atol=1e-5)


def test_gamma_is_the_power_above_its_toe_and_undoes_itself() -> None:
    values = torch.linspace(6.1 / 255.0, 1.5, 50).view(1, 1, 5, 10)
    torch.testing.assert_close(picture(GAMMA, values, gamma=2.2), values ** (1 / 2.2))
    back = picture(GAMMA, picture(GAMMA, values, gamma=2.2), gamma=1 / 2.2)
    torch.testing.assert_close(back, values, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("tool", [GAMMA, RETINEX, LIME], ids=lambda tool: tool.id)
def test_black_beside_a_lamp_stays_black_and_its_noise_turns_no_colour(tool: Tool) -> None:
    scene = torch.full((1, 3, 80, 100), 2 / 255)
    scene[:, 2] += 2 / 255 * torch.rand((80, 100), generator=torch.Generator().manual_seed(2))  # blue noise
    scene[..., 30:50, 40:60] = torch.tensor([0.9, 0.6, 0.2]).view(3, 1, 1)
    result = picture(tool, scene)
    dark = torch.cat([result[..., :25, :], result[..., 55:, :]], 2)
    assert float(dark.max()) < 30 / 255
    assert float((dark[:, 2] - dark[:, 1]).mean()) < 5.5 * float((scene[:, 2] - scene[:, 1])[:, :25].mean()) * 0.6
    assert float(result.max()) <= 1.0 + 1e-5


def test_gamma_is_found_from_the_middle_tone() -> None:
    dim = night() * 0.6
    report = call_tool(GAMMA, dim).reports[0]
    assert 1.0 < report["gamma"] <= 2.2
    assert call_tool(GAMMA, torch.full((1, 3, 8, 8), 0.8)).reports[0]["gamma"] == 1.0


def test_gamma_goes_on_smoothly_below_black() -> None:
    values = torch.linspace(-0.01, 0.01, 2001)
    steps = gamma.curve(values, 0.5).diff()
    assert bool((steps > 0).all())


@pytest.mark.parametrize("limit", [1.0, 2.0, 5.0])
def test_clahe_keeps_its_limit_and_its_ends(limit: float) -> None:
    luma = night(channels=1)[0, 0] * 0.3
    curve = clahe._curve(luma, limit)
    steps = curve.diff() * 256.0
    assert float(curve[0]) == 0.0
    assert float(curve[-1]) == pytest.approx(1.0)
    assert float(steps.min()) >= 0.0
    assert float(steps.max()) <= limit * 1.05
    if limit == 1.0:
        torch.testing.assert_close(curve, torch.linspace(0, 1, 257), rtol=0.0, atol=0.01)


def test_clahe_of_one_region_without_limit_is_equalisation() -> None:
    dark = night(channels=1) * 0.4
    result = picture(CLAHE, dark, regions=1, clip_limit=40.0)
    shares = torch.histc(result, 8, 0.0, 1.0) / result.numel()
    assert float((shares - 1 / 8).abs().max()) < 0.02


def test_clahe_shows_no_seams_between_regions() -> None:
    ramp = torch.linspace(0.1, 0.4, 128).expand(1, 1, 96, 128)
    result = picture(CLAHE, ramp, regions=4, clip_limit=4.0)
    steps = result[0, 0].diff(dim=1)
    assert float(steps.max()) < 5.0 * float(ramp[0, 0].diff(dim=1).max())
    assert float(result[0, 0].diff(dim=0).abs().max()) < 1e-4


def test_retinex_evens_out_the_light() -> None:
    dark = night(80, 120)
    result = picture(RETINEX, dark, strength=1.0)
    before, after = (float(image[..., 90:].mean() / image[..., :30].mean()) for image in (dark, result))
    assert after > 2.0 * before


def test_retinex_restoring_colours_takes_a_cast_away() -> None:
    texture = night(60, 80)
    cast = texture * torch.tensor([1.0, 0.7, 0.4]).view(1, 3, 1, 1)
    means = picture(RETINEX, cast, colour="restored", strength=1.0).mean((0, 2, 3))
    assert float(means.max() / means.min()) < 1.4


def test_lime_finds_the_light_and_not_the_texture() -> None:
    dark = night(80, 100)
    light = call_tool(LIME, dark, AS_IT_IS).maps[0].values[0]
    wanted = dark[0].amax(0).mean(0)
    assert float(torch.corrcoef(torch.stack([light.mean(0), wanted]))[0, 1]) > 0.99
    rough = dark[0].amax(0).diff(dim=0).abs().mean()
    assert float(light.diff(dim=0).abs().mean()) < 0.3 * float(rough)


def test_lime_keeps_the_outline_of_a_lamp() -> None:
    lamp = torch.full((1, 1, 60, 60), 0.1)
    lamp[..., 20:40, 20:40] = 0.9
    light = call_tool(LIME, lamp, AS_IT_IS).maps[0].values[0]
    torch.testing.assert_close(light, lamp[0, 0], rtol=0.0, atol=0.05)


def test_lime_comes_near_the_optimum() -> None:
    brightest = night(48, 64)[0].amax(0)
    weights = outline_weights(brightest)

    def energy(light: Tensor) -> float:
        slopes = torch.stack([light.roll(-1, 0) - light, light.roll(-1, 1) - light])
        return float((light - brightest).square().sum() + 0.3 * (weights * slopes).abs().sum())

    smooth = brightest.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([smooth], lr=0.003)
    for _ in range(1500):
        optimiser.zero_grad()
        slopes = torch.stack([smooth.roll(-1, 0) - smooth, smooth.roll(-1, 1) - smooth])
        ((smooth - brightest).square().sum() + 0.3 * (weights * slopes).abs().sum()).backward()
        optimiser.step()
    best, start = energy(smooth.detach()), energy(brightest)
    ours = energy(illumination_map(brightest, 0.3, lambda done: None))
    assert ours < best + 0.05 * (start - best)


def test_lime_at_reduced_size_gives_nearly_the_same_light(monkeypatch: pytest.MonkeyPatch) -> None:
    dark = night(96, 128)
    exact = picture(LIME, dark)
    monkeypatch.setattr(lime, "_EXACT", 96 * 128 // 4)
    assert float((picture(LIME, dark) - exact).abs().mean()) < 0.03


def test_lime_calls_a_denoiser_that_leaves_the_lit_alone(tmp_path: Path) -> None:
    host = PluginHost(tmp_path / "cache.json", tmp_path / "plugins", Settings(tmp_path / "settings.json"))
    clean = torch.full((1, 1, 48, 64), 0.08)
    clean[..., 32:] = 0.9
    noisy = clean + 0.01 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    plain, denoised = (
        Bench(LIME, host).call(noisy, {"denoiser": name}).image for name in ("none", "denoise.nlm")
    )
    assert plain is not None
    assert denoised is not None
    assert float(denoised[..., 4:28].std()) < 0.6 * float(plain[..., 4:28].std())
    assert float((denoised - plain)[..., 40:].abs().mean()) < 0.2 * float((denoised - plain)[..., 4:28].abs().mean())
