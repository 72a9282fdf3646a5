"""NIQE falls apart with the photo, and ranks as the published statistics do."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import spearmanr

from desktop_app.api.errors import ParameterError
from desktop_app.api.resources import bundled
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.lab.niqe import Pristine, bundled_statistics, niqe, origin, patch_features
from desktop_app.numerics.filters import gaussian_blur
from tests.support.photos import SharedPhotos
from training.niqe import export, fit


def photo() -> np.ndarray:
    return open_photo(bundled("samples/camera.png")).raster.planes()[:, 96:384, 96:384]


def series(planes: np.ndarray) -> Iterator[np.ndarray]:
    """Yield a photo, then ever noisier, more blurred and more compressed versions of it."""
    rng = np.random.default_rng(3)
    yield planes
    for sigma in (6, 14, 30):
        yield np.clip(planes + rng.normal(0, sigma / 255, planes.shape), 0, 1).astype(np.float32)
    for sigma in (1.0, 2.0, 3.5):
        yield gaussian_blur(torch.from_numpy(planes)[None], sigma)[0].numpy()
    for quality in (30, 12, 5):
        file = io.BytesIO()
        Image.fromarray(np.rint(planes[0] * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
        yield np.asarray(Image.open(file), np.float32)[None] / 255


def test_worse_photos_score_higher() -> None:
    values = [niqe(planes) for planes in series(photo())]
    assert values[0] < min(values[1:])
    for kind in (values[1:4], values[4:7], values[7:]):
        assert kind == sorted(kind)


def all_kinds(photos: SharedPhotos) -> Iterator[np.ndarray]:
    """Yield twelve whole pictures: sharp, blurred, dark, hazy, wet, and spoilt on purpose."""
    for name in (
        "mcmaster_odd/1.tif", "set12/09.png", "inpainting/library.png", "lowlight/dicm_01.jpg", "haze_real/canyon.png",
        "haze_real/NYU2_102_7_2.jpg", "rain_real/105.png", "real_blur/0015_blur65.png", "real_blur/8_patch_use.png",
    ):  # fmt: skip
        yield open_photo(photos(f"val/{name}")).raster.planes()[:, :900, :900]
    worse = list(series(open_photo(photos("val/bsd68_odd/test011.png")).raster.planes()))
    yield from (worse[3], worse[6], worse[9])


def test_figures_agree_with_those_by_the_published_statistics(photos: SharedPhotos) -> None:
    with np.load(photos("weights/basicsr_niqe_pris_params.npz")) as arrays:
        published = Pristine(arrays["mu_pris_param"][0], arrays["cov_pris_param"])
    ours, theirs = np.array([(niqe(picture), niqe(picture, published)) for picture in all_kinds(photos)]).T
    assert spearmanr(ours, theirs).statistic >= 0.99
    assert abs(np.mean(ours - theirs)) <= 0.3


def test_the_statistics_in_use_are_named() -> None:
    card = json.loads(bundled("weights/niqe/niqe.json").read_text(encoding="utf-8"))
    assert card["sha256"].startswith(origin().split()[1].rstrip(","))
    assert card["dataset"]["name"] in origin()


def test_features_of_noise_are_those_of_its_distribution() -> None:
    """White noise without local mean and contrast: tails shorter than a Gaussian's (2), neighbours repel each other."""
    noise = np.random.default_rng(0).normal(0.5, 0.1, (1, 192, 192)).astype(np.float32)
    features, sharpness = patch_features(noise)
    assert features.shape == (4, 36)
    assert features[:, 0] == pytest.approx(3.0, abs=0.3)
    assert (features[:, 3] < 0).all()
    assert (features[:, 4] > features[:, 5]).all()
    assert sharpness == pytest.approx(25.5, rel=0.1)


def test_the_fit_recovers_a_known_distribution() -> None:
    from desktop_app.core.lab.niqe import _fitted

    rng = np.random.default_rng(1)
    width = rng.exponential(1, (1, 400, 400))
    values = np.where(rng.random(width.shape) < 0.75, -3 * width, width)  # three times as wide, so as often
    shape, left, right = _fitted(torch.from_numpy(values.astype(np.float32)))
    assert shape[0] == pytest.approx(1.0, abs=0.05)
    assert left[0] / right[0] == pytest.approx(3.0, rel=0.02)
    assert right[0] == pytest.approx(1.0, rel=0.02)


def test_pictures_without_statistics() -> None:
    with pytest.raises(ParameterError, match="96×96"):
        niqe(np.zeros((3, 95, 300), np.float32))
    with pytest.raises(ParameterError, match="texture"):
        niqe(np.full((1, 96, 96), 0.5, np.float32))


def test_one_patch_suffices() -> None:
    assert np.isfinite(niqe(photo()[:, :96, :100]))


def test_the_file_is_the_cards() -> None:
    card = json.loads(bundled("weights/niqe/niqe.json").read_text(encoding="utf-8"))
    assert hashlib.sha256(bundled("weights/niqe/niqe.safetensors").read_bytes()).hexdigest() == card["sha256"]
    assert card["sha256"] in bundled("weights/niqe/MODEL_CARD.md").read_text(encoding="utf-8")
    statistics = bundled_statistics()
    assert statistics.mean.shape == (36,)
    assert np.linalg.eigvalsh(statistics.covariance).min() > 0


def test_the_recipe_keeps_sharp_patches_and_writes_a_card(tmp_path: Path) -> None:
    pristine, count = fit([bundled("samples/camera.png"), bundled("samples/coffee.jpg")])
    everything = sum(len(patch_features(open_photo(bundled(f"samples/{name}")).raster.planes())[0])
                     for name in ("camera.png", "coffee.jpg"))  # fmt: skip
    assert 2 < count < everything
    card = export(pristine, 2, count, tmp_path)
    assert card["dataset"]["patches"] == count
    assert json.loads((tmp_path / "niqe.json").read_text(encoding="utf-8")) == card
