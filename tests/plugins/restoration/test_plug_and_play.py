"""Plug and play: better than the plain inverse on every degradation, and data steps that are what they say."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import InputMissingError, ParameterError, Tool
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.numerics.kernels import defocus_kernel
from desktop_app.numerics.resize import downsample_bicubic, upsample_bicubic
from desktop_app.testing.running import Bench
from plugins.restoration.plug_and_play.algorithm import schedule
from plugins.restoration.plug_and_play.observations import Blurred, Noisy, Observation, Punctured, Small
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import picture_of, psnr


def tool(folder: str) -> Tool:
    found: Tool = import_module(f"plugins.restoration.{folder}.descriptor").verilens_tools()[0]
    return found


class OneTool:
    """Where the denoiser is found."""

    def tool(self, tool_id: str) -> Tool:
        return {"denoise.nlm": tool("nlm")}[tool_id]

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        return "built in", "1"


def restored(images: Tensor, inputs: dict[str, Tensor] | None = None, **params: Any) -> Tensor:
    bench = Bench(tool("plug_and_play"), OneTool())
    denoiser = TargetSpec("denoise.nlm", {"sigma": 0.0})
    return picture_of(bench.call(images, params, targets=[denoiser], inputs=inputs or {}))


def noise_like(image: Tensor, sigma: float) -> Tensor:
    return torch.randn(image.shape, generator=torch.Generator().manual_seed(0)) * sigma / 255.0


@pytest.fixture
def crop(photos: SharedPhotos) -> Tensor:
    return grey_photo(photos("val/set12/05.png"))[..., 64:192, 64:192]


def test_deblurring_beats_wiener(crop: Tensor) -> None:
    kernel = defocus_kernel(2.0)
    known = torch.nn.functional.conv2d(crop, kernel.flip(0, 1)[None, None])
    margin = kernel.shape[0] // 2
    soft, sharp = known + noise_like(known, 2.55), crop[..., margin:-margin, margin:-margin]
    inputs = {"kernel": kernel[None, None]}
    plain = Bench(tool("wiener")).call(soft, {"sigma": 2.55}, inputs=inputs).image
    assert plain is not None
    assert psnr(restored(soft, inputs, sigma=2.55), sharp) > psnr(plain, sharp) + 0.3


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_super_resolution_beats_bicubic(crop: Tensor, scale: int) -> None:
    sharp = crop[..., : 128 // scale * scale, : 128 // scale * scale]
    small = downsample_bicubic(sharp, scale)
    better = restored(small, degradation="downsampling", scale=scale, sigma=0.0)
    assert psnr(better, sharp) > psnr(upsample_bicubic(small, scale), sharp) + 0.5


def test_inpainting_beats_its_first_guess_and_keeps_what_is_known(crop: Tensor) -> None:
    mask = (torch.rand(crop.shape, generator=torch.Generator().manual_seed(1)) > 0.5).float()
    holes = crop * (1.0 - mask)
    filled = restored(holes, {"mask": mask}, degradation="holes")
    guess = Punctured(holes, 1.0 - mask[0, 0], is_exact=True).start()
    assert psnr(filled, crop) > psnr(guess, crop) + 0.5
    torch.testing.assert_close(filled[mask == 0], crop[mask == 0])


def test_denoising_beats_the_noisy_photo(crop: Tensor) -> None:
    noisy = crop + noise_like(crop, 25.0)
    assert psnr(restored(noisy, degradation="noise", sigma=25.0), crop) > psnr(noisy, crop) + 4.0


def observations() -> dict[str, Observation]:
    image = torch.rand(1, 2, 14, 12, generator=torch.Generator().manual_seed(2))
    kept = (torch.rand(14, 12, generator=torch.Generator().manual_seed(3)) > 0.4).float()
    return {
        "noise": Noisy(image), "holes": Punctured(image, kept, is_exact=True),
        "blur": Blurred.of(image, defocus_kernel(1.5)), "small": Small.of(image, 3),
    }


def shrunk_by(observation: Small, image: Tensor) -> Tensor:
    """Return what the data step takes the degradation for."""
    transfer = observation.rows.view(-1, 1) * observation.columns.view(1, -1)
    filtered = torch.fft.ifft2(torch.fft.fft2(image) * transfer).real
    return filtered[..., :: observation.scale, :: observation.scale]


@pytest.mark.parametrize("name", ["noise", "holes", "blur", "small"])
def test_data_steps_minimise_what_they_say(name: str) -> None:
    """The gradient of ``‖y - T x‖² + α ‖x - z‖²`` is zero at the fit, by automatic differentiation."""
    observation, weight = observations()[name], 0.3
    z = torch.rand(observation.start().shape, generator=torch.Generator().manual_seed(4))
    known = observation.known if isinstance(observation, Blurred) else None
    x = observation.fit(z, weight).requires_grad_(True)
    if isinstance(observation, Noisy):
        residual = observation.image - x
    elif isinstance(observation, Punctured):
        residual = observation.kept * (observation.image - x)
    elif isinstance(observation, Blurred):
        assert known is not None
        residual = known - torch.fft.irfft2(torch.fft.rfft2(x) * observation.transfer, s=observation.frame.size)
    else:
        assert isinstance(observation, Small)
        residual = observation.small - shrunk_by(observation, x)
    (residual.square().sum() + weight * (x - z).square().sum()).backward()
    assert x.grad is not None
    assert float(x.grad.abs().max()) < 1e-4


def test_the_shrinking_of_the_data_step_is_that_of_the_degradation() -> None:
    for scale in (2, 3, 4):
        small = Small.of(torch.zeros(1, 1, 16, 20), scale)
        height, width = (scale * side for side in small.frame.size)
        large = torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(5))
        shrunk = shrunk_by(small, large)
        expected = downsample_bicubic(large, scale)
        torch.testing.assert_close(shrunk[..., 4:-4, 4:-4], expected[..., 4:-4, 4:-4], atol=1e-4, rtol=0.0)


def test_levels_fall_evenly_on_a_logarithmic_scale() -> None:
    assert schedule(40.0, 10.0, 3) == pytest.approx([40.0, 20.0, 10.0])
    assert schedule(49.0, 60.0, 2) == pytest.approx([60.0, 60.0])
    assert schedule(49.0, 5.0, 1) == [5.0]


def test_masks_that_are_missing_full_or_empty() -> None:
    image = torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(6))
    with pytest.raises(InputMissingError, match="mask"):
        restored(image, degradation="holes")
    with pytest.raises(ParameterError, match="full"):
        restored(image, {"mask": torch.ones(1, 1, 12, 12)}, degradation="holes")
    assert restored(image, {"mask": torch.zeros(1, 1, 12, 12)}, degradation="holes").equal(image)
