"""Tools that assume sRGB are handed sRGB, and their pictures come back in the photo's own space."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import imagecodecs
import numpy as np
import pytest
import torch

from desktop_app.api import Result
from desktop_app.core.imaging.colour import adobe_rgb, linear_to_srgb, prophoto_rgb, rgb_profile, srgb_to_linear
from desktop_app.core.imaging.photo_space import photo_space
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.handed import OWN_NUMBERS
from desktop_app.core.jobs.request import TargetSpec, ToolRequest
from desktop_app.core.jobs.stack import Sample
from desktop_app.core.plugins.validation import tool_faults
from tests.core.jobs.conftest import register, tool

P3 = rgb_profile((0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.3290), None)
GREY = bytes(imagecodecs.cms_profile("gray", whitepoint=[0.3457, 0.3585, 1], gamma=1.8))
TABLES = b"\0" * 12 + b"prtrRGB " + b"\0" * 200  # of no space that is known
SPACES = {"adobe": (adobe_rgb(), 3), "p3": (P3, 3), "prophoto": (prophoto_rgb(), 3), "grey": (GREY, 1)}
CASES = pytest.mark.parametrize(("icc", "channels"), SPACES.values(), ids=SPACES)


def photo(channels: int, depth: type = np.uint8) -> Raster:
    """Return all of a space's colours in a raster of odd sides, with transparency."""
    drawn = np.random.default_rng(3)
    most = 1.0 if depth is np.float32 else np.iinfo(depth).max
    pixels = (drawn.uniform(0, 1, (37, 53, channels)) * most).astype(depth)
    pixels[:2] = 0
    pixels[0, :, 0] = most  # one primary alone, and black
    return Raster(pixels, (drawn.uniform(0, 1, (37, 53)) * most).astype(depth))


def as_srgb(planes: Any, icc: bytes) -> Any:
    space = photo_space(icc, len(planes))
    assert space is not None
    return linear_to_srgb(space.light(torch.from_numpy(planes)[None].double()))[0].numpy()


@CASES
@pytest.mark.parametrize("tile", ["none", 16])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("encoding", ["encoded", "srgb", "linear"])
def test_a_tool_that_changes_nothing_changes_no_pixel(
    engine: Engine, tools: Any, functions: dict[str, Any], icc: bytes, channels: int, tile: Any, depth: type,
    encoding: str,
) -> None:
    raster = photo(channels, depth)
    request = register(tools, functions, lambda images, *_: Result(image=images.clone()), encoding=encoding, reach=3)
    outcome = engine.run(replace(request, tile=tile), raster, icc=icc, exact_16=depth is not np.float32)
    np.testing.assert_array_equal(outcome.raster.planes(), raster.planes())
    np.testing.assert_array_equal(outcome.raster.alpha, raster.alpha)
    assert outcome.record.notes == ()


@CASES
def test_it_is_handed_srgb_and_what_it_makes_comes_back(
    engine: Engine, tools: Any, functions: dict[str, Any], icc: bytes, channels: int
) -> None:
    seen: list[Any] = []

    def halved(images: Any, params: Any, run: Any) -> Result:
        seen.append(images[0].numpy())
        return Result(image=images * 0.5)

    functions["fake:prepare"] = lambda images, params, run: seen.append(images[0].numpy())
    raster = photo(channels, np.float32)
    request = register(tools, functions, halved, encoding="srgb", prepare="fake:prepare")
    outcome = engine.run(request, raster, icc=icc, exact_16=False)
    wanted = as_srgb(raster.planes(), icc)
    np.testing.assert_allclose(seen[0], wanted, atol=1e-5)
    np.testing.assert_array_equal(seen[1], seen[0])
    np.testing.assert_allclose(as_srgb(outcome.raster.planes(), icc), wanted / 2, atol=1e-4)


@CASES
def test_another_size_comes_back_too(
    engine: Engine, tools: Any, functions: dict[str, Any], icc: bytes, channels: int
) -> None:
    def doubled(images: Any, params: Any, run: Any) -> Result:
        return Result(image=images.repeat_interleave(2, 2).repeat_interleave(2, 3))

    raster = photo(channels, np.float32)
    outcome = engine.run(register(tools, functions, doubled, encoding="srgb", scale=2), raster, icc=icc, exact_16=False)
    found, wanted = outcome.raster.planes()[:, ::2, ::2], raster.planes()
    np.testing.assert_allclose(as_srgb(found, icc), as_srgb(wanted, icc), atol=1e-5)


def test_a_small_change_is_as_small_in_every_pixel(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    """Also in the darkest channel of a vivid colour, which float32 alone would not bring back so well."""
    raster = photo(3, np.float32)
    request = register(tools, functions, lambda images, *_: Result(image=images + 1e-7), encoding="srgb")
    outcome = engine.run(request, raster, icc=prophoto_rgb(), exact_16=False)
    bright = raster.planes() > 0.02  # nearer to black the same step is more numbers
    assert np.abs(outcome.raster.planes() - raster.planes())[bright].max() < 1e-4


@pytest.mark.parametrize(("encoding", "wanted"), [("encoded", "own"), ("srgb", "srgb"), ("linear", "light")])
def test_a_tool_that_is_called_is_handed_what_it_wants_of_what_its_caller_has(
    engine: Engine, tools: Any, functions: dict[str, Any], encoding: str, wanted: str
) -> None:
    seen: list[Any] = []

    def inner(images: Any, params: Any, run: Any) -> Result:
        seen.append(images[0].numpy().copy())
        return Result(image=images)

    def outer(images: Any, params: Any, run: Any) -> Result:
        return Result(image=run.call("fake.inner", images).image)

    raster = photo(3, np.float32)
    own, srgb = raster.planes(), as_srgb(raster.planes(), P3)
    for outside, inside in (("encoded", encoding), (encoding, "srgb")):
        register(tools, functions, inner, encoding=inside)
        tools.known["fake.inner"] = replace(tools.known["fake.new"], id="fake.inner", algorithm="fake:inner")
        functions["fake:inner"] = inner
        outcome = engine.run(register(tools, functions, outer, encoding=outside), raster, icc=P3, exact_16=False)
        np.testing.assert_array_equal(outcome.raster.planes(), own)
    spaces = {"own": own, "srgb": srgb, "light": srgb_to_linear(srgb)}
    np.testing.assert_allclose(seen[0], spaces[wanted], atol=1e-5)
    np.testing.assert_allclose(seen[1], srgb, atol=1e-5)


def test_gradients_flow_through_a_target_that_is_handed_srgb(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    found: list[Any] = []

    def ask(images: Any, params: Any, run: Any) -> Result:
        leaf = images.clone().requires_grad_()
        found.append(torch.autograd.grad(run.target(leaf).sum(), leaf)[0])
        return Result(image=images, reports=[{}])

    tools.known["fake.blur"] = replace(tools.known["fake.blur"], encoding="srgb")
    request = register(tools, functions, ask, kind="uncertainty", subjects=("restoration",), algorithm="fake:new")
    engine.run(replace(request, subjects=(TargetSpec("fake.blur"),)), photo(3, np.float32), icc=P3)
    assert found[0].isfinite().all()
    assert float(found[0].abs().max()) > 0


def test_photos_of_two_spaces_go_apart(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    raster = photo(3)
    request = register(tools, functions, lambda images, *_: Result(image=1 - images), encoding="srgb")
    profiles = [None, P3, None, prophoto_rgb()]
    outcomes = list(engine.run_all(request, [Sample(raster, icc=icc) for icc in profiles]))
    for icc, outcome in zip(profiles, outcomes, strict=True):
        np.testing.assert_array_equal(outcome.raster.pixels, engine.run(request, raster, icc=icc).raster.pixels)
    assert not np.array_equal(outcomes[0].raster.pixels, outcomes[1].raster.pixels)


@pytest.mark.parametrize(("encoding", "notes"), [("encoded", ()), ("srgb", (OWN_NUMBERS,))])
def test_a_profile_of_tables_is_told(
    engine: Engine, tools: Any, functions: dict[str, Any], encoding: str, notes: tuple[str, ...]
) -> None:
    raster = photo(3)
    request = register(tools, functions, lambda images, *_: Result(image=images), encoding=encoding)
    outcome = engine.run(request, raster, icc=TABLES)
    assert outcome.record.notes == notes
    np.testing.assert_array_equal(outcome.raster.pixels, raster.pixels)


def test_missing_values_that_are_filled_come_back(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    raster = Raster(np.full((8, 8, 3), np.nan, np.float32))
    request = register(tools, functions, lambda images, *_: Result(image=images.nan_to_num(0.5)), encoding="srgb",
                       takes_missing=True)  # fmt: skip
    found = engine.run(request, raster, icc=P3, exact_16=False).raster.planes()
    np.testing.assert_allclose(as_srgb(found, P3), 0.5, atol=1e-5)


def test_an_attack_is_on_the_numbers_that_are_saved() -> None:
    attack = tool("fake.push", "attack", "fake:push", subjects=("classifier",), encoding="srgb")
    assert any("own numbers" in fault for fault in tool_faults(attack))
    assert not any("numbers" in fault for fault in tool_faults(replace(attack, encoding="encoded")))


def test_a_mask_and_a_request_know_nothing_of_it(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    """What lies outside a mask is the photo's own."""
    raster, mask = photo(3), np.zeros((37, 53), np.float32)
    mask[:10] = 1
    request: ToolRequest = register(tools, functions, lambda images, *_: Result(image=1 - images), encoding="srgb")
    outcome = engine.run(request, raster, icc=P3, mask=mask)
    np.testing.assert_array_equal(outcome.raster.planes()[:, 10:], raster.planes()[:, 10:])
    assert (outcome.raster.planes()[:, :10] != raster.planes()[:, :10]).any()
