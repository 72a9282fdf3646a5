"""The scattering model, strips and pyramids: what goes in comes out again."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.numerics.haze import airlight, scene_radiance
from desktop_app.numerics.pyramids import fused_difference, pyramid_down, pyramid_up
from desktop_app.numerics.strips import row_strips, rows_of


def noise(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def nothing() -> None:
    return


def test_the_model_is_inverted_exactly() -> None:
    scene, through = noise(2, 3, 12, 9), 0.2 + 0.8 * noise(2, 1, 12, 9)
    light = torch.tensor([0.9, 0.85, 0.8]).view(1, 3, 1, 1).expand(2, 3, 1, 1)
    hazy = scene * through + light * (1.0 - through)
    torch.testing.assert_close(scene_radiance(hazy, light, through), scene, rtol=0.0, atol=1e-5)


def test_airlight_is_the_colour_of_the_densest_haze_for_each_photo_by_itself() -> None:
    light = torch.tensor([[0.9, 0.8, 0.7], [0.6, 0.7, 0.8]])
    depth = torch.linspace(0.0, 8.0, 60).expand(2, 1, 60, 60)
    through = torch.exp(-depth)
    hazy = 0.3 * noise(2, 3, 60, 60) * through + light[..., None, None] * (1.0 - through)
    torch.testing.assert_close(airlight(hazy, depth)[..., 0, 0], light, rtol=0.0, atol=1e-3)


def test_airlight_of_a_black_photo_can_be_divided_by() -> None:
    assert float(airlight(torch.zeros(1, 3, 1, 1), torch.zeros(1, 1, 1, 1)).min()) > 0.0


def test_strips_cover_every_row_once_and_see_what_they_need() -> None:
    seen: list[int] = []
    for strip in row_strips(23, 5, 3):
        seen += strip.rows
        window = list(range(23))[strip.read]
        assert window[strip.core] == list(strip.rows) == list(range(23))[strip.place]
        assert window[0] == max(0, strip.rows[0] - 3)
        assert window[-1] == min(22, strip.rows[-1] + 3)
    assert seen == list(range(23))
    assert rows_of(1000, 10) == 100
    assert rows_of(1000, 10, 50) == 200
    assert rows_of(10, 1000) == 1


def test_pyramids_keep_flat_photos_and_sizes() -> None:
    for height, width in ((1, 1), (2, 1), (7, 10), (8, 5)):
        flat = torch.full((1, 2, height, width), 0.37)
        small = pyramid_down(flat)
        assert small.shape[-2:] == ((height + 1) // 2, (width + 1) // 2)
        torch.testing.assert_close(pyramid_up(small, (height, width)), flat)


def test_fusion_with_one_weight_is_a_plain_mean() -> None:
    first, second = noise(1, 3, 33, 26), noise(1, 3, 33, 26).flip(-1)
    for share in (0.0, 0.3, 1.0):
        fused = second + fused_difference(first - second, torch.full((1, 1, 33, 26), share), 3, nothing)
        torch.testing.assert_close(fused, torch.lerp(second, first, share), rtol=0.0, atol=1e-5)


def test_fusion_passes_from_one_photo_to_the_other_without_a_seam() -> None:
    first, second = torch.ones(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    weight = (torch.arange(64) < 32).float().expand(1, 1, 64, 64)
    fused = second + fused_difference(first - second, weight, 4, nothing)
    assert float((fused[..., 1:] - fused[..., :-1]).abs().max()) < 0.2
    assert float(fused[..., 0].min()) > 0.9
    assert float(fused[..., -1].max()) < 0.1
