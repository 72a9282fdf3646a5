"""Super-resolution by sparse codes: sizes, consistency, tiles, and a gain over bicubic on photos it has not seen."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import InputError, bundled
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.resize import downsample_bicubic, upsample_bicubic
from desktop_app.testing import call_tool
from plugins.restoration.sparse_superres import algorithm, features
from plugins.restoration.sparse_superres.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import picture_of

TOOL = verilens_tools()[0]


def enlarge(images: Tensor, tile: int | None = None, **params: Any) -> Tensor:
    return picture_of(call_tool(TOOL, images, params, tile=tile))


def picture(height: int, width: int, channels: int = 3) -> Tensor:
    """Return slanted edges on a slope, in colours."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = 0.4 + 0.3 * torch.sin((x + 0.6 * y) / 4).sign() + x / 800
    return torch.stack([plane * (1 - 0.2 * c) + 0.1 * c for c in range(channels)])[None]


def error(a: Tensor, b: Tensor) -> float:
    return float((luminance(a) - luminance(b))[..., 4:-4, 4:-4].square().mean())


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_edges_are_nearer_to_the_truth_than_bicubic(scale: int, channels: int) -> None:
    clean = picture(96, 108, channels)
    small = downsample_bicubic(clean, scale)
    larger = enlarge(small, scale=scale)
    assert larger.shape == clean.shape
    assert error(larger, clean) < 0.85 * error(upsample_bicubic(small, scale), clean)


def test_made_small_again_it_is_the_photo() -> None:
    small = downsample_bicubic(picture(90, 90), 3)
    left = [
        error(downsample_bicubic(enlarge(small, scale=3, back_projections=count), 3), small) for count in (0, 2, 10)
    ]
    assert left[0] > 4 * left[1] > 16 * left[2]


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (5, 3)])
def test_flat_and_tiny_photos(shape: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *shape), 0.3)
    torch.testing.assert_close(enlarge(flat, scale=3), torch.full((1, 3, 3 * shape[0], 3 * shape[1]), 0.3))


@pytest.mark.parametrize("back_projections", [0, 1])
def test_tiles_do_not_show(back_projections: int) -> None:
    small = picture(60, 70)
    whole, tiled = (enlarge(small, tile=tile, scale=2, back_projections=back_projections) for tile in (None, 32))
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_patches_put_together_are_the_plane() -> None:
    plane = torch.rand(24, 30)
    patches = torch.nn.functional.unfold(plane[None, None], 9, stride=3)[0].T
    again = features.put_together(patches, 8, 10, 3)
    torch.testing.assert_close(again[6:-6, 6:-6], plane[6:-6, 6:-6])


def test_features_of_a_slope_are_its_steepness() -> None:
    slope = 0.1 * torch.arange(18.0).expand(12, -1)
    across, down, bend, _ = features.patch_features(slope, 2).view(-1, 4, 36).unbind(1)
    torch.testing.assert_close(across, torch.full_like(across, 0.4))
    assert not down.any()
    torch.testing.assert_close(bend, torch.zeros_like(bend), atol=1e-6, rtol=0)


def test_the_file_is_the_one_of_its_card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    card = json.loads(bundled(algorithm.CARD).read_text(encoding="utf-8"))
    content = bundled(algorithm.CARD).with_name(card["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == card["sha256"]
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    (tmp_path / card["file"]).write_bytes(content[:-1])
    monkeypatch.setattr(algorithm, "bundled", lambda _: tmp_path / "card.json")
    algorithm._weights.cache_clear()
    with pytest.raises(InputError, match="another file; reinstall"):
        algorithm.dictionaries(2, torch.device("cpu"))
    algorithm._weights.cache_clear()


def test_a_photo_gains_a_decibel_over_bicubic(photos: SharedPhotos) -> None:
    clean = colour_photo(photos("val/set5/butterfly_GT.bmp"))[..., :255, :255]
    small = downsample_bicubic(clean, 3)
    assert error(enlarge(small, scale=3), clean) < 0.7 * error(upsample_bicubic(small, 3), clean)
