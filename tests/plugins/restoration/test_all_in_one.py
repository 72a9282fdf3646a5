"""Repair of whatever is wrong: it says what, how sure it is, and has the tool for it at work."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from desktop_app.core.application import Application
from desktop_app.testing import Bench
from plugins.restoration.all_in_one import algorithm
from plugins.restoration.all_in_one.descriptor import verilens_tools
from plugins.restoration.all_in_one.kinds import CURES, KINDS
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import disc, noisy, psnr
from training.chance import drawn_by
from training.damages import damaged

TOOL = verilens_tools()[0]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    host = Application(Path(tmp_path_factory.mktemp("home"))).host
    return Bench(TOOL, tools=host, networks=BUILT_IN_NETWORKS)


def ill(photo: Tensor, kind: str, seed: int) -> Tensor:
    return damaged(kind, photo, drawn_by(99, seed))


def test_every_kind_that_it_names_has_a_cure_and_can_be_told(bench: Bench) -> None:
    choices = TOOL.params.model_json_schema()["properties"]["damage"]["enum"]
    assert set(choices) == {"automatic", *CURES}
    assert set(KINDS) == {"nothing", *CURES}
    for tool, params in CURES.values():
        entry = bench.tools.tool(tool)
        entry.params(**params)
        assert entry.kind == "restoration"
        assert not entry.subjects
        assert not any(given.required for given in entry.inputs)


def test_what_is_wrong_is_named_on_photos_that_it_has_not_seen(bench: Bench, photos: SharedPhotos) -> None:
    named = []
    for number, path in enumerate(photos.all("val/mcmaster_odd/*")[:5]):
        clear = colour_photo(path)[..., :256, :256]
        together = torch.cat([ill(clear, kind, number) for kind in KINDS])
        reports = bench.call(together, {"strength": 0.0, "damage": "automatic"}).reports
        named += [report["damage"] == kind for report, kind in zip(reports, KINDS, strict=True)]
    assert sum(named) >= 0.6 * len(named)  # 0.71 of these; by chance it would be 0.11


@pytest.mark.parametrize("kind", ["noise", "compression", "rain"])
def test_a_photo_comes_nearer_to_what_it_was(kind: str, bench: Bench, photos: SharedPhotos) -> None:
    gains = []
    for number, path in enumerate(photos.all("val/mcmaster_odd/*")[:3]):
        clear = colour_photo(path)[..., :160, :160]
        before = ill(clear, kind, number)
        result = bench.call(before, {"damage": kind})
        gains.append(psnr(result.image, clear) - psnr(before, clear))
        assert result.reports[0]["repaired_by"] == CURES[kind][0]
    assert sum(gains) / len(gains) > 0.3


def test_each_photo_has_a_report_of_its_own(bench: Bench) -> None:
    images = torch.cat([noisy(disc(96, 104, 3), 40.0), disc(96, 104, 3)])
    together, alone = bench.call(images), bench.call(images[:1])
    assert torch.allclose(together.image[:1], alone.image, atol=1e-5)
    assert together.reports[0]["damage"] == alone.reports[0]["damage"] == "noise"
    for report in together.reports:
        assert tuple(report["likelihoods"]) == KINDS
        assert sum(report["likelihoods"].values()) == pytest.approx(1.0, abs=0.005)
        assert report["damage"] in report["headline"].lower()


def test_who_is_not_sure_does_nothing_and_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    image = noisy(disc(64, 64, 3), 40.0)
    doubtful = torch.full((1, len(KINDS)), 0.075)
    doubtful[0, KINDS.index("haze")] = 0.4
    monkeypatch.setattr(algorithm, "likelihoods", lambda *_: doubtful)
    result = bench.call(image)
    assert result.image.equal(image)
    assert result.reports[0]["headline"].startswith("Nothing was done: haze is likeliest, but only 40%")
    assert "set the damage by hand" in result.reports[0]["caveats"][0]
    told = bench.call(image, {"damage": "noise"})
    assert not told.image.equal(image)


def test_strength_keeps_some_of_the_photo(bench: Bench) -> None:
    image = noisy(disc(64, 64, 3), 40.0)
    none, half, full = (bench.call(image, {"damage": "noise", "strength": s}).image for s in (0.0, 50.0, 100.0))
    assert none.equal(image)
    torch.testing.assert_close(half, (none + full) / 2)


@pytest.mark.parametrize("size", [(1, 1), (40, 56)])
@pytest.mark.parametrize("colour", [(0.3, 0.5, 0.7), (0.4,), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)])
def test_a_picture_that_shows_nothing_stays_as_it_is(
    colour: tuple[float, ...], size: tuple[int, int], bench: Bench
) -> None:
    image = torch.tensor(colour).view(1, -1, 1, 1).repeat(1, 1, *size)
    result = bench.call(image)
    assert result.image.equal(image)
    assert result.reports[0]["damage"] == "nothing"
    assert "same all over" in result.reports[0]["headline"]
    assert result.reports[0]["caveats"] == []
    assert bench.call(image, {"damage": "darkness"}).reports[0]["repaired_by"] == CURES["darkness"][0]


def test_a_grey_photo_is_not_under_water(bench: Bench, photos: SharedPhotos) -> None:
    clear = colour_photo(photos.all("val/mcmaster_odd/*")[0])[..., :160, :160]
    water = ill(clear, "water", 3)
    grey = water.mean(1, keepdim=True)
    coloured, plain, three = (bench.call(one, {"strength": 0.0}).reports[0] for one in (
        water, grey, grey.expand(-1, 3, -1, -1)))  # fmt: skip
    assert coloured["likelihoods"]["water"] > 0.5
    assert plain["likelihoods"]["water"] == three["likelihoods"]["water"] == 0.0


def test_a_tool_that_finds_nothing_to_do_is_told_of(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    sure = torch.full((1, len(KINDS)), 0.0001)
    sure[0, KINDS.index("noise")] = 0.9992
    monkeypatch.setattr(algorithm, "likelihoods", lambda *_: sure)
    smooth = torch.linspace(0.1, 0.9, 64).expand(1, 3, 64, 64).contiguous()
    result = bench.call(smooth)
    assert result.image.equal(smooth)
    assert result.reports[0]["headline"] == "This photo suffers from noise (over 99% sure)."
    assert [line.partition(":")[0] for line in result.reports[0]["caveats"]] == [
        "The tool for it, denoise.deep, found nothing to do"]
    assert "found that over 99% likely" in bench.call(smooth, {"damage": "noise"}).reports[0]["headline"]
    sure[0, KINDS.index("noise")] = 0.6
    assert [line.split(":")[-1].split()[0] for line in bench.call(smooth).reports[0]["caveats"]] == ["the", "set"]
