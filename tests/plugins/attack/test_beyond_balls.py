"""Attacks whose threat is no ball alone: poses, degradations, a square, features, one change for all, restorations."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import ParameterError, Result
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.testing import BLUR, toy_classifier
from desktop_app.testing.pictures import textured
from desktop_app.testing.running import Bench
from plugins.attack.spatial.algorithm import grid
from tests.support.tools import BUILT_IN_TOOLS

PHOTOS = torch.cat([textured(3, 24, 28, seed) for seed in range(3)])
SEEDS = [11, 12, 13]
QUICK: dict[str, dict[str, Any]] = {
    "spatial": {"queries": 40, "steps": 3, "restarts": 1}, "natural": {"steps": 3, "halvings": 2},
    "patch": {"steps": 8}, "feature": {"steps": 6}, "universal": {"steps": 8},
}  # fmt: skip


def attacked(name: str, images: Tensor = PHOTOS, model: LoadedClassifier | None = None, **more: Any) -> Result:
    bench = Bench(BUILT_IN_TOOLS.tool(f"attack.{name}"), BUILT_IN_TOOLS)
    surroundings = {key: more.pop(key) for key in ("seeds", "mask", "inputs", "targets", "is_held") if key in more}
    models = [] if "targets" in surroundings else [model or toy_classifier()]
    surroundings.setdefault("seeds", SEEDS[: len(images)])
    return bench.call(images.clone(), {**QUICK.get(name, {}), **more}, models=models, **surroundings)


def picture(result: Result) -> Tensor:
    assert result.image is not None
    return result.image


class Slanted(nn.Module):
    """Says which way the light falls off: turning or moving the photo changes it."""

    def forward(self, images: Tensor) -> Tensor:
        middle = images.shape[3] // 2
        lead = 40.0 * (images[..., :middle].mean((1, 2, 3)) - images[..., middle:].mean((1, 2, 3)))
        return torch.stack([lead, -lead], 1)


class Bright(nn.Module):
    """Two classes: whether the photo is brighter than a level."""

    def forward(self, images: Tensor) -> Tensor:
        lead = 60.0 * (0.62 - images.mean((1, 2, 3)))
        return torch.stack([lead, -lead], 1)


@pytest.mark.parametrize("name", QUICK)
def test_what_is_not_masked_stays(name: str) -> None:
    mask = torch.zeros(3, 1, 24, 28)
    mask[:, :, 4:20, 4:14] = 1.0
    moved = (picture(attacked(name, mask=mask)) - PHOTOS).abs()
    assert float((moved * (1.0 - mask)).amax()) == 0.0
    assert float(moved.amax()) > 0.0


@pytest.mark.parametrize("name", QUICK)
def test_a_class_that_is_not_there_is_refused(name: str) -> None:
    if name != "feature":  # which aims at features
        with pytest.raises(ParameterError, match="seaa"):
            attacked(name, target_class="seaa")


def test_the_least_pose_that_suffices_is_found_and_the_host_makes_the_same_picture() -> None:
    ramp = torch.linspace(0.55, 0.45, 28).expand(1, 3, 24, 28).contiguous()
    model = toy_classifier(Slanted(), classes=2)
    wide = attacked("spatial", ramp, model, degrees=180.0, pixels=0.0, percent=0.0, search="grid", queries=40)
    assert int(model(picture(wide)).argmax()) == 1
    assert 90.0 < abs(float(wide.artifacts["pose"][0, 0])) < 110.0
    held = attacked(
        "spatial", ramp, model, degrees=180.0, pixels=0.0, percent=0.0, search="grid", queries=40, is_held=True
    )
    torch.testing.assert_close(picture(held), picture(wide))


def test_poses_follow_the_gradient_too() -> None:
    ramp = torch.linspace(0.55, 0.45, 28).expand(1, 3, 24, 28).contiguous()
    model = toy_classifier(Slanted(), classes=2)
    result = attacked("spatial", ramp, model, degrees=170.0, search="gradient", steps=15, restarts=3)
    assert int(Slanted()(picture(result)).argmax()) == 1


def test_a_grid_begins_with_the_least_pose_and_keeps_to_its_number() -> None:
    poses = grid(torch.tensor([10.0, 2.0, 2.0, 0.0]), 100)
    assert 60 < len(poses) <= 100
    sizes = (poses[:, :3] / torch.tensor([10.0, 2.0, 2.0])).norm(dim=1)
    assert bool((sizes.diff() >= -1e-6).all())
    assert float(poses[:, 3].abs().max()) == 0.0
    assert len(grid(torch.zeros(4), 100)) == 0


def test_the_least_of_a_degradation_is_found() -> None:
    grey = torch.full((2, 3, 24, 28), 0.5)
    grey[1] = 0.56
    model = toy_classifier(Bright(), classes=2)
    result = attacked("natural", grey, model, degradation="brighter", steps=4, halvings=10)
    shares = result.artifacts["degradation"][:, 1]
    assert shares.tolist() == pytest.approx([0.12 * 255.0 / 128.0, 0.06 * 255.0 / 128.0], abs=0.01)
    assert bool((Bright()(picture(result)).argmax(1) == 1).all())


def test_of_all_degradations_the_one_that_needs_least_is_kept() -> None:
    grey = torch.full((1, 3, 24, 28), 0.56)
    result = attacked("natural", grey, toy_classifier(Bright(), classes=2), steps=4, halvings=4, is_held=True)
    assert float(result.artifacts["degradation"][0, 1]) < 0.2
    assert int(Bright()(picture(result)).argmax()) == 1


@pytest.mark.parametrize("place", [{}, {"top": 3, "left": 5}])
def test_a_square_is_changed_and_nothing_else(place: dict[str, int]) -> None:
    moved = (picture(attacked("patch", percent=9.0, **place)) != PHOTOS).any(1)
    side = int((0.09 * 24 * 28) ** 0.5)
    for one in moved:
        rows, columns = (one.any(axis).nonzero()[:, 0] for axis in (1, 0))
        assert 0 < int(rows[-1] - rows[0]) + 1 <= side
        assert 0 < int(columns[-1] - columns[0]) + 1 <= side
        if place:
            assert (int(rows[0]), int(columns[0])) >= (3, 5)


def test_a_square_fools_with_enough_room() -> None:
    image = picture(attacked("patch", model=toy_classifier(Bright(), classes=2), percent=60.0, steps=40, restarts=1))
    assert Bright()(PHOTOS).argmax(1).tolist() == [0, 0, 0]
    assert Bright()(image).argmax(1).tolist() == [1, 1, 1]


def test_features_move_further_than_by_chance_and_towards_a_guide() -> None:
    result = attacked("feature", eps=6.0)
    noise = (PHOTOS + (torch.rand_like(PHOTOS) * 2.0 - 1.0).sign() * 6.0 / 255.0).clamp(0.0, 1.0)
    model, seen = toy_classifier(), []
    hook = model.module.head.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    for images in (PHOTOS, noise, picture(result)):
        model(images)
    hook.remove()
    own, chance, moved = (features.flatten(1) for features in seen)
    assert bool(((moved - own).norm(dim=1) > 2.0 * (chance - own).norm(dim=1)).all())
    assert all(report["feature_change"] > 0.0 for report in result.reports)
    guided = attacked("feature", eps=6.0, inputs={"guide": PHOTOS.roll(1, 0)})
    model(picture(guided))
    assert not model.module.head._forward_pre_hooks, "the hook is gone"


def test_a_perceptual_bound_holds_beside_the_ball() -> None:
    from desktop_app.numerics.similarity import dissimilarity

    image = picture(attacked("feature", eps=30.0, perceptual=0.01, is_held=True))
    far = dissimilarity(image, PHOTOS)
    assert bool((far <= 0.01 + 1e-6).all())
    assert bool((far > 0.005).all()), "the bound is used"
    assert float(dissimilarity(PHOTOS, PHOTOS).abs().max()) < 1e-6


def test_one_change_fools_photos_together() -> None:
    result = attacked("universal", model=toy_classifier(Bright(), classes=2), eps=60.0, steps=30)
    change = result.artifacts["change"]
    assert change[0].equal(change[1])
    torch.testing.assert_close(picture(result), (PHOTOS + change).clamp(0.0, 1.0), rtol=0.0, atol=1e-6)
    assert Bright()(picture(result)).argmax(1).tolist() == [1, 1, 1]
    assert [report["fooled"] for report in result.reports] == [3, 3, 3]


@pytest.mark.parametrize("slope", ["exact", "straight-through"])
def test_a_restoration_is_spoilt_more_than_by_chance(slope: str) -> None:
    result = attacked("restoration", targets=[TargetSpec(BLUR.id)], eps=2.0, slope=slope)
    for report in result.reports:
        assert report["rmse"] > 1.5 * report["rmse_random"]
        assert report["queries"] == 3 * 21 + 1
    # a mean of neighbours is moved most by a constant, which passes it as it is
    assert max(report["rmse"] for report in result.reports) == pytest.approx(2.0, abs=0.05)


def test_a_reference_is_what_the_restored_photo_is_moved_away_from() -> None:
    truth = (PHOTOS + 0.05).clamp(0.0, 1.0)
    result = attacked("restoration", targets=[TargetSpec(BLUR.id)], eps=2.0, inputs={"reference": truth})
    for report in result.reports:
        assert report["psnr"] < report["psnr_random"] + 1e-6
        assert report["psnr"] < report["psnr_before"]
        assert "true photo" in report["headline"]
    with pytest.raises(ParameterError, match="reference of the restored photo's channels and size"):
        attacked("restoration", targets=[TargetSpec(BLUR.id)], inputs={"reference": truth[:, :1]})
