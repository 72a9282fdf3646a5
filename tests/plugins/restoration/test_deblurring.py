"""Deblurring with a known kernel: every method on the same photo, at its borders, and on kernels that make no sense."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from desktop_app.api import ParameterError, Tool
from desktop_app.core.jobs.control import JobControl
from desktop_app.numerics.fourier import Frame
from desktop_app.numerics.kernels import defocus_kernel, gaussian_kernel, motion_kernel
from desktop_app.testing import call_tool
from tests.support.photos import SharedPhotos
from tests.support.restoring import picture_of, psnr

FOLDERS = ("wiener", "deblur_tikhonov", "richardson_lucy", "deblur_tv", "hyper_laplacian")
TOOLS: dict[str, Tool] = {
    tool.id.removeprefix("deblur."): tool
    for folder in FOLDERS
    for tool in import_module(f"plugins.restoration.{folder}.descriptor").verilens_tools()
}
every = pytest.mark.parametrize("name", TOOLS)


def restored(name: str, images: Tensor, kernel: Tensor | None = None, **params: Any) -> Tensor:
    inputs = {} if kernel is None else {"kernel": kernel[None, None]}
    return picture_of(call_tool(TOOLS[name], images, params, inputs=inputs))


def blurred(photo: Tensor, kernel: Tensor, sigma: float = 0.0) -> tuple[Tensor, Tensor]:
    """Return the part of a photo that a kernel leaves known, blurred and noisy, and that part itself."""
    flipped = kernel.flip(0, 1)[None, None].expand(photo.shape[1], 1, *kernel.shape)
    known = F.conv2d(photo, flipped, groups=photo.shape[1])
    rows, columns = (side // 2 for side in kernel.shape)
    noise = torch.randn(known.shape, generator=torch.Generator().manual_seed(1)) * sigma / 255.0
    return known + noise, photo[..., rows : rows + known.shape[-2], columns : columns + known.shape[-1]]


def drawing(size: int = 96) -> Tensor:
    """Return discs and bars on a slope, ``(1, 1, size, size)``."""
    y, x = torch.meshgrid(torch.arange(size) / size, torch.arange(size) / size, indexing="ij")
    discs = ((x - 0.3) ** 2 + (y - 0.4) ** 2 < 0.04).float() - 0.5 * ((x - 0.7) ** 2 + (y - 0.7) ** 2 < 0.03).float()
    bars = ((x * 12).floor() % 2 == 0).float() * (y > 0.85)
    return (0.4 + 0.2 * x + 0.3 * discs + 0.2 * bars)[None, None]


@every
@pytest.mark.parametrize("kernel", [motion_kernel(9.0, 30.0), defocus_kernel(2.5)], ids=["motion", "defocus"])
def test_it_sharpens(name: str, kernel: Tensor) -> None:
    soft, sharp = blurred(drawing(), kernel, sigma=1.0)
    gain = psnr(restored(name, soft, kernel), sharp) - psnr(soft, sharp)
    assert gain > 1.5


@every
def test_it_makes_the_kernel_that_the_parameters_describe(name: str) -> None:
    soft, _ = blurred(drawing(64), motion_kernel(7.0, 20.0))
    made = restored(name, soft, shape="motion", length=7.0, angle=20.0)
    torch.testing.assert_close(made, restored(name, soft, motion_kernel(7.0, 20.0)), atol=1e-5, rtol=0.0)


@every
def test_flat_stays_flat_and_no_blur_changes_nothing(name: str) -> None:
    flat = torch.full((1, 3, 20, 24), 0.6)
    torch.testing.assert_close(restored(name, flat, defocus_kernel(2.0)), flat, atol=1e-3, rtol=0.0)
    image = drawing(32) + 0.1
    assert restored(name, image, torch.ones(1, 1)).equal(image)


@every
def test_tiny_photos_are_returned_as_they_are(name: str) -> None:
    for shape in ((1, 1, 1, 1), (1, 3, 1, 30), (1, 1, 7, 40)):
        image = torch.rand(shape, generator=torch.Generator().manual_seed(0))
        assert restored(name, image, defocus_kernel(3.0)).equal(image)


@every
@pytest.mark.parametrize(
    ("kernel", "sentence"),
    [(torch.ones(40, 3), "no larger"), (torch.zeros(3, 3), "positive sum"), (-torch.eye(3), "positive sum")],
    ids=["larger than the photo", "of zero sum", "negative"],
)
def test_senseless_kernels_are_refused(name: str, kernel: Tensor, sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        restored(name, torch.rand(1, 1, 32, 32), kernel)


@every
def test_an_even_kernel_and_one_of_another_scale_are_taken_for_what_they_are(name: str) -> None:
    soft, _ = blurred(drawing(48), torch.full((1, 3), 1.0 / 3.0))
    even = torch.zeros(2, 4)
    even[1, 1:4] = 200.0
    torch.testing.assert_close(restored(name, soft, even), restored(name, soft, torch.ones(1, 3)), atol=1e-5, rtol=0.0)


@every
def test_values_outside_zero_and_one_stay_finite_without_noise(name: str) -> None:
    params = {} if name == "richardson_lucy" else {"sigma": 0.0}
    image = drawing(40) * 3.0 - 1.0
    assert bool(restored(name, image, defocus_kernel(4.0), **params).isfinite().all())


@every
def test_borders_do_not_ring(name: str) -> None:
    """A slope ends in a step where the photo wraps around: its border must be no worse than four times its middle."""
    slope = torch.linspace(0.1, 0.9, 90).expand(1, 1, 90, 90) + 0.05 * drawing(90)
    soft, sharp = blurred(slope, motion_kernel(11.0, 0.0))
    error = (restored(name, soft, motion_kernel(11.0, 0.0)) - sharp).square()
    middle = float(error[..., 20:-20].mean().sqrt())
    border = float(torch.cat([error[..., :6], error[..., -6:]], -1).mean().sqrt())
    assert border < 4.0 * middle + 0.01


@pytest.mark.parametrize(
    ("kernel", "least"), [(motion_kernel(41.0, 30.0), 20.0), (defocus_kernel(12.0), 24.0)], ids=["motion", "defocus"]
)
def test_what_comes_in_over_the_borders_does_not_spoil_wieners_filter_on_large_kernels(
    kernel: Tensor, least: float
) -> None:
    """Applied once, the filter reaches 10.3 and 18.8 dB."""
    soft, sharp = blurred(drawing(160), kernel, sigma=1.0)
    assert psnr(restored("wiener", soft, kernel), sharp) > least


@pytest.mark.parametrize("name", ["tv", "hyper_laplacian"])
def test_lamps_that_were_clipped_to_white_leave_fewer_ripples(name: str) -> None:
    lamps = torch.zeros(1, 1, 96, 96)
    lamps[..., 44:48, 44:48] = 6.0
    soft, sharp = blurred(0.6 * drawing() + lamps, motion_kernel(11.0, 20.0), sigma=0.5)
    error = restored(name, soft.clamp(0.0, 1.0), motion_kernel(11.0, 20.0), sigma=0.5) - sharp.clamp(0.0, 1.0)
    lamp = (soft > 1.0).float()
    around = F.max_pool2d(lamp, 25, stride=1, padding=12) - F.max_pool2d(lamp, 5, stride=1, padding=2)
    assert 255.0 * float((error.abs() * around).sum() / around.sum()) < 20.5  # 23.5 if white is taken at its word


@pytest.mark.parametrize("name", [name for name in TOOLS if name != "richardson_lucy"])
def test_more_noise_is_answered_with_more_smoothness(name: str) -> None:
    soft, _ = blurred(drawing(64), defocus_kernel(2.0), sigma=2.0)
    rough = [float((image := restored(name, soft, defocus_kernel(2.0), sigma=s)).diff(dim=-1).abs().mean())
             for s in (1.0, 5.0, 25.0)]
    assert image.shape == soft.shape
    assert rough[0] > rough[1] > rough[2]


def test_iterations_of_richardson_and_lucy_raise_the_likelihood() -> None:
    kernel = defocus_kernel(2.0)
    soft, _ = blurred(drawing(64), kernel)

    def divergence(image: Tensor) -> float:
        again, seen = blurred(image, kernel)[0], soft[..., 2:-2, 2:-2]
        rows, columns = ((a - b) // 2 for a, b in zip(seen.shape[-2:], again.shape[-2:], strict=True))
        seen = seen[..., rows : rows + again.shape[-2], columns : columns + again.shape[-1]]
        return float((seen * (seen / again.clamp_min(1e-6)).log() - seen + again).mean())

    steps = [divergence(restored("richardson_lucy", soft, kernel, iterations=n, variation=0.0)) for n in (1, 5, 25)]
    assert steps[0] > steps[1] > steps[2] >= 0.0


def plain_richardson_lucy(soft: Tensor, kernel: Tensor, steps: int) -> Tensor:
    """Return the plain method's estimate of a plane ``(H, W)``, by convolutions in a frame wide enough for them."""
    reach, flat = kernel.shape[0] // 2, kernel.flip(0, 1)[None, None]
    estimate = Frame.around(*soft.shape, (reach, reach)).lay(soft).clamp_min(1e-4)
    top, left = ((a - b) // 2 for a, b in zip(estimate.shape, soft.shape, strict=True))
    inside = (slice(top, top + soft.shape[0]), slice(left, left + soft.shape[1]))

    def explained(light: Tensor, weights: Tensor) -> Tensor:
        return F.conv2d(light[None, None], weights, padding=reach)[0, 0]

    known = torch.zeros_like(estimate)
    known[inside] = 1.0
    share = explained(known, kernel[None, None])
    for _ in range(steps):
        ratio = torch.zeros_like(estimate)
        ratio[inside] = soft / explained(estimate, flat)[inside].clamp_min(1e-4)
        factor = torch.where(share > 1e-2, explained(ratio, kernel[None, None]) / share, torch.ones_like(share))
        estimate = (estimate * factor).clamp_min(1e-4)
    return estimate[inside]


@pytest.mark.parametrize(("steps", "most"), [(1, 0.01), (2, 0.01), (30, 1.5)])
def test_richardson_and_lucy_go_as_far_as_so_many_plain_steps(steps: int, most: float) -> None:
    kernel = defocus_kernel(3.0)
    soft, sharp = blurred(drawing(128), kernel, sigma=1.0)
    plain = plain_richardson_lucy(soft[0, 0], kernel, steps)[None, None]
    made = restored("richardson_lucy", soft, kernel, iterations=steps, variation=0.0)
    assert 255.0 * float((made - plain).square().mean().sqrt()) < most
    assert psnr(made, sharp) > psnr(plain, sharp) - 0.1


@pytest.mark.parametrize("kernel", [
    gaussian_kernel(1.5), motion_kernel(9.0, 0.0), motion_kernel(9.0, 90.0),
    torch.outer(torch.tensor([1.0, 3.0, 0.5]), torch.tensor([4.0, 2.0, 2.0, 1.0, 0.5])),
])  # fmt: skip
def test_richardson_and_lucy_find_the_same_with_and_without_transforms(
    monkeypatch: pytest.MonkeyPatch, kernel: Tensor
) -> None:
    soft, _ = blurred(drawing(70), kernel / kernel.sum(), sigma=1.0)
    by_taps = restored("richardson_lucy", soft, kernel)
    monkeypatch.setattr("plugins.restoration.richardson_lucy.algorithm.separated", lambda _kernel: None)
    torch.testing.assert_close(restored("richardson_lucy", soft, kernel), by_taps, atol=1e-4, rtol=0.0)


def test_richardson_and_lucy_take_less_than_half_of_the_plain_steps() -> None:
    soft, _ = blurred(drawing(96), defocus_kernel(3.0), sigma=1.0)
    reported: list[float] = []
    control = JobControl(lambda done, _: reported.append(done))
    kernel = defocus_kernel(3.0)[None, None]
    call_tool(TOOLS["richardson_lucy"], soft, {"iterations": 30}, inputs={"kernel": kernel}, control=control)
    assert reported == sorted(reported)
    assert 10 <= len(set(reported)) <= 15


def test_total_variation_keeps_noise_down_in_richardson_and_lucy() -> None:
    kernel = defocus_kernel(2.0)
    soft, sharp = blurred(drawing(), kernel, sigma=5.0)
    plain, smooth = (restored("richardson_lucy", soft, kernel, iterations=60, variation=v) for v in (0.0, 0.01))
    assert psnr(smooth, sharp) > psnr(plain, sharp) + 0.5


def test_the_orders_of_the_published_figures_hold(photos: SharedPhotos) -> None:
    """Levin's kernels and 1% noise: hyper-Laplacian above total variation above Wiener (a part of one photo)."""
    folder = photos("val/levin/gt")
    photo, kernel = (
        torch.from_numpy(np.asarray(Image.open(folder / name), dtype=np.float32) / 255.0)
        for name in ("im4.png", "kernel3.png")
    )
    kernel = kernel.rot90(2)  # the pictures want it, see the data's own notes
    soft, sharp = blurred(photo[None, None], kernel / kernel.sum(), sigma=2.55)
    wiener, variation, hyper = (
        psnr(restored(name, soft, kernel, sigma=2.55), sharp) for name in ("wiener", "tv", "hyper_laplacian")
    )
    assert hyper > variation + 0.1
    assert variation > wiener  # which takes its surroundings from its own estimate, too
    assert hyper > 33.0
