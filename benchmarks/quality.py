"""How good every restoration is on test photos with known truth; tools are discovered, so that none is left out.

Denoising: mean PSNR on Set12, unclipped white noise of known σ, one seed a photo, against the noisy photo. Deblurring:
mean PSNR on Levin's photos (kernels 1, 3, 5, 7) with the true kernel turned by 180°, and blind; blind on his sharp
photos blurred by kernels 2, 4, 6 and 8, too; after the best whole-pixel shift, 20 pixels cropped. Super-resolution:
PSNR on Set5's Y (BT.601), scale pixels cropped.
Photon noise: Set12 with Poisson and read-out noise, by BM3D as it is and through the variance-stabilising transform.
Inpainting: PSNR inside the holes of three photos. Dehazing: PSNR on 20 hazy rooms. Low light and underwater: the share
of photos whose NIQE falls, or whose UIQM and UCIQE rise.
``VERILENS_BENCH_PHOTOS=N`` takes the first N photos of each set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from benchmarks.pictures import Bench, Planes, bench, noisy, parameters, photos, planes_of, validation
from benchmarks.timing import Row
from desktop_app.core.lab.luma import luma
from desktop_app.core.lab.metrics import psnr
from desktop_app.core.lab.registry import BY_NAME

_SIGMAS = (15, 25, 50)
_LEVINS_NOISE = 0.5  # levels
_GOALS: Mapping[tuple[str, int], str] = {
    ("denoise.bm3d", 15): "32.37 ± 0.05", ("denoise.bm3d", 25): "29.97 ± 0.05", ("denoise.bm3d", 50): "26.72 ± 0.05",
    ("denoise.dct", 25): "≥ 29.0", ("denoise.ksvd", 25): "≥ 29.0", ("denoise.sparse", 25): "≥ 28.6",
    ("denoise.analysis_ksvd", 25): "≥ 28.6", ("denoise.transform_learning", 25): "≥ 28.6",
    ("superres.bicubic", 2): "33.64 ± 0.05", ("superres.bicubic", 3): "30.39 ± 0.05",
    ("superres.bicubic", 4): "28.42 ± 0.05",
}  # fmt: skip
_BLIND_GOAL, _KNOWN_GOAL = "≥ 30 (best method), sparse ≥ 28", "≥ 32 (best method)"
_PNP, _PNP_DENOISER = "restore.pnp", "denoise.bm3d"
_QUALITIES = (10, 20, 40)
_GAINS = (2, 12, 64)  # levels a photon
_SHIFT, _MARGIN = 10, 20  # pixels: how far a blind kernel may be off its middle, and what is cropped


def measure() -> list[Row]:
    """Return a row for each tool and task; none where the test photos are absent."""
    if validation() is None:
        return []
    parts: tuple[Callable[[Bench], Iterator[Row]], ...] = (
        _denoising, _jpeg_blocks, _photon_noise, _deblurring, _super_resolution, _inpainting, _dehazing, _low_light,
        _underwater,
    )  # fmt: skip
    with bench() as tools:
        return [row for part in parts for row in part(tools)]


def _denoising(tools: Bench) -> Iterator[Row]:
    for sigma in _SIGMAS:
        clean = [planes_of(path) for path in photos("set12/*.png")]
        pairs = [(noisy(planes, sigma, seed), planes) for seed, planes in enumerate(clean)]
        for tool in tools.tools("denoise"):
            if tool.subjects or "sigma" not in parameters(tool):
                continue  # photon noise and JPEG's blocks have rows of their own
            ours = [psnr(tools.run(tool.id, given, {"sigma": float(sigma)}), truth) for given, truth in pairs]
            yield _decibels(f"{tool.id}, Set12, σ {sigma}", ours, pairs, _GOALS.get((tool.id, sigma), "–"))


def _jpeg_blocks(tools: Bench) -> Iterator[Row]:
    for quality in _QUALITIES:
        clean = [planes_of(path) for path in photos("set12/*.png")]
        pairs = [(tools.run("degrade.jpeg", planes, {"quality": quality}), planes) for planes in clean]
        ours = [psnr(tools.run("denoise.deblock", given), truth) for given, truth in pairs]
        yield _decibels(f"denoise.deblock, Set12, JPEG of quality {quality}", ours, pairs, "–")


def _photon_noise(tools: Bench) -> Iterator[Row]:
    for gain in _GAINS:
        clean = [planes_of(path) for path in photos("set12/*.png")]
        pairs = [(_counted(planes, gain, seed), planes) for seed, planes in enumerate(clean)]
        for tool, target in (("denoise.bm3d", None), ("denoise.anscombe", "denoise.bm3d")):
            ours = [psnr(tools.run(tool, given, target=target), truth) for given, truth in pairs]
            yield _decibels(f"{_asking(tool, target)}, Set12, photon noise of gain {gain}", ours, pairs, "–")


def _counted(planes: Planes, gain: float, seed: int) -> Planes:
    """Return a photo whose photons were counted, `gain` levels each, and read out with noise of 2 levels."""
    rng = np.random.default_rng(seed)
    share = gain / 255
    return (rng.poisson(planes / share) * share + rng.standard_normal(planes.shape) * (2 / 255)).astype(np.float32)


def _asking(tool: str, target: str | None) -> str:
    return f"{tool} with {target}" if target else tool


def _decibels(work: str, ours: list[float], pairs: list[tuple[Planes, Planes]], goal: str) -> Row:
    before = mean(psnr(given, truth) for given, truth in pairs)
    return Row(work, mean(ours), before, "as given", goal, "dB", f"{len(ours)} photos")


def _deblurring(tools: Bench) -> Iterator[Row]:
    blurred = photos("levin/im*_kernel*_img.png")
    pairs = [(planes_of(path), planes_of(_truth_of(path))) for path in blurred]
    kernels = [np.ascontiguousarray(planes_of(_kernel_of(path))[:1, ::-1, ::-1]) for path in blurred]
    known = {tool.id: any(given["kind"] == "kernel" for given in tool.inputs) for tool in tools.tools("deblur")}
    for tool, is_known in {**known, _PNP: True}.items():
        target = _PNP_DENOISER if tool == _PNP else None
        ours = []
        for (given, truth), kernel in zip(pairs, kernels, strict=True):
            result = tools.run(tool, given, {}, {"kernel": kernel} if is_known else {}, target)
            ours.append(_aligned_psnr(result, truth))
        goal = _KNOWN_GOAL if is_known else _BLIND_GOAL
        name = f"{_asking(tool, target)}, Levin, kernel {'known' if is_known else 'unknown'}"
        yield _decibels(name, ours, pairs, goal)
    others = [_blurred(path, kernel) for path in photos("levin/gt/im*.png") for kernel in (2, 4, 6, 8)]
    for tool in (tool for tool, is_known in known.items() if not is_known):
        ours = [_aligned_psnr(tools.run(tool, given), truth) for given, truth in others]
        yield _decibels(f"{tool}, Levin, other kernels", ours, others, "–")


def _blurred(path: Path, kernel: int) -> tuple[Planes, Planes]:
    """Return a photo blurred with one of Levin's kernels, continued by reflection, with the noise of his photos."""
    truth = planes_of(path)[:1]
    weights = planes_of(path.with_name(f"kernel{kernel}.png"))[0, ::-1, ::-1]
    side = [length // 2 for length in weights.shape]
    padded = np.pad(truth[0], [(length, length) for length in side], mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape)
    blurred = np.einsum("hwij,ij->hw", windows, weights[::-1, ::-1] / weights.sum(), optimize=True)
    return np.rint(noisy(blurred[None], _LEVINS_NOISE, kernel).clip(0, 1) * 255).astype(np.float32) / 255, truth


def _truth_of(path: Path) -> Path:
    return path.parent / "gt" / f"{path.name.split('_')[0]}.png"


def _kernel_of(path: Path) -> Path:
    return path.parent / "gt" / f"{path.name.split('_')[1]}.png"


def _aligned_psnr(result: Planes, truth: Planes) -> float:
    """Return the PSNR at the best shift: Levin's kernels lie off their middle, and an estimated one lies anywhere."""
    height, width = truth.shape[1:]
    inner = truth[:, _MARGIN : height - _MARGIN, _MARGIN : width - _MARGIN]
    reach = range(_MARGIN - _SHIFT, _MARGIN + _SHIFT + 1)
    shifted = (result[:, top : top + inner.shape[1], left : left + inner.shape[2]] for top in reach for left in reach)
    return max(psnr(part, inner) for part in shifted)


def _super_resolution(tools: Bench) -> Iterator[Row]:
    for scale in (2, 3, 4):
        truths = [_whole(planes_of(path), scale) for path in photos("set5/*_GT.bmp")]
        for tool in (*(tool.id for tool in tools.tools("superres")), _PNP):
            ours = [_upscaled_psnr(tools, tool, truth, scale) for truth in truths]
            goal, name = _GOALS.get((tool, scale), "–"), _asking(tool, _PNP_DENOISER if tool == _PNP else None)
            yield Row(f"{name} ×{scale}, Set5", mean(ours), None, "–", goal, "dB", "Y, scale pixels cropped")


def _whole(planes: Planes, scale: int) -> Planes:
    return planes[:, : planes.shape[1] // scale * scale, : planes.shape[2] // scale * scale]


def _upscaled_psnr(tools: Bench, tool: str, truth: Planes, scale: int) -> float:
    """Reduce by MATLAB's bicubic, rounded to 8 bits as the published files are, and enlarge again."""
    import torch

    from desktop_app.numerics.resize import resize_bicubic

    size = truth.shape[1] // scale, truth.shape[2] // scale
    small = _rounded(resize_bicubic(torch.from_numpy(truth), size, scale=1 / scale).numpy())
    if tool == _PNP:
        params = {"degradation": "downsampling", "scale": scale}
        large = _rounded(tools.run(tool, small, params, target=_PNP_DENOISER))
    else:
        large = _rounded(tools.run(tool, small, {"scale": scale}))
    inside = (slice(None), slice(scale, -scale), slice(scale, -scale))
    return psnr(luma(large)[inside], luma(truth)[inside])


def _rounded(planes: Planes) -> Planes:
    levels: Planes = np.rint(np.clip(planes, 0.0, 1.0) * 255).astype(np.float32) / np.float32(255)
    return levels


def _inpainting(tools: Bench) -> Iterator[Row]:
    """Measure the filled pixels alone, since the others are kept."""
    masks = {path: (planes_of(path)[:1] < 0.5).astype(np.float32) for path in photos("inpainting/*_mask.png")}
    truths = {path: planes_of(path.with_name(path.name.replace("_mask", ""))) for path in masks}
    for tool in (*(tool.id for tool in tools.tools("inpaint")), _PNP):
        params, target = ({"degradation": "holes"}, _PNP_DENOISER) if tool == _PNP else ({}, None)
        ours = []
        for path, mask in masks.items():
            filled = tools.run(tool, truths[path] * (1 - mask), params, {"mask": mask}, target)
            hole = np.broadcast_to(mask > 0, filled.shape)
            ours.append(psnr(filled[hole][None, None], truths[path][hole][None, None]))
        name, note = f"{_asking(tool, target)}, holes", f"{len(ours)} photos, inside alone"
        yield Row(name, mean(ours), None, "–", "–", "dB", note)


def _dehazing(tools: Bench) -> Iterator[Row]:
    hazy = photos("sots_indoor_dev/hazy/*.png")
    pairs = [(planes_of(path), _same_size(planes_of(_clear_of(path)), planes_of(path))) for path in hazy]
    for tool in tools.tools("dehaze"):
        ours = [psnr(tools.run(tool.id, given), truth) for given, truth in pairs]
        yield _decibels(f"{tool.id}, SOTS indoor", ours, pairs, "≥ 19" if tool.id == "dehaze.dark_channel" else "–")


def _clear_of(path: Path) -> Path:
    return path.parents[1] / "gt" / f"{path.stem.split('_')[0]}.png"


def _same_size(truth: Planes, given: Planes) -> Planes:
    """Cut the frame off that some truths have and their hazy photos lack."""
    rows, columns = ((have - want) // 2 for have, want in zip(truth.shape[1:], given.shape[1:], strict=True))
    return truth[:, rows : rows + given.shape[1], columns : columns + given.shape[2]]


def _low_light(tools: Bench) -> Iterator[Row]:
    pictures = [planes_of(path) for path in photos("lowlight/*.jpg")]
    for tool in tools.tools("lowlight"):
        yield _share(tools, tool.id, "niqe", pictures, "> 50" if tool.id != "lowlight.gamma" else "–")


def _underwater(tools: Bench) -> Iterator[Row]:
    pictures = [planes_of(path) for path in photos("underwater/input/*.jpg")]
    for tool in tools.tools("underwater"):
        for metric in ("uiqm", "uciqe"):
            yield _share(tools, tool.id, metric, pictures, "> 50" if tool.id == "underwater.fusion" else "–")


def _share(tools: Bench, tool: str, name: str, pictures: list[Planes], goal: str, params: Any = None) -> Row:
    """Say how many of the photos a metric finds better than before, in percent."""
    metric = BY_NAME[name]
    values = [(metric.measure(picture), metric.measure(tools.run(tool, picture, params))) for picture in pictures]
    better = [(after > before) == metric.higher_is_better for before, after in values]
    means = f"mean {mean(before for before, _ in values):.2f} → {mean(after for _, after in values):.2f}"
    way = "up" if metric.higher_is_better else "down"
    return Row(f"{tool}, {metric.title} {way}", 100 * mean(better), None, "–", goal, "% of photos", means)
