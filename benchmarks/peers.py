"""Speed beside other libraries in one run: same picture, same σ, alternating runs; both PSNR in the note.

A peer that is not installed is said to be absent; its row then has no figure of theirs. Parameters of the peers are
those their documentation recommends for known noise. Photos: Set12's Barbara at 512×512, and 1 megapixel made of the
sample photos; for deblurring the same in grey, blurred by a Gaussian of 2 pixels, with 1% noise.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.pictures import Bench, Planes, bench, noisy, photos, planes_of
from benchmarks.timing import Row, alternate, medians
from desktop_app.api.resources import bundled
from desktop_app.core.lab.metrics import psnr, ssim

_SIGMA = 25.0
_SPREAD = 2.0  # pixels, of the blur
_SLOW = 3  # counted runs of each
_ENDLESS = 60.0  # seconds


@dataclass(frozen=True)
class Match:
    """One of our tools beside a peer: ``peer`` gets its module and the picture ``(H, W)`` or ``(H, W, 3)``."""

    tool: str
    module: str
    title: str
    peer: Callable[[Any, Any], Any]
    goals: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=lambda: {"sigma": _SIGMA})
    sizes: tuple[str, ...] = ("grey", "colour")


@dataclass(frozen=True, eq=False)
class Subject:
    """What both are given, and what it ought to become."""

    title: str
    clean: Planes
    given: Planes
    inputs: Mapping[str, Planes] = field(default_factory=dict)


def measure() -> list[Row]:
    """Return a row for each match and size whose tool exists, and one for SSIM."""
    subjects = {"grey": _noisy("grey", _grey()), "colour": _noisy("colour", _colour()), "blurred": _blurred(_colour())}
    with bench() as tools:
        known = [match for match in _MATCHES if tools.has(match.tool)]
        pairs = [(match, size) for match in known for size in match.sizes]
        rows = [_row(tools, match, subjects[size], match.goals.get(size, "–")) for match, size in pairs]
    return [*rows, _ssim_row(subjects["colour"])]


def _noisy(title: str, clean: Planes) -> Subject:
    size = f"{clean.shape[2]}×{clean.shape[1]}"
    return Subject(f"{size} {title}, σ {_SIGMA:.0f}", clean, noisy(clean, _SIGMA, 0))


def _blurred(colour: Planes) -> Subject:
    import torch

    from desktop_app.numerics.filters import gaussian_blur

    clean = colour.mean(axis=0, keepdims=True)
    blurred = gaussian_blur(torch.from_numpy(clean)[None], _SPREAD)[0].numpy()
    return Subject("1024×1024 grey, blurred", clean, noisy(blurred, 2.55, 0), {"kernel": _kernel()[None]})


def _kernel() -> Planes:
    from desktop_app.numerics.kernels import gaussian_kernel

    kernel: Planes = gaussian_kernel(_SPREAD).numpy()
    return kernel


def _grey() -> Planes:
    """Return 512×512 pixels: Barbara where the test photos are, else a sample."""
    found = photos("set12/09.png")
    return planes_of(found[0] if found else bundled("samples/camera.png"))[:1, :512, :512]


def _colour() -> Planes:
    """Return 1024×1024 pixels in colour: four crops side by side, since no sample is that large."""
    parts = [planes_of(bundled(f"samples/{name}")) for name in ("astronaut.jpg", "coffee.jpg")]
    first, second = (np.tile(part, (1, 2, 2))[:, :512, :512] for part in parts)
    rows = np.concatenate([first, second], 2), np.concatenate([second[:, :, ::-1], first[:, :, ::-1]], 2)
    return np.ascontiguousarray(np.concatenate(rows, 1))


def _row(tools: Bench, match: Match, subject: Subject, goal: str) -> Row:
    clean, given, work = subject.clean, subject.given, f"{match.tool}, {subject.title}"
    ours: list[Planes] = []
    theirs: list[Planes] = []
    runs: dict[str, Callable[[], None]] = {"ours": lambda: _keep(ours, _ours(tools, match, subject))}
    module = imported(match.module)
    if module is not None:
        image = given[0] if len(given) == 1 else np.ascontiguousarray(given.transpose(1, 2, 0))
        runs["theirs"] = lambda: _keep(theirs, match.peer(module, image))
    times = _times(runs)
    note = f"{psnr(ours[0], clean):.2f} dB"
    if module is None:
        return Row(work, times["ours"], None, f"{match.title} (not installed)", goal, note=note)
    planes = theirs[0][None] if theirs[0].ndim == 2 else theirs[0].transpose(2, 0, 1)
    note += f", theirs {psnr(planes.astype(np.float32), clean):.2f} dB"
    return Row(work, times["ours"], times["theirs"], match.title, goal, note=note)


def _times(runs: Mapping[str, Callable[[], None]]) -> dict[str, float]:
    """Return the medians; where a peer takes minutes, the first run has to do for all."""
    first = medians(alternate(runs, count=1, warm_up=0))
    return first if max(first.values()) > _ENDLESS else medians(alternate(runs, count=_SLOW, warm_up=0))


def _ours(tools: Bench, match: Match, subject: Subject) -> Planes:
    return tools.run(match.tool, subject.given, match.params, subject.inputs)


def _keep(results: list[Planes], value: Planes) -> None:
    results[:] = [value]


def imported(name: str) -> Any:
    """Return a peer's module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:  # peers are not needed by the program; the table says which is absent
        return None


def _ssim_row(subject: Subject) -> Row:
    given, clean = np.clip(subject.given, 0.0, 1.0), subject.clean
    module = imported("skimage.metrics")
    runs: dict[str, Callable[[], object]] = {"ours": lambda: ssim(given, clean)}
    if module is not None:
        settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        runs["theirs"] = lambda: module.structural_similarity(given, clean, channel_axis=0, data_range=1.0, **settings)
    times = medians(alternate(runs))
    title = "scikit-image" if module is not None else "scikit-image (not installed)"
    return Row("SSIM, 1024×1024 colour", times["ours"], times.get("theirs"), title, "≤ 0.15 s")


def _matched(bm3d: Any, image: Any) -> Any:
    return (bm3d.bm3d if image.ndim == 2 else bm3d.bm3d_rgb)(image, _SIGMA / 255)


def _opencv_means(cv2: Any, image: Any) -> Any:
    levels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    if image.ndim == 2:
        return cv2.fastNlMeansDenoising(levels, None, _SIGMA, 7, 21) / np.float32(255)
    return cv2.fastNlMeansDenoisingColored(levels, None, _SIGMA, _SIGMA, 7, 21) / np.float32(255)


def _fast_means(restoration: Any, image: Any) -> Any:
    share = _SIGMA / 255
    settings = {"h": 0.6 * share, "sigma": share, "fast_mode": True, "patch_size": 5, "patch_distance": 6}
    return restoration.denoise_nl_means(image, channel_axis=None if image.ndim == 2 else -1, **settings)


def _variation(restoration: Any, image: Any) -> Any:
    return restoration.denoise_tv_chambolle(image, weight=0.1, channel_axis=None if image.ndim == 2 else -1)


def _wavelets(restoration: Any, image: Any) -> Any:
    return restoration.cycle_spin(
        image, func=restoration.denoise_wavelet, max_shifts=3, workers=2,
        func_kw={"sigma": _SIGMA / 255, "channel_axis": None if image.ndim == 2 else -1, "rescale_sigma": True},
        channel_axis=None if image.ndim == 2 else -1,
    )  # fmt: skip


def _bilateral(cv2: Any, image: Any) -> Any:
    return cv2.bilateralFilter(image, 9, 3 * _SIGMA / 255, 2.0)


def _learnt(decomposition: Any, image: Any) -> Any:
    """Denoise by scikit-learn's dictionary learning with orthogonal matching pursuit, as in its example."""
    from sklearn.feature_extraction.image import extract_patches_2d, reconstruct_from_patches_2d

    patches = extract_patches_2d(image, (8, 8))
    flat = patches.reshape(len(patches), -1)
    means = flat.mean(axis=1, keepdims=True)
    settings = {"n_components": 256, "batch_size": 200, "max_iter": 50, "random_state": 0}
    pursuit = {"transform_algorithm": "omp", "transform_n_nonzero_coefs": 2}
    learner = decomposition.MiniBatchDictionaryLearning(**settings, **pursuit)
    learner.fit((flat - means)[::10])
    restored = learner.transform(flat - means) @ learner.components_ + means
    return reconstruct_from_patches_2d(restored.reshape(patches.shape), image.shape)


_SKIMAGE = "skimage.restoration"
_MATCHES = (
    Match("denoise.bm3d", "bm3d", "bm3d", _matched, {"grey": "≤ 2.0 s", "colour": "≤ 12 s"}),
    Match("denoise.nlm", "cv2", "OpenCV", _opencv_means, {"grey": "≤ 0.25 s", "colour": "≤ 2.0 s"}),
    Match("denoise.nlm", _SKIMAGE, "scikit-image, fast", _fast_means, {"grey": "≤ 0.25 s", "colour": "≤ 2.0 s"}),
    Match("denoise.tv", _SKIMAGE, "scikit-image", _variation, {"grey": "≤ 0.1 s", "colour": "≤ 1.0 s"}),
    Match("denoise.wavelet", _SKIMAGE, "scikit-image, cycle spinning 3", _wavelets,
          {"grey": "≤ 0.15 s", "colour": "≤ 1.5 s"}),
    Match("denoise.bilateral", "cv2", "OpenCV", _bilateral, {"grey": "≤ 0.05 s"}, sizes=("grey",)),
    Match("deblur.wiener", _SKIMAGE, "scikit-image", lambda module, image: module.wiener(image, _kernel(), 0.01),
          {"blurred": "≤ 0.03 s"}, {"sigma": 2.55}, ("blurred",)),
    Match("deblur.richardson_lucy", _SKIMAGE, "scikit-image, 30 rounds",
          lambda module, image: module.richardson_lucy(image.clip(0, 1), _kernel(), 30, clip=False),
          {"blurred": "≤ 0.5 s"}, {"iterations": 30}, ("blurred",)),
    Match("denoise.ksvd", "sklearn.decomposition", "scikit-learn", _learnt, {"grey": "≤ 6 s"}, sizes=("grey",)),
)  # fmt: skip
