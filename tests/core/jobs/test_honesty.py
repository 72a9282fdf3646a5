"""What the engine says of a step is what was done: verdicts, hashes, notices, and nothing too much or too little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from desktop_app.api import AttackParams, Result, ToolError
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.context import RunContext
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.judge import judged
from desktop_app.core.jobs.memory import forecast
from desktop_app.core.jobs.precision import example_images
from desktop_app.core.jobs.preview import Region, plan_preview
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.jobs.tiling import plan_tiles
from desktop_app.core.jobs.worker import DeviceWorker, JobEvent
from desktop_app.core.threats.bound import Scene
from desktop_app.numerics.shares import ATTACKED
from tests.core.jobs.conftest import Tools, tool


@dataclass
class Threshold:
    """Says ``bright`` above so many levels."""

    levels: float
    id: str = "fake.threshold"
    labels: tuple[str, ...] = ("dark", "bright")
    module: Any = None

    def __call__(self, images: Tensor) -> Tensor:
        above = images.mean((1, 2, 3)) * 255.0 - self.levels
        return torch.stack([-above, above], 1)


def judge(original: Tensor, attacked: Tensor, params: Any, model: Any = None, reports: Any = (), **seen: Any) -> Result:
    scene = Scene(original=original, model=model, **seen)
    return judged(Result(image=attacked, reports=reports), params, scene, "fake.attack")


@pytest.mark.parametrize(("eps", "painted", "said"), [
    (0.0, 1.0, "allows no change"), (2.0, 0.0, "the mask is black"), (2.0, 1.0, "found no change"),
])  # fmt: skip
def test_an_attack_that_may_change_nothing_advises_no_harder_one(eps: float, painted: float, said: str) -> None:
    photo, mask = torch.full((1, 3, 4, 5), 0.2), torch.full((1, 1, 4, 5), painted)
    own = [{"caveats": ["look harder"]}]
    (report,) = judge(photo, photo, AttackParams(eps=eps), Threshold(100.0), own, mask=mask).reports
    assert said in report["finding"]
    assert report["caveats"] == (["look harder"] if said == "found no change" else [])


@pytest.mark.parametrize(("levels", "reached", "success", "printed"), [
    (100.2, 100.4, True, False),  # over the threshold, but rounded back below it
    (100.8, 100.6, False, True),  # below it, but rounded over it
    (100.2, 100.6, True, True),
    (101.5, 100.6, False, False),
])  # fmt: skip
def test_success_after_rounding_is_judged_on_the_rounded_picture(
    levels: float, reached: float, success: bool, printed: bool
) -> None:
    original, attacked = (torch.full((1, 3, 4, 5), value / 255.0) for value in (100.0, reached))
    (report,) = judge(original, attacked, AttackParams(eps=2.0), Threshold(levels)).reports
    assert (report["success"], report["success_after_8bit"]) == (success, printed)
    assert report["model"] == "fake.threshold"


def test_every_report_says_once_that_a_model_gives_probabilities() -> None:
    class Sure(Threshold):
        def __call__(self, images: Tensor) -> Tensor:
            return (self.levels * super().__call__(images)).softmax(1)

    photo = torch.full((1, 3, 4, 5), 0.2)
    for own in ([], [{"caveats": ["look harder", ATTACKED]}]):
        (report,) = judge(photo, photo, AttackParams(eps=2.0), Sure(100.0), own).reports
        assert report["caveats"].count(ATTACKED) == 1
    (report,) = judge(photo, photo, AttackParams(eps=2.0), Sure(100.0), [{"caveats": "look harder"}]).reports
    assert report["caveats"] == ["look harder", ATTACKED]
    assert "caveats" not in judge(photo, photo, AttackParams(eps=2.0), Threshold(100.0)).reports[0]


@pytest.mark.parametrize("levels", [float("nan"), float("inf")])
def test_of_logits_that_are_no_numbers_nothing_is_judged(levels: float) -> None:
    original = torch.full((1, 3, 4, 5), 0.5)
    with pytest.raises(ToolError, match=r"numbers, got NaN or infinity from fake\.threshold"):
        judge(original, original, AttackParams(eps=2.0), Threshold(levels))


def test_a_true_class_is_what_success_is_measured_against() -> None:
    original = torch.full((1, 3, 4, 5), 100.0 / 255.0)
    reports = [
        judge(original, original, AttackParams(eps=2.0, true_class=name), Threshold(50.0)).reports[0]["success"]
        for name in ("bright", "dark")
    ]
    assert reports == [False, True]


@pytest.mark.parametrize(("wanted", "is_idle"), [
    ({"true_class": "dark"}, True),  # misread already
    ({"true_class": "bright"}, False),
    ({"target_class": "bright"}, True),  # the present answer
    ({"target_class": "dark"}, False),
    ({}, False),
])  # fmt: skip
def test_a_photo_that_is_read_as_wanted_already_comes_back_unchanged(wanted: dict[str, str], is_idle: bool) -> None:
    original = torch.full((2, 3, 4, 5), 100.0 / 255.0)
    attacked = original + 2.0 / 255.0
    own = [{"caveats": ["own"], "queries": 7} for _ in original]
    verdict = judge(original, attacked, AttackParams(eps=4.0, **wanted), Threshold(50.0), own)
    assert verdict.image is not None
    for image, report in zip(verdict.image, verdict.reports, strict=True):
        assert image.equal(original[0]) is is_idle
        assert (report["linf"] == 0.0) is is_idle
        assert report["success"] is is_idle
        assert (report["caveats"] != ["own"]) is is_idle
        assert report["queries"] == 7
    assert (float(verdict.maps[0].values.max()) == 0.0) is is_idle


def test_an_attack_without_a_model_claims_no_success() -> None:
    original = torch.full((1, 3, 4, 5), 0.5)
    (report,) = judge(original, original, AttackParams(eps=2.0), None, [{"own": 1}]).reports
    assert report == {"own": 1, "norm": "linf", "eps": 2.0, "steps": None, "linf": 0.0, "l2": 0.0, "queries": 0,
                      "linf_8bit": 0.0, "l2_8bit": 0.0, "threat": "L∞ ball of 2 levels", "size": 2.0, "unit": "levels"}


@pytest.mark.parametrize(("own", "asked", "told"), [
    ((3, 7), 10, [3, 7]),  # its own count, since nothing is missing
    ((3, 3), 10, [5, 5]),
    ((None, None), 9, [5, 5]),
])  # fmt: skip
def test_queries_are_the_hosts_count_where_an_attack_forgets_some(own: Any, asked: int, told: list[int]) -> None:
    original = torch.full((2, 3, 4, 5), 0.5)
    reports = judge(original, original, AttackParams(), None, [{"queries": one} for one in own], asked=asked).reports
    assert [report["queries"] for report in reports] == told


def test_the_perturbation_is_each_pixels_most_changed_channel_in_levels() -> None:
    original = torch.full((1, 3, 1, 2), 0.5)
    attacked = original.clone()
    attacked[0, 1, 0, 0] += 3.0 / 255.0
    attacked[0, 2, 0, 1] -= 1.0 / 255.0
    layer = judge(original, attacked, AttackParams(eps=8.0)).maps[0]
    assert layer.values.flatten().tolist() == pytest.approx([3.0, 1.0], abs=1e-3)


def test_the_record_names_the_models_weights(engine: Engine, raster: Raster) -> None:
    asked = engine.run(ToolRequest("fake.push", subjects=(ModelSpec("fake.model"),)), raster).record
    assert (asked.models, asked.digests) == (("fake.model",), ("0" * 64,))
    alone = engine.run(ToolRequest("fake.blur"), raster).record
    assert (alone.models, alone.digests) == ((), ())


@pytest.mark.parametrize("count", [2, 3])
def test_more_reports_than_photos_are_refused(
    count: int, engine: Engine, tools: Tools, functions: dict[str, Any], raster: Raster
) -> None:
    functions["fake:many"] = lambda images, params, run: Result(image=images, reports=[{}] * count)
    tools.known["fake.many"] = tool("fake.many", "restoration", "fake:many")
    with pytest.raises(ToolError, match=r"fake\.many.*report"):
        engine.run(ToolRequest("fake.many"), raster)


@pytest.mark.parametrize("scale", [1, 2])
def test_alpha_belongs_to_the_size_that_it_has(
    scale: int, engine: Engine, tools: Tools, functions: dict[str, Any]
) -> None:
    functions["fake:grow"] = lambda images, params, run: Result(
        image=torch.nn.functional.interpolate(images, scale_factor=scale)
    )
    tools.known["fake.grow"] = tool("fake.grow", "restoration", "fake:grow", scale=scale)
    photo = Raster(np.zeros((4, 6, 3), np.uint8), np.full((4, 6), 200, np.uint8))
    grown = engine.run(ToolRequest("fake.grow"), photo).raster
    assert grown is not None
    assert (grown.height, grown.width) == (4 * scale, 6 * scale)
    assert grown.alpha is None or grown.alpha.shape == (grown.height, grown.width)
    assert scale > 1 or grown.alpha is not None


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 2.0])
def test_the_notice_warns_when_memory_is_short_and_only_then(factor: float) -> None:
    need = forecast(100, 100, 3, reach=None, memory=5.0, free=1).bytes_needed
    assert need == 4 * 3 * 100 * 100 * 6  # five tiles to work in, and the result
    told = forecast(100, 100, 3, reach=None, memory=5.0, free=int(need * factor))
    assert told.is_short is (factor < 1.0)
    assert ("it may fail" in told.sentence) is (factor < 1.0)
    assert ("the whole photo at once" in told.sentence) is (factor > 1.0)


def test_a_notice_names_the_tiles() -> None:
    cut = forecast(1000, 1000, 3, reach=4, memory=10.0, free=60_000_000)
    assert cut.tile is not None
    assert f"tiles of {cut.tile} pixels" in cut.sentence
    assert "MB" in cut.sentence


def test_a_run_in_tiles_says_how_far_it_is_tile_by_tile(engine: Engine, raster: Raster) -> None:
    said: list[float] = []
    engine.run(ToolRequest("fake.blur", tile=16), raster, control=JobControl(lambda done, _: said.append(done)))
    tiles = -(-raster.height // 16) * -(-raster.width // 16)
    whole = [round(done * tiles, 6) for done in said]
    assert whole == sorted(whole)
    assert set(range(1, tiles + 1)) <= set(whole)


def test_noise_for_another_batch_than_the_seeds_is_refused() -> None:
    run = RunContext(None, torch.device("cpu"), [1, 2])  # type: ignore[arg-type] # no tool is called
    assert run.randn(torch.zeros(2, 1, 3, 4)).shape == (2, 1, 3, 4)
    with pytest.raises(ValueError, match="batch of 2, got one of 3"):
        run.randn(torch.zeros(3, 1, 3, 4))


def test_a_network_is_always_probed_on_the_same_picture() -> None:
    first, again = (example_images(3, torch.device("cpu")) for _ in range(2))
    assert first.equal(again)
    assert first.shape == (1, 3, 128, 128)
    assert float(first.min()) >= 0.0
    assert float(first.max()) <= 1.0
    assert float(first.max() - first.min()) > 0.9


def test_a_photo_that_is_not_cut_is_one_tile() -> None:
    (tile,) = plan_tiles(30, 50, None, 7)
    assert tile.crop(1) == tile.place(1) == (slice(0, 30), slice(0, 50))
    assert (tile.read_top, tile.read_left, tile.read_height, tile.read_width) == (0, 0, 30, 50)


@pytest.mark.parametrize("reach", [None, 3])
def test_a_preview_at_full_size_does_not_say_that_it_is_reduced(reach: int | None) -> None:
    view = Region(0, 0, 100, 100)
    assert not plan_preview((100, 100), view, 1.0, reach, 4).is_reduced
    assert plan_preview((100, 100), view, 0.2, reach, 4).is_reduced


def test_an_event_carries_the_error_that_ended_the_job() -> None:
    events: list[JobEvent] = []
    worker = DeviceWorker()
    try:
        asked = worker.submit(lambda control: control.cancel(), title="x", on_event=events.append)
        broken = worker.submit(lambda control: 1 / 0, title="y", on_event=events.append)
        errors = [job.future.exception(30) for job in (asked, broken)]
    finally:
        worker.shutdown()
    ended = [event for event in events if event.kind in ("cancelled", "failed")]
    assert [event.error for event in ended] == errors
    assert "division" in ended[1].message


def test_a_finding_says_what_it_means_and_never_that_a_model_is_robust() -> None:
    original = torch.full((1, 3, 4, 5), 100.0 / 255.0)
    found, none = (
        judge(original, original + 2.0 / 255.0, AttackParams(eps=2.0), Threshold(level)).reports[0]
        for level in (101.0, 110.0)
    )
    assert found["finding"].startswith("a change within the threat (L∞ ball of 2 levels) is enough to make the model")
    assert "'bright' instead of 'dark', also once it is rounded" in found["finding"]
    assert "does not prove" in none["finding"]
    assert "robust" not in found["finding"] + none["finding"]
    assert "finding" not in judge(original, original, AttackParams(eps=2.0)).reports[0]
