"""The bundled CIFAR-10 network: any photo in, ten logits out, differentiable down to the pixels."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.classification.cifar10_resnet.network import LABELS, SIDE, Cifar10ResNet, build, whitening_filters


@pytest.fixture(scope="module")
def model() -> Cifar10ResNet:
    torch.manual_seed(0)
    return build().eval()


def photos(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(1, 3, 32, 32), (2, 1, 32, 32), (1, 3, 1, 1), (3, 1, 7, 90), (1, 3, 481, 321)])
def test_any_size_and_grey(model: Cifar10ResNet, shape: tuple[int, ...]) -> None:
    logits = model(photos(*shape))
    assert logits.shape == (shape[0], len(LABELS))
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


def test_grey_is_three_equal_channels(model: Cifar10ResNet) -> None:
    grey = photos(2, 1, 40, 32)
    torch.testing.assert_close(model(grey), model(grey.repeat(1, 3, 1, 1)))


def test_the_whole_photo_counts(model: Cifar10ResNet) -> None:
    """Nothing is cropped: the far corner of a wide photo changes the answer."""
    wide = photos(1, 3, 32, 128)
    corner = wide.clone()
    corner[..., -8:, -8:] = 1 - corner[..., -8:, -8:]
    assert not torch.equal(model(wide), model(corner))


def test_shrinking_averages_over_the_area(model: Cifar10ResNet) -> None:
    """Fine noise on a large grey photo vanishes, as from a photo taken with larger pixels."""
    noisy = 0.5 + 0.4 * (photos(1, 3, 512, 512) - 0.5)
    flat = torch.full_like(noisy, 0.5)
    spread = (model.preprocess(noisy) - model.preprocess(flat)).std() * model.channel_std.mean()
    assert spread < 0.2 * noisy.std()


def test_preprocessing_normalises_by_its_buffers(model: Cifar10ResNet) -> None:
    small = photos(1, 3, SIDE, SIDE)
    torch.testing.assert_close(model.preprocess(small) * model.channel_std + model.channel_mean, small)


@pytest.mark.parametrize("shape", [(1, 3, 32, 32), (1, 1, 60, 45), (1, 3, 20, 20)])
def test_gradient_reaches_the_pixels(model: Cifar10ResNet, shape: tuple[int, ...]) -> None:
    pixels = photos(*shape).requires_grad_()
    loss = F.cross_entropy(model(pixels), torch.tensor([3]))
    (gradient,) = torch.autograd.grad(loss, pixels)
    assert gradient.shape == pixels.shape
    assert gradient.isfinite().all()
    assert (gradient != 0).float().mean() > 0.9


def test_gradient_is_the_slope(model: Cifar10ResNet) -> None:
    double = build().double().eval()
    double.load_state_dict(model.state_dict())
    pixels, direction = photos(1, 3, 40, 36).double(), photos(1, 3, 40, 36, seed=1).double() - 0.5
    (gradient,) = torch.autograd.grad(double(pixels.requires_grad_())[0, 3], pixels)
    slope = (gradient * direction).sum()
    step = 1e-4
    rise = (double(pixels + step * direction) - double(pixels - step * direction))[0, 3] / (2 * step)
    torch.testing.assert_close(slope, rise, rtol=1e-3, atol=1e-6)


def test_evaluation_is_deterministic_and_each_photo_stands_alone(model: Cifar10ResNet) -> None:
    batch = photos(4, 3, 50, 40)
    assert torch.equal(model(batch), model(batch))
    torch.testing.assert_close(model(batch)[1:2], model(batch[1:2]), rtol=1e-4, atol=1e-5)


def test_only_dropout_is_random_in_monte_carlo_dropout() -> None:
    torch.manual_seed(0)
    model = build().eval()
    dropouts = [m for m in model.modules() if isinstance(m, nn.Dropout | nn.Dropout2d)]
    assert {type(m) for m in dropouts} == {nn.Dropout, nn.Dropout2d}
    batch, before = photos(2, 3, 32, 32), {k: v.clone() for k, v in model.state_dict().items()}
    for layer in dropouts:
        layer.train()
    assert not torch.equal(model(batch), model(batch))
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    for layer in dropouts:
        layer.p = 0.0
    assert torch.equal(model(batch), model(batch))


@pytest.mark.parametrize(
    "wrong", [torch.zeros(3, 32, 32), torch.zeros(1, 4, 32, 32), torch.zeros(1, 3, 32, 32, dtype=torch.uint8)]
)
def test_what_is_no_photo_is_refused(model: Cifar10ResNet, wrong: Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected photos .* got .*; convert"):
        model(wrong)


def test_whitened_patches_are_uncorrelated() -> None:
    smooth = F.avg_pool2d(photos(16, 3, 34, 34), 3, stride=1)
    responses = F.conv2d(smooth - smooth.mean(), whitening_filters(smooth, epsilon=0.0))[:, :12]
    covariance = torch.cov(responses.permute(1, 0, 2, 3).flatten(1))
    torch.testing.assert_close(covariance, torch.eye(12), atol=1e-2, rtol=0)


def test_it_fits_in_five_megabytes_of_half_precision() -> None:
    assert 2 * sum(p.numel() for p in build().state_dict().values()) < 5_000_000
