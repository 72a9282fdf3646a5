"""Intervals around a restoration: they hold what they promise on photos like those they were set on."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import ParameterError, Params, Result, ToolError, param
from desktop_app.api.resources import bundled as bundled_file
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.numerics.conformal import LADDER, lambda_on_average, loss_curve
from desktop_app.numerics.error_scale import WEIGHTS, error_scale, read_rule
from desktop_app.testing.running import Bench
from desktop_app.testing.subjects import BLUR
from plugins.uncertainty.conformal import bundled
from plugins.uncertainty.conformal.descriptor import verilens_tools
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.opinions import ASK, Known

TOOL = verilens_tools()[0]
SIGMA = 20.0
RULE = read_rule(bundled_file(WEIGHTS))


BENCH = Bench(TOOL, Known({BLUR.id: BLUR}), BUILT_IN_NETWORKS)


def scene(seed: int) -> Tensor:
    """Return a photo ``(1, 3, 40, 44)`` of smooth hills and an edge."""
    generator = torch.Generator().manual_seed(seed)
    hills = torch.nn.functional.interpolate(torch.rand(1, 3, 5, 6, generator=generator), (40, 44), mode="bicubic")
    hills[..., 20 + seed % 7 :, :] *= 0.5
    return hills.clamp(0.0, 1.0)


def noisy(photo: Tensor, seed: int) -> Tensor:
    return photo + torch.randn(photo.shape, generator=torch.Generator().manual_seed(seed)) * SIGMA / 255.0


def questioned(images: Tensor, calibration: Tensor | None, **params: Any) -> Result:
    inputs = {} if calibration is None else {"calibration": calibration[None, None]}
    return BENCH.call(images, params, targets=[TargetSpec(BLUR.id, {})], inputs=inputs)


def blurred(images: Tensor) -> Tensor:
    found = Bench(BLUR).call(images, {}).image
    assert found is not None
    return found


def calibration(seeds: range) -> Tensor:
    found = []
    for seed in seeds:
        photo = scene(seed)
        given = noisy(photo, seed)
        result = blurred(given)
        found.append(loss_curve((result - photo).mean(1).abs()[0], error_scale(result, given, RULE, ASK)[0]))
    return torch.stack(found)


def dark_calibration(seeds: range) -> Tensor:
    """Return shares missed of dark photos whose noise was not cut off at black, and how strong it was."""
    found = []
    for seed in seeds:
        photo = 0.1 * scene(seed)
        given = noisy(photo, seed)
        result = blurred(given)
        curve = loss_curve((result - photo).mean(1).abs()[0], error_scale(result, given, RULE, ASK)[0])
        found.append(torch.cat([curve, torch.tensor([SIGMA])]))
    return torch.stack(found)


def coverage(result: Result, photo: Tensor) -> float:
    maps = {layer.name: layer.values for layer in result.maps}
    truth = photo.mean(1)
    return float(((maps["lower"] <= truth) & (truth <= maps["upper"])).float().mean())


def test_a_calibration_of_noise_that_was_not_cut_off_holds_for_files_that_cut_it_off() -> None:
    table = dark_calibration(range(20))
    files = {seed: noisy(0.1 * scene(seed), seed).clamp(0.0, 1.0) for seed in range(100, 108)}
    held, before = (
        fmean(coverage(questioned(image, given, alpha=0.1), 0.1 * scene(seed)) for seed, image in files.items())
        for given in (table, table[:, :-1])
    )
    assert held > 0.85 > before + 0.05


@pytest.mark.parametrize(("alpha", "delta"), [(0.1, None), (0.2, None), (0.1, 0.2)])
def test_the_promise_is_kept_on_other_photos(alpha: float, delta: float | None) -> None:
    curves = calibration(range(1000, 1120))
    held = [
        coverage(questioned(noisy(scene(seed), seed), curves, alpha=alpha, delta=delta), scene(seed))
        for seed in range(100, 140)
    ]
    mean = sum(held) / len(held)
    assert mean > 1 - alpha - 0.02
    assert mean < 1 - alpha + (0.02 if delta is None else 0.08)


def test_maps_say_what_they_are_and_fit_together() -> None:
    photo = noisy(scene(1), 1)
    result = questioned(photo, calibration(range(30)), alpha=0.1, delta=0.5)
    maps = {layer.name: layer for layer in result.maps}
    assert set(maps) == {"half-width", "lower", "upper"}
    assert result.image is not None
    assert result.image.equal(blurred(photo))
    half = maps["half-width"].values / 255.0
    middle = result.image.mean(1)
    torch.testing.assert_close(maps["lower"].values, (middle - half).clamp(0, 1))
    torch.testing.assert_close(maps["upper"].values, (middle + half).clamp(0, 1))
    assert {layer.standing for layer in result.maps} == {"calibrated"}
    assert maps["half-width"].checked == [
        {"on": "the photos of the given calibration", "n": 30, "alpha": 0.1, "delta": 0.5}
    ]
    assert "at least 90%" in maps["half-width"].meaning
    assert result.reports[0]["target_coverage"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("curves", "params", "words"),
    [(torch.zeros(3, len(LADDER)), {"alpha": 0.1}, "9 photos or more for this α and δ, got one of 3"),
     (torch.ones(60, len(LADDER)), {"alpha": 0.1}, "beyond every width"),
     (torch.rand(20, len(LADDER), generator=torch.Generator().manual_seed(0)), {}, "falling shares"),
     (torch.zeros(20, 12), {}, "falling shares")],
)  # fmt: skip
def test_what_cannot_carry_the_promise_is_refused(curves: Tensor, params: dict[str, Any], words: str) -> None:
    with pytest.raises((ToolError, ParameterError), match=words):
        questioned(scene(0), curves, **params)


@pytest.mark.parametrize(("count", "alpha", "said"), [(24, 0.1, "93.8%"), (24, 0.05, "99.0%"), (100, 0.1, "")])
def test_what_few_photos_cost_is_told(count: int, alpha: float, said: str) -> None:
    (report,) = questioned(noisy(scene(0), 0), torch.zeros(count, len(LADDER)), alpha=alpha).reports
    told = [line for line in report["caveats"] if "photos only" in line]
    assert len(told) == bool(said)
    assert all(said in line for line in told)


def one_row(sigma: float, factor: float) -> dict[str, Any]:
    alphas = [0.05, 0.1, 0.2]
    return {
        "sigma": sigma, "n": 100, "alphas": alphas, "average": [factor * value for value in (3.0, 2.0, 1.0)],
        "confidence": {"0.1": [None, 3.0 * factor, 2.0 * factor]}, "coverage_elsewhere": {"0.1": 0.9},
    }  # fmt: skip


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [one_row(5.0, 1.0), one_row(15.0, 2.0)]
    of_blur = {"params": {"strength": 1.0}, "weights": {}, "grey": rows, "colour": rows}
    held = {"version": 1, "on": "photos", "weights": {}, "tools": {BLUR.id: of_blur}}
    monkeypatch.setattr(bundled, "_table", lambda: held)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("sigma", "alpha", "delta", "value"),
    [(5.0, 0.1, None, 2.0), (15.0, 0.1, None, 4.0), (10.0, 0.1, None, 3.0), (5.0, 0.1, 0.1, 3.0), (5.0, 0.1, 0.5, 3.0),
     (5.0, 0.1 * 2**0.5, None, 1.5)],
)  # fmt: skip
def test_a_bundled_threshold_lies_between_those_measured(
    sigma: float, alpha: float, delta: float | None, value: float
) -> None:
    found = bundled.bundled_threshold(BLUR.id, {"sigma": sigma, "strength": 1.0}, 3, sigma, alpha, delta)
    assert found.value == pytest.approx(value)
    assert found.checked["n"] == 100


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("tool", "params", "sigma", "alpha", "delta", "words"),
    [("mine.own", {}, 10.0, 0.1, None, "a calibration"), (BLUR.id, {"strength": 2}, 10.0, 0.1, None, "at its defaults"),
     (BLUR.id, {}, 20.0, 0.1, None, "5 to 15 levels"), (BLUR.id, {}, 2.0, 0.1, None, "5 to 15 levels"),
     (BLUR.id, {}, 10.0, 0.05, 0.1, "photos are enough"), (BLUR.id, {}, 10.0, 0.1, 0.01, "photos are enough"),
     (BLUR.id, {}, 10.0, 0.01, None, "photos are enough")],
)  # fmt: skip
def test_where_nothing_is_calibrated_there_is_no_interval(
    tool: str, params: dict[str, Any], sigma: float, alpha: float, delta: float | None, words: str
) -> None:
    with pytest.raises(ToolError, match=words):
        bundled.bundled_threshold(tool, params, 3, sigma, alpha, delta)


@pytest.mark.parametrize("tool", ["denoise.deep", "superres.sparse", "denoise.tv"])
def test_what_was_set_for_other_weights_is_said_and_not_used(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a network, of dictionaries, and of the rule that scales the widths of all."""
    sigma = 2.0 if tool == "superres.sparse" else 20.0
    assert bundled.bundled_threshold(tool, {}, 1, sigma, 0.1, None).value > 0.0
    monkeypatch.setattr(bundled, "_digest", lambda _: "0" * 64)
    with pytest.raises(ToolError, match=r"for other weights .* which is not used; calibrate it"):
        bundled.bundled_threshold(tool, {}, 1, sigma, 0.1, None)


class Told(Params):
    sigma: float | None = param(None, title="Noise", help="Its standard deviation.")


TOLD = replace(BLUR, id="testing.told", params=Told)


@pytest.fixture
def of_blur(monkeypatch: pytest.MonkeyPatch) -> None:
    """The blur's calibration at noise of `SIGMA`, none of it cut off, and at half and twice as much."""
    value = lambda_on_average(calibration(range(200, 215)), 0.1)
    rows = [
        {**one_row(level * SIGMA, 1.0), "alphas": [0.1], "average": [value], "confidence": {}}
        for level in (0.01, 0.5, 1.0, 2.0)
    ]
    tools = {TOLD.id: {"params": {}, "weights": {}, "grey": rows, "colour": rows}}
    monkeypatch.setattr(bundled, "_table", lambda: {"version": 1, "on": "photos", "weights": {}, "tools": tools})


def told(images: Tensor, sigma: float | None = SIGMA) -> Result:
    """Return what is said of the blur when it was told of so much noise."""
    bench = Bench(TOOL, Known({TOLD.id: TOLD}), BUILT_IN_NETWORKS)
    return bench.call(images, {}, targets=[TargetSpec(TOLD.id, {} if sigma is None else {"sigma": sigma})])


@pytest.mark.usefixtures("of_blur")
def test_noise_that_was_cut_off_at_black_or_white_is_reckoned_with() -> None:
    """As in every file of 8 bits: a night that a denoiser makes 0.4 σ too bright."""
    for nights in ([0.1 * scene(seed) for seed in range(100, 104)], [1.0 - 0.1 * scene(seed) for seed in range(3)]):
        for seed, night in enumerate(nights):
            given = noisy(night, seed)
            assert coverage(told(given.clamp(0.0, 1.0)), night) > coverage(told(given), night) - 0.05
    bright, whole = 0.3 + 0.4 * scene(1), noisy(0.1 * scene(1), 1)
    for given in (noisy(bright, 1), whole):  # nothing was cut off
        layers = {layer.name: layer.values for layer in told(given).maps}
        middle = (blurred(given).mean(1) + layers["half-width"] / 255.0).clamp(0.0, 1.0)
        torch.testing.assert_close(layers["upper"], middle, atol=1e-4, rtol=0.0)


@pytest.mark.usefixtures("of_blur")
@pytest.mark.parametrize(
    ("given", "sigma", "words"),
    [(noisy(scene(0), 0), 5.0, "about the 5 levels that testing.told was told of"),
     (scene(0) + torch.randn(1, 3, 40, 44, generator=torch.Generator().manual_seed(0)) / 255.0, None, "may as well be"),
     (scene(0)[..., :12, :12].repeat_interleave(8, 2).repeat_interleave(8, 3), SIGMA, "without JPEG's blocks")],
)  # fmt: skip
def test_a_photo_with_another_trouble_gets_no_interval(given: Tensor, sigma: float | None, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        told(given, sigma)


def test_a_calibration_of_its_own_is_the_same_threshold() -> None:
    curves = calibration(range(30))
    result = questioned(scene(2), curves, alpha=0.2)
    value = lambda_on_average(curves, 0.2)
    assert value is not None
    image = result.image
    assert image is not None
    torch.testing.assert_close(result.maps[0].values, 255.0 * value * error_scale(image, scene(2), RULE, ASK))
