"""Inpainting: the rest of the photo untouched, holes filled better than by diffusion and by other libraries."""

from __future__ import annotations

from typing import Any

import cv2
import pytest
import torch
from torch import Tensor

from desktop_app.api import InputMissingError, ParameterError, Result, Tool
from desktop_app.numerics.filters import gaussian_blur
from desktop_app.testing import call_tool
from plugins.restoration.common.inpainting import filled_smoothly
from plugins.restoration.inpaint_tv.descriptor import verilens_tools as tv
from plugins.restoration.patchmatch.descriptor import verilens_tools as patchmatch
from plugins.restoration.patchmatch.screened import differences, screened
from plugins.restoration.telea.descriptor import verilens_tools as telea
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import picture_of

TOOLS = [tv()[0], telea()[0], patchmatch()[0]]
every_tool = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)


def fill(tool: Tool, images: Tensor, mask: Tensor, **params: Any) -> Result:
    return call_tool(tool, images, params, inputs={"mask": mask.float()[None, None]})


def nothing() -> None:
    """Never stop."""


def scratched(height: int, width: int) -> Tensor:
    """Return scratches of five pixels, as a mask."""
    mask = torch.zeros(height, width, dtype=torch.bool)
    mask[20::40] = mask[21::40] = mask[22::40] = mask[23::40] = mask[24::40] = True
    mask[:, 30:35] = True
    return mask


def holed(height: int, width: int) -> Tensor:
    mask = torch.zeros(height, width, dtype=torch.bool)
    mask[height // 2 - 9 : height // 2 + 9, width // 2 - 9 : width // 2 + 9] = True
    return mask


def psnr(a: Tensor, b: Tensor, mask: Tensor) -> float:
    return float(-10.0 * torch.log10((a - b)[:, :, mask].square().mean()))


def without(images: Tensor, mask: Tensor) -> Tensor:
    return torch.where(mask, torch.zeros(()), images)


def butterfly(photos: SharedPhotos) -> Tensor:
    return colour_photo(photos("val/set5/butterfly_GT.bmp"))[..., :160, :160].contiguous()


@every_tool
def test_what_is_known_stays_exactly_and_nothing_to_fill_changes_nothing(tool: Tool) -> None:
    images = torch.rand(2, 3, 50, 60, generator=torch.Generator().manual_seed(0)) * 1.4 - 0.2
    mask = holed(50, 60)
    made = picture_of(fill(tool, images, mask))
    assert made[:, :, ~mask].equal(images[:, :, ~mask])
    assert not made[:, :, mask].equal(images[:, :, mask])
    assert picture_of(fill(tool, images, torch.zeros_like(mask))).equal(images)


@every_tool
def test_what_lies_in_the_hole_is_not_looked_at(tool: Tool) -> None:
    images = torch.rand(1, 1, 44, 48, generator=torch.Generator().manual_seed(1))
    mask = holed(44, 48)
    one, other = (picture_of(fill(tool, torch.where(mask, torch.tensor(value), images), mask)) for value in (0.0, 7.0))
    torch.testing.assert_close(one, other)


@pytest.mark.parametrize("tool", TOOLS[:2], ids=lambda tool: tool.id)
def test_strips_of_a_large_photo_fit_together(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, columns = torch.meshgrid(torch.linspace(0, 9, 420), torch.linspace(0, 7, 90), indexing="ij")
    photo = (0.5 + 0.4 * torch.sin(rows + columns))[None, None]
    mask = torch.rand(420, 90, generator=torch.Generator().manual_seed(0)) < 0.4
    whole = picture_of(fill(tool, without(photo, mask), mask))
    monkeypatch.setattr("plugins.restoration.common.inpainting._LARGEST", 90 * 140)
    strips = picture_of(fill(tool, without(photo, mask), mask))
    torch.testing.assert_close(strips, whole, atol=2e-3, rtol=0.0)


@every_tool
def test_masks_that_cannot_be_used_are_refused_in_a_sentence(tool: Tool) -> None:
    images = torch.rand(1, 3, 20, 24)
    with pytest.raises(ParameterError, match="covers it"):
        fill(tool, images, torch.ones(20, 24))
    with pytest.raises(ParameterError, match="24×20"):
        fill(tool, images, torch.ones(10, 24))
    with pytest.raises(InputMissingError, match="mask"):
        call_tool(tool, images)


@every_tool
@pytest.mark.parametrize("size", [(1, 2), (1, 25), (25, 1), (5, 5), (40, 44)])
def test_a_flat_photo_is_filled_flat(tool: Tool, size: tuple[int, int]) -> None:
    mask = torch.zeros(size, dtype=torch.bool)
    mask[-(-size[0] // 3) :, -(-size[1] // 3) :] = True
    flat = torch.full((1, 3, *size), 0.6)
    torch.testing.assert_close(picture_of(fill(tool, without(flat, mask), mask)), flat, atol=1e-4, rtol=0.0)


@every_tool
def test_the_map_says_how_far_each_pixel_was_guessed(tool: Tool) -> None:
    mask = torch.zeros(30, 40, dtype=torch.bool)
    mask[10:19, 10:30] = True
    (guessed,) = fill(tool, torch.rand(1, 1, 30, 40), mask).maps
    assert float(guessed.values[0][~mask].max()) == 0.0
    assert float(guessed.values[0][mask].min()) == 1.0
    assert float(guessed.values[0, 14, 20]) == 5.0


@pytest.mark.parametrize(
    ("tool", "gain"), [(tv()[0], 0.7), (telea()[0], 0.1), (patchmatch()[0], 0.7)], ids=["tv", "telea", "patchmatch"]
)
def test_scratches_are_filled_better_than_by_diffusion_and_by_opencv(
    tool: Tool, gain: float, photos: SharedPhotos
) -> None:
    photo = butterfly(photos)
    mask = scratched(160, 160)
    lost = without(photo, mask)
    levels = (lost[0].permute(1, 2, 0) * 255.0).round().byte().numpy()
    by_opencv = torch.from_numpy(cv2.inpaint(levels, mask.byte().numpy(), 5, cv2.INPAINT_TELEA)).float() / 255.0
    ours = psnr(picture_of(fill(tool, lost, mask)), photo, mask)
    assert ours > psnr(filled_smoothly(lost[0], mask, nothing)[None], photo, mask) + gain
    assert ours > psnr(by_opencv.permute(2, 0, 1)[None], photo, mask) + 0.5


def test_second_order_goes_on_with_a_slope_where_the_first_makes_steps() -> None:
    rows, columns = torch.meshgrid(torch.linspace(0, 1, 60), torch.linspace(0, 1, 60), indexing="ij")
    ridge = torch.minimum(columns + 0.2 * rows, 1.2 - columns)[None, None]
    mask = torch.zeros(60, 60, dtype=torch.bool)
    mask[20:32, 26:38] = True
    second, first = (
        psnr(picture_of(fill(tv()[0], without(ridge, mask), mask, order=order, softness=0.0)), ridge, mask)
        for order in ("second", "first")
    )
    assert second > first + 3.0


def test_patches_continue_a_pattern_that_diffusion_cannot() -> None:
    rows, columns = torch.meshgrid(torch.arange(120.0), torch.arange(120.0), indexing="ij")
    pattern = (0.5 + 0.4 * torch.sin(rows * 0.7) * torch.sin(columns * 0.7 + rows * 0.2))[None, None]
    mask = holed(120, 120)
    lost = without(pattern, mask)
    ours = psnr(picture_of(fill(patchmatch()[0], lost, mask)), pattern, mask)
    assert ours > psnr(filled_smoothly(lost[0], mask, nothing)[None], pattern, mask) + 6.0


def test_colours_of_a_fill_meet_those_at_the_rim_where_light_falls_off() -> None:
    grain = torch.rand(1, 1, 96, 96, generator=torch.Generator().manual_seed(4)) * 0.2
    photo = grain + torch.linspace(0.1, 0.7, 96)[:, None]
    mask = holed(96, 96)
    met, copied = (
        psnr(gaussian_blur(picture_of(fill(patchmatch()[0], without(photo, mask), mask, votes=votes)), 3.0),
             gaussian_blur(photo, 3.0), mask)
        for votes in ("automatic", "best")
    )  # fmt: skip
    assert met > copied + 3.0


def test_differences_bring_back_what_colours_got_wrong_and_nothing_else_moves() -> None:
    photo = torch.rand(3, 40, 50, generator=torch.Generator().manual_seed(6))
    hole = torch.zeros(40, 50, dtype=torch.bool)
    hole[10:30, 20:] = True  # up to the photo's end
    stepped = torch.where(hole, photo + torch.where(torch.arange(50) < 32, 0.1, -0.1), photo)
    mended = screened(stepped, differences(photo), hole * 1e-4, nothing)
    assert mended[:, ~hole].equal(photo[:, ~hole])
    torch.testing.assert_close(mended, photo, atol=0.01, rtol=0.0)


def test_what_lies_near_is_taken_before_what_lies_far() -> None:
    """Two surfaces with one pattern and, beside it, two colours: a hole in one is filled with that one."""
    rows, columns = torch.meshgrid(torch.arange(80.0), torch.arange(240.0), indexing="ij")
    pattern = 0.5 + 0.3 * torch.sin(rows * 0.9) * torch.sin(columns * 0.9)
    grain = torch.rand(80, 240, generator=torch.Generator().manual_seed(5))
    photo = (pattern + torch.where(columns < 120, 0.1, 0.02) * (grain - 0.5))[None, None]
    mask = torch.zeros(80, 240, dtype=torch.bool)
    mask[30:50, 40:60] = True
    filled = picture_of(fill(patchmatch()[0], without(photo, mask), mask, votes="best"))
    origins = torch.isin(filled[0, 0][mask], photo[0, 0, :, :120])
    assert float(origins.float().mean()) > 0.9


@pytest.mark.slow
def test_real_holes_are_filled_better_than_by_diffusion_and_by_opencv(photos: SharedPhotos) -> None:
    ours, theirs = [], []
    for name in ("kate", "library", "vase"):
        photo = colour_photo(photos(f"val/inpainting/{name}.png"))
        mask = colour_photo(photos(f"val/inpainting/{name}_mask.png"))[0, 0] < 0.5
        lost = without(photo, mask)
        levels = (lost[0].permute(1, 2, 0) * 255.0).round().byte().numpy()
        by_opencv = [cv2.inpaint(levels, mask.byte().numpy(), 5, way) for way in (cv2.INPAINT_TELEA, cv2.INPAINT_NS)]
        rivals = [torch.from_numpy(made).permute(2, 0, 1)[None].float() / 255.0 for made in by_opencv]
        rivals.append(picture_of(fill(tv()[0], lost, mask)))
        ours.append(psnr(picture_of(fill(patchmatch()[0], lost, mask)), photo, mask))
        theirs.append([psnr(rival, photo, mask) for rival in rivals])
    assert sum(ours) > max(map(sum, zip(*theirs, strict=True)))


@pytest.mark.slow
@pytest.mark.parametrize("columns", [(220, 306), (324, 402)])
def test_one_of_several_alike_is_removed_and_no_piece_of_another_put_there(
    photos: SharedPhotos, columns: tuple[int, int]
) -> None:
    """Dark bottles on a light table before a light wall: nothing dark is left where one was."""
    photo = colour_photo(photos("val/imagenet_sample/n02823428_beer_bottle.JPEG"))
    mask = torch.zeros(photo.shape[-2:], dtype=torch.bool)
    mask[36:314, slice(*columns)] = True
    filled = picture_of(fill(patchmatch()[0], without(photo, mask), mask))
    dark = filled[0].amax(0)[mask] < 0.3
    assert float(dark.float().mean()) < 0.01


def test_sharp_votes_take_pixels_from_the_photo_and_mean_votes_mix_them() -> None:
    images = (torch.rand(1, 1, 60, 60, generator=torch.Generator().manual_seed(3)) > 0.5).float()
    mask = holed(60, 60)
    sharp, mixed = (picture_of(fill(patchmatch()[0], images, mask, votes=votes)) for votes in ("best", "mean"))
    assert set(sharp.unique().tolist()) == {0.0, 1.0}
    assert len(mixed.unique()) > 2


def test_an_even_patch_is_refused() -> None:
    with pytest.raises(ParameterError, match="odd"):
        fill(patchmatch()[0], torch.rand(1, 1, 20, 20), holed(20, 20), patch_size=6)
