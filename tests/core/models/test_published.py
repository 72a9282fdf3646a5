"""Files that users have, of published networks, reach their published figures; without the test photos they skip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from desktop_app.core.application import Application
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.raster import from_planes
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.lab.metrics import psnr
from desktop_app.core.models.adding import add_file
from desktop_app.core.plugins.entries import ModelEntry
from desktop_app.numerics.appearance import luminance
from tests.support.photos import SharedPhotos, colour_photo, grey_photo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return Application(tmp_path_factory.mktemp("published"))


def add(application: Application, path: Path) -> ModelEntry:
    count = len(list(application.library.entries()))
    return add_file(path, application.library, application.host, model_id=f"m{count}")


def restored(application: Application, model: str, planes: np.ndarray) -> np.ndarray:
    request = ToolRequest("restore.model", subjects=(ModelSpec(model),), precision="float32")
    raster = application.engine.run(request, from_planes(planes), exact_16=False).raster
    assert raster is not None
    return raster.planes()


def test_dncnn_denoises_set12_as_published(application: Application, photos: SharedPhotos) -> None:
    model = add(application, photos("weights/kair_dncnn_25.pth"))
    assert (model.architecture, model.channels) == ("DnCNN", (1, 1))
    scores = []
    for index, path in enumerate(photos.all("val/set12/*.png")):
        clean = grey_photo(path)[0].numpy()
        noise = np.random.default_rng(index).normal(0.0, 25.0 / 255.0, clean.shape).astype(np.float32)
        scores.append(psnr(restored(application, model.id, clean + noise).clip(0.0, 1.0), clean))
    assert np.mean(scores) == pytest.approx(30.44, abs=0.02)


def test_dncnn_is_exact_in_the_precision_that_is_chosen_for_it(
    application: Application, photos: SharedPhotos
) -> None:
    """In bfloat16 it is off by seven to nine 1024ths, so that float32 is what it gets wherever it runs."""
    model = add(application, photos("weights/kair_dncnn_25.pth"))
    clean = grey_photo(photos.all("val/set12/*.png")[0])[0].numpy()[:, :192, :192]
    noisy = clean + np.random.default_rng(0).normal(0.0, 25.0 / 255.0, clean.shape).astype(np.float32)
    chosen = application.engine.run(
        ToolRequest("restore.model", subjects=(ModelSpec(model.id),)), from_planes(noisy), exact_16=False
    )
    assert chosen.raster is not None
    assert np.abs(chosen.raster.planes() - restored(application, model.id, noisy)).max() <= 1.0 / 1024.0


def test_imdn_enlarges_set5_as_published(application: Application, photos: SharedPhotos) -> None:
    model = add(application, photos("weights/imdn_x2.pth"))
    assert (model.architecture, model.scale) == ("IMDN", 2)
    scores = []
    for path in photos.all("val/set5_sr_pairs/image_SRF_2/*_LR.png"):
        large = restored(application, model.id, colour_photo(path)[0].numpy()).clip(0.0, 1.0)
        wanted = colour_photo(path.with_name(path.name.replace("LR", "HR")))
        ours = luminance(torch.from_numpy(np.round(255.0 * large) / 255.0))[..., 2:-2, 2:-2]
        # BT.601's Y has 219 of 255 levels
        error = (219.0 / 255.0) * (ours - luminance(wanted[0])[..., 2:-2, 2:-2])
        scores.append(-10.0 * float(error.square().mean().log10()))
    assert np.mean(scores) == pytest.approx(38.00, abs=0.05)


def test_aod_net_clears_haze_as_published(application: Application, photos: SharedPhotos) -> None:
    model = add(application, photos("weights/aodnet_dehazer.pth"))
    assert (model.architecture, model.tiling, model.reach) == ("AOD-Net", "exact", 7)
    scores = []
    for path in photos.all("val/sots_indoor_dev/hazy/*"):
        clear = open_photo(next(path.parent.parent.glob(f"gt/{path.stem.split('_')[0]}.*"))).raster.planes()
        ours = restored(application, model.id, open_photo(path).raster.planes()).clip(0.0, 1.0)
        rows, columns = ((large - small) // 2 for large, small in zip(clear.shape[1:], ours.shape[1:], strict=True))
        scores.append(psnr(ours, clear[:, rows : rows + ours.shape[1], columns : columns + ours.shape[2]]))
    assert np.mean(scores) == pytest.approx(19.06, abs=1.5)  # published on 500 photos, of which these are twenty


def test_prenet_takes_out_rain(application: Application, photos: SharedPhotos) -> None:
    model = add(application, photos("weights/prenet_r_rain100l.pth"))
    assert model.architecture == "PReNet"
    clean = colour_photo(photos.all("train/bsds500/test/*.jpg")[3])[0].numpy()[:, :160, :160]
    streaks = np.zeros(clean.shape[1:], np.float32)
    for row, column in np.random.default_rng(0).integers(0, 140, (60, 2)):
        for step in range(18):
            streaks[row + step, column + step // 6] = 0.5
    rainy = np.clip(clean + streaks, 0.0, 1.0)
    assert psnr(restored(application, model.id, rainy).clip(0.0, 1.0), clean) > psnr(rainy, clean) + 3.0


@pytest.mark.parametrize(
    ("file", "title", "published"),
    [
        ("akamaster_resnet20_cifar10.th", "CIFAR ResNet", 0.9178),
        ("akamaster_resnet56_cifar10.th", "CIFAR ResNet", 0.9362),
    ],
)
def test_a_cifar_classifier_is_as_accurate_as_published(
    application: Application, photos: SharedPhotos, file: str, title: str, published: float
) -> None:
    model = add(application, photos(f"weights/{file}"))
    assert (model.task, model.architecture, len(model.labels)) == ("classifier", title, 10)
    assert (model.preflight["gives"], model.preflight["normalisation"]) == ("logits", "inside")
    assert model.preflight["warnings"] == []
    with np.load(photos("val/cifar10_test_exact.npz")) as exact:
        images = torch.from_numpy(exact["x"]).permute(0, 3, 1, 2) / 255.0
        classes = torch.from_numpy(exact["y"]).long()
    classifier = application.models.classifier(model.id, torch.device("cpu"))
    with torch.no_grad():
        accuracy = float((classifier(images).argmax(1) == classes).float().mean())
    assert accuracy == pytest.approx(published, abs=0.02)


@pytest.mark.parametrize(
    ("file", "published"),
    [("squeezenet_v1.1_imagenet.npz", 0.66), ("mcunet/mcunet-320kb-1mb_imagenet.pth", 0.67)],
)
def test_an_imagenet_classifier_is_about_as_accurate_as_known(
    application: Application, photos: SharedPhotos, file: str, published: float
) -> None:
    """These photos read high: MCUNet's 62.2% and SqueezeNet's 58.2% are of ImageNet's own validation photos.

    Of the ways to prepare a photo MCUNet's is the one that it answers best to: 72% in [-1, 1], 52% by ImageNet's mean.
    """
    model = add(application, photos(f"weights/{file}"))
    words = photos("val/imagenet_sample_synset_words.txt").read_text(encoding="utf-8").splitlines()
    order = [line.split()[0] for line in words]
    classifier = application.models.classifier(model.id, torch.device("cpu"))
    right = []
    for path in photos.all("val/imagenet_sample/*.JPEG"):
        with torch.no_grad():
            answer = int(classifier(colour_photo(path)).argmax())
        right.append(order[answer] == path.name.split("_")[0])
    assert np.mean(right) == pytest.approx(published, abs=0.05)
