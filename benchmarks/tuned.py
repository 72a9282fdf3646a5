"""Denoisers beside libraries at their best: mean PSNR, the peer's parameters tuned to these very photos.

Ours run with what the program sets by itself, σ given; the peer gets, for every σ, the best of a grid of parameters
around what its documentation recommends. Photos: Set12 in grey, the middle 192×192 pixels of McMaster's in colour.
Noise as in `quality`. A peer that is not installed is said to be absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from statistics import mean
from typing import Any

import numpy as np

from benchmarks.peers import imported
from benchmarks.pictures import Bench, Planes, bench, noisy, photos, planes_of
from benchmarks.timing import Row
from desktop_app.core.lab.metrics import psnr

_SIGMAS = (15.0, 25.0, 50.0)
_CROP = 192
Pairs = Sequence[tuple[Planes, Planes]]


@dataclass(frozen=True)
class Rival:
    """A peer's denoiser: ``denoise(module, image, σ as a share of 1, *values)``, and the grid that is tried.

    The image is ``(H, W)`` in grey, ``(H, W, 3)`` in colour.
    """

    tool: str
    module: str
    title: str
    denoise: Callable[..., Any]
    grid: tuple[tuple[Any, ...], ...] = ()
    photos: str = "Set12"
    goal: str = "no less"


def measure() -> list[Row]:
    """Return a row for each rival and σ; none where the test photos are absent."""
    clean = {
        "Set12": [planes_of(path) for path in photos("set12/*.png")],
        "McMaster": [_middle(planes_of(path)) for path in photos("mcmaster_odd/*.tif")],
    }
    with bench() as tools:
        return [row for sigma in _SIGMAS for row in _rows(tools, sigma, clean)]


def _middle(planes: Planes) -> Planes:
    top, left = ((length - _CROP) // 2 for length in planes.shape[1:])
    return planes[:, top : top + _CROP, left : left + _CROP]


def _rows(tools: Bench, sigma: float, clean: Mapping[str, Sequence[Planes]]) -> Iterator[Row]:
    for rival in _RIVALS:
        pairs = [(noisy(planes, sigma, seed), planes) for seed, planes in enumerate(clean[rival.photos])]
        if not pairs:
            continue
        module = imported(rival.module)
        ours = mean(psnr(tools.run(rival.tool, given, {"sigma": sigma}), truth) for given, truth in pairs)
        work = f"{rival.tool}, {rival.photos}, σ {sigma:.0f}"
        if module is None:
            yield Row(work, ours, None, f"{rival.title} (not installed)", rival.goal, "dB")
            continue
        denoise = partial(rival.denoise, module)
        scores = {values: _score(denoise, sigma, values, pairs) for values in product(*rival.grid)}
        best = max(scores, key=lambda values: scores[values])
        note = f"theirs with {', '.join(map(str, best))}" if best else ""
        yield Row(work, ours, scores[best], rival.title, rival.goal, "dB", note)


def _score(denoise: Callable[..., Any], sigma: float, values: tuple[Any, ...], pairs: Pairs) -> float:
    def denoised(given: Planes) -> Planes:
        image = given[0] if len(given) == 1 else given.transpose(1, 2, 0)
        result = np.asarray(denoise(image, sigma / 255, *values), np.float32)
        return result[None] if result.ndim == 2 else result.transpose(2, 0, 1)

    return mean(psnr(denoised(given), truth) for given, truth in pairs)


def _opencv_means(cv2: Any, image: Any, share: float, strength: float, patch: int, window: int) -> Any:
    levels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return cv2.fastNlMeansDenoising(levels, None, strength * share * 255, patch, window) / np.float32(255)


def _means(restoration: Any, image: Any, share: float, strength: float, patch: int, distance: int) -> Any:
    return restoration.denoise_nl_means(
        image, h=strength * share, sigma=share, fast_mode=True, patch_size=patch, patch_distance=distance
    )


def _variation(restoration: Any, image: Any, share: float, weight: float) -> Any:
    return restoration.denoise_tv_chambolle(image, weight=weight * share, eps=1e-5, max_num_iter=500)


def _wavelets(restoration: Any, image: Any, share: float, method: str, wavelet: str, part: float) -> Any:
    settings = {"sigma": part * share, "method": method, "wavelet": wavelet, "mode": "soft", "rescale_sigma": True}
    return restoration.cycle_spin(
        image, func=restoration.denoise_wavelet, max_shifts=3, workers=1, func_kw=settings
    )


def _matched(bm3d: Any, image: Any, share: float) -> Any:
    return bm3d.bm3d_rgb(image, share)


def _bilateral(cv2: Any, image: Any, share: float, tones: float, space: float) -> Any:
    return cv2.bilateralFilter(image, -1, tones * share, space)


_SKIMAGE = "skimage.restoration"
_RIVALS = (
    Rival("denoise.nlm", _SKIMAGE, "scikit-image, fast", _means, ((0.5, 0.6, 0.7, 0.8), (3, 5, 7), (6, 10))),
    Rival("denoise.nlm", "cv2", "OpenCV", _opencv_means, ((0.8, 1.0, 1.2), (3, 5, 7), (13, 21))),
    Rival("denoise.tv", _SKIMAGE, "scikit-image", _variation, ((0.6, 0.7, 0.8, 0.9, 1.0, 1.2),)),
    Rival("denoise.wavelet", _SKIMAGE, "scikit-image, cycle spinning 3", _wavelets,
          (("BayesShrink", "VisuShrink"), ("db1", "db2", "sym4", "sym8"), (0.35, 0.7, 1.0))),
    Rival("denoise.bilateral", "cv2", "OpenCV", _bilateral, ((2.0, 2.5, 3.0, 4.0, 6.0), (1.0, 1.5, 2.0, 3.0))),
    Rival("denoise.bm3d", "bm3d", "bm3d", _matched, photos="McMaster", goal="within 0.1"),
)  # fmt: skip
