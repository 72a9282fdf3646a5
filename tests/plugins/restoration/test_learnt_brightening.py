"""The learnt brighteners: shadows open, light stays, noise is not let out, tiles agree, and photos look natural."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import Tool
from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.lab.niqe import niqe
from desktop_app.core.plugins.host import PluginHost
from desktop_app.core.settings import Settings
from desktop_app.testing import Bench
from plugins.restoration.clahe import descriptor as clahe_descriptor
from plugins.restoration.common.lowlight import without_false_colour
from plugins.restoration.curve import descriptor as curve_descriptor
from plugins.restoration.enlightengan import descriptor as enlightengan_descriptor
from plugins.restoration.enlightengan.network import ALIGN, REACH
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos
from tests.support.restoring import picture_of

LEARNT, CURVE, CLAHE = (
    module.verilens_tools()[0] for module in (enlightengan_descriptor, curve_descriptor, clahe_descriptor)
)
TOOLS = [LEARNT, CURVE]


def picture(tool: Tool, images: Tensor, tile: int | None = None, **params: Any) -> Tensor:
    return picture_of(Bench(tool, _Tools(), BUILT_IN_NETWORKS).call(images, params, tile=tile))


class _Tools:
    """The denoiser that the curves call."""

    def tool(self, tool_id: str) -> Tool:
        from plugins.restoration.deep.descriptor import verilens_tools

        found = verilens_tools()[0]
        if tool_id != found.id:
            raise ParameterError(f"expected {found.id}, got {tool_id}")
        return found

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        return "", ""


def night(height: int = 96, width: int = 128, channels: int = 3) -> Tensor:
    """A scene under light that falls off from left to right."""
    coarse = 0.3 + 0.6 * torch.rand((1, channels, height // 8, width // 8), generator=torch.Generator().manual_seed(1))
    scene = torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")
    return scene * torch.linspace(0.9, 0.06, width)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
@pytest.mark.parametrize("channels", [1, 3])
def test_shadows_open_more_than_what_is_lit(tool: Tool, channels: int) -> None:
    dark = night(channels=channels)
    bright = picture(tool, dark)
    shadows, lit = (..., slice(90, None)), (..., slice(None, 30))
    assert float(bright[shadows].mean()) > 1.5 * float(dark[shadows].mean())
    assert float(bright[lit].mean()) < 1.4 * float(dark[lit].mean())


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_white_stays_and_black_does_not_turn_grey(tool: Tool) -> None:
    white, black = torch.ones(1, 3, 64, 64), torch.zeros(1, 3, 64, 64)
    assert torch.allclose(picture(tool, white), white, atol=1e-5)
    assert float(picture(tool, black).abs().max()) < 0.02


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_strength_goes_from_the_photo_to_the_whole_effect(tool: Tool) -> None:
    dark = night()
    none, half, full = (picture(tool, dark, strength=share) for share in (0.0, 50.0, 100.0))
    assert torch.allclose(none, dark, atol=1e-6)
    assert float(dark.mean()) < float(half.mean()) < float(full.mean())


def test_tiles_agree_for_they_are_told_how_the_whole_looks() -> None:
    dark = night(400, 400)
    whole, tiled = (picture(LEARNT, dark, tile=tile) for tile in (None, 160))
    assert torch.allclose(whole, tiled, atol=2e-6)
    alone = picture(LEARNT, dark[..., 240:])
    assert not torch.allclose(alone, whole[..., 240:], atol=1e-3)
    assert LEARNT.reach == REACH == enlightengan_descriptor.REACH
    assert LEARNT.align == ALIGN == enlightengan_descriptor.ALIGN


def test_smoothing_is_for_noise_and_finds_out_by_itself() -> None:
    clean = night() * 0.2
    noise = clean + 3.0 / 255.0 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(2))
    bench = Bench(LEARNT, networks=BUILT_IN_NETWORKS)
    reports = [bench.call(images, {}).reports[0]["smoothing"] for images in (clean, noise)]
    assert reports[0] < 30
    assert reports[1] == 100
    rough, smooth = (picture(LEARNT, noise, smoothing=share) for share in (0.0, 100.0))
    assert float(smooth.diff(dim=-1).abs().mean()) < 0.6 * float(rough.diff(dim=-1).abs().mean())
    assert picture(LEARNT, noise).equal(smooth)


def test_the_curves_let_noise_out_unless_it_is_removed_first() -> None:
    dark = night() * 0.3
    noise = dark + 4.0 / 255.0 * torch.randn(dark.shape, generator=torch.Generator().manual_seed(2))
    wanted = picture(CURVE, dark, denoiser="none")
    kept, removed = (picture(CURVE, noise, denoiser=name) for name in ("none", "denoise.deep"))
    assert float((removed - wanted).square().mean()) < 0.5 * float((kept - wanted).square().mean())


def night_as_jpeg() -> tuple[Tensor, Tensor]:
    """A grey-blue scene that is almost black, and what JPEG leaves of it: with no blue, as cameras write it."""
    scene = night(64, 96) * torch.tensor([0.9, 0.9, 1.0]).view(1, 3, 1, 1) * 0.06
    cut = scene.clone()
    cut[:, 2] = (cut[:, 2] - 8.0 / 255.0).clamp(min=0.0)
    return scene, cut


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_blacks_whose_blue_was_lost_turn_not_olive(tool: Tool) -> None:
    _, cut = night_as_jpeg()
    dark = picture(tool, cut)[..., 60:]
    olive = (dark[:, :2].mean(1) - dark[:, 2]) * 255.0
    assert float(dark.mean()) > 1.2 * float(cut[..., 60:].mean())
    assert float(olive.mean()) < 8.0  # levels; of the scene it would be 0


def test_the_curves_keep_black_deep_and_colours_that_the_photo_has() -> None:
    dark = night(64, 96) * torch.tensor([1.0, 0.6, 0.4]).view(1, 3, 1, 1) * 0.15
    bright = picture(CURVE, dark, denoiser="none")
    before, after = (part.mean((0, 2, 3)) for part in (dark[..., :60], bright[..., :60]))
    assert float(after[0] - after[2]) > 1.5 * float(before[0] - before[2])
    assert float(picture(CURVE, torch.full((1, 3, 64, 64), 4.0 / 255.0), denoiser="none").mean()) < 0.25


def test_colours_of_what_was_not_brightened_stay() -> None:
    images = torch.tensor([[0.4, 0.2, 0.1], [-0.5, 0.1, 0.05], [0.0, 0.0, 0.02]]).view(3, 3, 1, 1)
    for lost in (0.0, 1.0):
        stays = without_false_colour(images, images, torch.full((3, 1, 1, 1), lost))
        torch.testing.assert_close(stays, images, atol=0.0, rtol=0.0)
        grey = without_false_colour(images[2:], images[2:] * 8.0, torch.full((1, 1, 1, 1), lost)).flatten()
        assert float(grey.max() - grey.min()) < 0.03


def test_the_curves_gradient_is_that_of_what_they_do() -> None:
    dark, bench, step = night(32, 48) * 0.1, Bench(CURVE, networks=BUILT_IN_NETWORKS), 1e-4

    def light(images: Tensor) -> Tensor:
        return picture_of(bench.call(images, {"denoiser": "none"})).double().sum()

    slope = (light(dark + step) - light(dark - step)) / (2 * step)
    given = dark.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(light(given), given)
    assert float(gradient.sum()) == pytest.approx(float(slope), rel=0.02)


def test_another_network_than_the_tools_own_is_refused(host: PluginHost) -> None:
    from desktop_app.core.jobs.engine import Engine
    from desktop_app.core.models.networks import ModelStore

    raster = Raster((night()[0].permute(1, 2, 0).numpy() * 255).astype("uint8"))
    engine = Engine(host, ModelStore(host))
    with pytest.raises(ParameterError, match=r"expected 'lowlight\.enlightengan_net' or a network adapted from it"):
        engine.run(ToolRequest("lowlight.enlightengan", {"network": "denoise.deep_blind"}), raster)
    assert engine.run(ToolRequest("lowlight.enlightengan", {}), raster).record.models == ("lowlight.enlightengan_net",)


@pytest.fixture
def host(tmp_path: Path) -> PluginHost:
    return PluginHost(tmp_path / "cache.json", tmp_path / "plugins", Settings(tmp_path / "settings.json"))


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_real_photos_look_more_natural_than_before_and_than_by_clahe(tool: Tool, photos: SharedPhotos) -> None:
    found = []
    for path in photos.all("val/lowlight/*")[::3]:
        photo = open_photo(path).raster.planes()
        images = torch.from_numpy(photo.copy())[None]
        found.append([niqe(photo), *(niqe(picture(one, images)[0].numpy()) for one in (CLAHE, tool))])
    before, clahe, learnt = torch.tensor(found).mean(0).tolist()
    assert learnt < clahe
    assert learnt < before


def test_cards_say_what_the_files_are() -> None:
    for module in (enlightengan_descriptor, curve_descriptor):
        model = module.verilens_models()[0]
        assert model.weights is not None
        assert model.card is not None
        assert model.weights.stat().st_size <= 3 << 20
        assert model.sha256 in model.card.read_text(encoding="utf-8")


@pytest.mark.parametrize(("tool", "given"), [(LEARNT, {}), (CURVE, {"denoiser": "none"})], ids=["learnt", "curve"])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_blacker_than_black_is_not_turned_to_light(
    tool: Tool, given: dict[str, Any], channels: int
) -> None:
    dark = night(channels=channels) - 0.2
    below = (dark < 0.0).all(1, keepdim=True).expand_as(dark)  # a pixel's colours may be mixed to a grey
    assert 0.1 < float(below.float().mean()) < 0.9
    bright, of_black = picture(tool, dark, **given), picture(tool, dark.clamp(min=0.0), **given)
    assert float((bright - of_black)[below].max()) <= 0.0  # it lies below what black itself becomes
