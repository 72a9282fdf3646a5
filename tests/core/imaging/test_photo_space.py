"""A photo's numbers as light of sRGB's primaries and back, in spaces of all the kinds that profiles describe."""

from __future__ import annotations

from typing import Any

import imagecodecs
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from desktop_app.core.imaging import photo_space as module
from desktop_app.core.imaging.colour import adobe_rgb, linear_to_srgb, prophoto_rgb, rgb_profile, srgb_to_linear
from desktop_app.core.imaging.photo_space import LIGHT, SRGB_SPACE, PhotoSpace, in_strips, photo_space

P3 = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.3290)
REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
STEPS = np.linspace(0, 1, 1024)


def profile(curve: NDArray[np.float64] | None = None, **more: Any) -> bytes:
    """Return a profile of Adobe RGB's primaries with a curve in a table."""
    table = {} if curve is None else {"transferfunction": np.rint(curve * 65535).astype(np.uint16)}
    primaries = [0.64, 0.33, 1, 0.21, 0.71, 1, 0.15, 0.06, 1]
    return bytes(imagecodecs.cms_profile("rgb", whitepoint=[0.3127, 0.329, 1], primaries=primaries, **table, **more))


def grey(gamma: float) -> bytes:
    return bytes(imagecodecs.cms_profile("gray", whitepoint=[0.3457, 0.3585, 1], gamma=gamma))


# ROMM's toe, and a curve that no formula tells
SPACES = {
    "adobe": adobe_rgb(), "p3": rgb_profile(P3, None), "prophoto": prophoto_rgb(), "linear": rgb_profile(REC709, 1.0),
    "toe": profile(np.maximum.accumulate(np.where(STEPS < 1 / 32, STEPS / 16, STEPS**1.8))),
    "bent": profile((STEPS + STEPS**3) / 2), "grey 1.8": grey(1.8), "grey 2.2": grey(2.2), "grey 1": grey(1.0),
}
CASES = pytest.mark.parametrize("name", SPACES)


def channels_of(name: str) -> int:
    return 1 if name.startswith("grey") else 3


def space_of(name: str) -> PhotoSpace:
    found = photo_space(SPACES[name], channels_of(name))
    assert found is not None
    assert found is not SRGB_SPACE
    return found


def numbers(channels: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
    made = torch.rand(1, channels, 64, 64, generator=torch.Generator().manual_seed(0))
    return made * (high - low) + low


@CASES
def test_a_photo_becomes_what_littlecms_makes_of_it(name: str) -> None:
    """Where sRGB has the colour; LittleCMS goes on beyond in another way."""
    channels = channels_of(name)
    own = numbers(channels)
    ours = linear_to_srgb(space_of(name).light(own.double()))[0].flatten(1).T.numpy()
    given = own[0].flatten(1).T.double().numpy()[None]
    theirs = imagecodecs.cms_transform(
        np.ascontiguousarray(given if channels == 3 else given[..., 0]), SPACES[name], imagecodecs.cms_profile("srgb"),
        colorspace="rgb" if channels == 3 else "gray", outcolorspace="rgb", outdtype="float64", intent=1)[0]
    inside = ((theirs > 0) & (theirs < 1)).all(1)
    assert inside.mean() > 0.2
    np.testing.assert_allclose(ours[inside], theirs[inside][:, :channels], atol=5e-4)


@CASES
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-0.3, 1.5)])
def test_what_was_there_comes_back(name: str, low: float, high: float) -> None:
    """Colours outside sRGB, and numbers outside [0, 1], too."""
    own = numbers(channels_of(name), low, high).double()
    space = space_of(name)
    light = space.light(own)
    srgb = linear_to_srgb(light)
    if name in ("adobe", "p3", "prophoto"):
        assert srgb.min() < -0.1
        assert srgb.max() > 1.02
    np.testing.assert_allclose(space.numbers(light), own, atol=2e-5)
    np.testing.assert_allclose(space.numbers(srgb_to_linear(srgb)), own, atol=2e-4)  # sRGB's knee is rounded


@CASES
def test_white_black_and_greys_stay_what_they_are(name: str) -> None:
    ramp = torch.linspace(0, 1, 5, dtype=torch.float64).expand(1, channels_of(name), 1, 5)
    light = space_of(name).light(ramp)
    np.testing.assert_allclose(light[0, :, 0, 0], 0, atol=1e-6)
    np.testing.assert_allclose(light[0, :, 0, -1], 1, atol=2e-4)
    assert float((light.amax(1) - light.amin(1)).max()) < 2e-4


@CASES
def test_gradients_are_finite_at_black_too(name: str) -> None:
    own = torch.zeros(1, channels_of(name), 2, 2, requires_grad=True)
    light = space_of(name).light(own)
    assert torch.autograd.grad(light.sum(), own)[0].isfinite().all()
    black = torch.zeros_like(own, requires_grad=True)
    back = space_of(name).numbers(black)
    assert torch.autograd.grad(back.sum(), black)[0].isfinite().all()


@pytest.mark.parametrize("icc", [None, imagecodecs.cms_profile("srgb"), rgb_profile(REC709, None)])
def test_srgb_is_srgb_however_its_profile_says_it(icc: bytes | None) -> None:
    assert photo_space(icc, 3) is SRGB_SPACE


@pytest.mark.parametrize(("icc", "channels"), [
    (b"damaged", 3), (b"", 1), (grey(1.8), 3), (adobe_rgb(), 1), (bytes(imagecodecs.cms_profile("lab4")), 3),
    (profile(np.abs(STEPS - 0.5) * 2), 3),  # falls before it rises
])
def test_what_is_no_such_space_is_none(icc: bytes, channels: int) -> None:
    assert photo_space(icc, channels) is None


def test_each_channel_may_have_a_curve_of_its_own() -> None:
    adobe = photo_space(adobe_rgb(), 3)
    assert adobe is not None
    own = numbers(3).double()
    mixed = PhotoSpace((SRGB_SPACE.curves[0], LIGHT.curves[0], adobe.curves[0]))
    light = mixed.light(own)
    np.testing.assert_allclose(light[:, 0], srgb_to_linear(own[:, 0]))
    np.testing.assert_allclose(light[:, 1], own[:, 1])
    np.testing.assert_allclose(light[:, 2], own[:, 2] ** (563 / 256), atol=1e-4)
    np.testing.assert_allclose(mixed.numbers(light), own, atol=1e-6)


def test_strips_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    images = torch.rand(2, 3, 21, 10)
    whole = in_strips(lambda one, other: one * 2 + other, images, images)
    monkeypatch.setattr(module, "_STRIP", 40)
    seen: list[int] = []

    def part(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        seen.append(one.shape[-2])
        return one * 2 + other

    assert torch.equal(in_strips(part, images, images), whole)
    assert seen == [4, 4, 4, 4, 4, 1] * 2
