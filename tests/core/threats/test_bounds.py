"""Threats are data: each kind is a file, several together leave what all of them allow, and the host words them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import PluginError, Result, Threat, ThreatParams, ToolError
from desktop_app.core.jobs.judge import held, judged
from desktop_app.core.threats.bound import Scene, bounds_of, kinds

ORIGINAL = torch.rand(2, 3, 6, 7, generator=torch.Generator().manual_seed(0))
ATTACKED = torch.rand(2, 3, 6, 7, generator=torch.Generator().manual_seed(1))
BALL = Threat("ball", {"norm": "linf", "eps": 4.0})


class Declared(ThreatParams):
    """Whatever threat a test wants."""

    bounds: Any = ()

    def threat(self) -> Sequence[Threat]:
        return tuple(self.bounds)


def judge(*threats: Threat, **seen: Any) -> Result:
    scene = Scene(original=ORIGINAL, **seen)
    return judged(Result(image=ATTACKED), Declared(bounds=threats), scene, "fake.attack")


def moved(result: Result) -> Tensor:
    assert result.image is not None
    return (result.image - ORIGINAL).abs() * 255.0


@pytest.mark.parametrize(
    ("norm", "eps", "is_said"), [("linf", 255.0, True), ("linf", 254.0, False), ("l2", 300.0, False)]
)
def test_a_ball_that_holds_every_picture_is_told(norm: str, eps: float, is_said: bool) -> None:
    report = judge(Threat("ball", {"norm": norm, "eps": eps})).reports[0]
    assert any("any picture at all" in caveat for caveat in report.get("caveats", [])) is is_said


def test_every_file_is_a_kind_but_the_one_they_rest_on() -> None:
    assert {"ball", "mask", "queries"} <= kinds()
    assert "bound" not in kinds()


def test_an_unknown_kind_or_number_is_the_plugins_fault() -> None:
    with pytest.raises(PluginError, match=r"expected a threat of ball, .*got 'shear'"):
        bounds_of([Threat("shear")], "fake.attack")
    with pytest.raises(PluginError, match=r"bounds of a threat 'ball'.*radius"):
        bounds_of([Threat("ball", {"radius": 1.0})], "fake.attack")


def test_several_bounds_leave_what_all_allow_and_are_told_together() -> None:
    mask = torch.zeros(2, 1, 6, 7)
    mask[:, :, :3] = 1.0
    result = judge(BALL, Threat("queries", {"most": 30}), mask=mask, asked=50)
    assert float(moved(result)[:, :, :3].amax()) == pytest.approx(4.0, abs=1e-3)
    assert float(moved(result)[:, :, 3:].amax()) == 0.0
    report = result.reports[0]
    assert report["threat"] == "L∞ ball of 4 levels, inside the mask, 30 queries"
    assert (report["size"], report["unit"], report["queries"]) == (4.0, "levels", 25)


def test_the_edge_of_a_mask_takes_a_share_of_the_change() -> None:
    inside = held(Result(image=ATTACKED), Declared(bounds=(BALL,)), Scene(original=ORIGINAL), "fake.attack")
    mask = torch.full((2, 1, 6, 7), 0.25)
    edge = held(Result(image=ATTACKED), Declared(bounds=(BALL,)), Scene(original=ORIGINAL, mask=mask), "fake.attack")
    torch.testing.assert_close(edge - ORIGINAL, 0.25 * (inside - ORIGINAL))


def test_more_questions_than_the_threat_allows_are_refused() -> None:
    judge(BALL, Threat("queries", {"most": 30}), asked=60)
    with pytest.raises(ToolError, match="at most 30 queries a photo, got 61 for 2"):
        judge(BALL, Threat("queries", {"most": 30}), asked=61)


def test_a_pose_is_clipped_and_drawn_by_the_host() -> None:
    from desktop_app.numerics.warps import warped

    wild = torch.tensor([[40.0, -9.0, 0.0, 0.0], [-3.0, 0.0, 1.0, 50.0]])
    result = judge(Threat("transform", {"degrees": 10.0, "pixels": 2.0}), artifacts={"pose": wild})
    allowed = torch.tensor([[10.0, -2.0, 0.0, 0.0], [-3.0, 0.0, 1.0, 0.0]])
    assert result.image is not None
    torch.testing.assert_close(result.image, warped(ORIGINAL, allowed).clamp(0.0, 1.0))
    report = result.reports[0]
    assert (report["degrees"], report["right"], report["percent"]) == (10.0, -2.0, 0.0)
    assert report["threat"] == "turned by up to 10° and moved by up to 2 px"
    assert (report["size"], report["unit"]) == (10.0, "°")
    assert "linf" not in report
    with pytest.raises(ToolError, match=r"artifact 'pose'.*got none"):
        judge(Threat("transform", {"degrees": 10.0}))


@pytest.mark.parametrize(("pose", "where"), [
    ([90.0, 0.0, 0.0, 0.0], (3, 1)),  # anticlockwise: what was at the top is on the left
    ([0.0, 2.0, 0.0, 0.0], (1, 5)),
    ([0.0, 0.0, 2.0, 0.0], (3, 3)),
    ([0.0, 0.0, 0.0, 0.0], (1, 3)),
])  # fmt: skip
def test_a_pose_moves_the_photo_the_way_it_says(pose: list[float], where: tuple[int, int]) -> None:
    from desktop_app.numerics.warps import warped

    photo = torch.zeros(1, 1, 7, 7)
    photo[0, 0, 1, 3] = 1.0
    assert float(warped(photo, torch.tensor([pose]))[0, 0][where]) == pytest.approx(1.0, abs=1e-5)


def test_a_degradation_is_made_by_the_host_as_far_as_allowed() -> None:
    asked = []

    def call(images: Tensor, tool: str, params: Any, seeds: Any) -> Tensor:
        asked.append((tool, params, list(seeds)))
        return images + params["shift"]

    way = ("degrade.some", {"shift": (0.0, 0.5), "count": (10, 0)})
    found = torch.tensor([[0.0, 0.9], [0.0, 0.0]])
    threat = Threat("degradation", {"ways": (way,), "percent": 40.0})
    result = judge(threat, artifacts={"degradation": found}, call=call, seeds=[5, 6])
    assert asked == [("degrade.some", {"shift": 0.2, "count": 6}, [5])]
    assert result.image is not None
    assert result.image[1].equal(ORIGINAL[1])
    torch.testing.assert_close(result.image[0], (ORIGINAL[0] + 0.2).clamp(0.0, 1.0))
    assert [report["percent"] for report in result.reports] == pytest.approx([40.0, 0.0])


def test_a_square_is_one_square_or_is_refused() -> None:
    threat = Threat("patch", {"percent": 100.0 * 9 / 42})
    changed = ORIGINAL.clone()
    changed[:, :, 1:4, 2:5] = 0.5
    scene = Scene(original=ORIGINAL)
    assert held(Result(image=changed), Declared(bounds=(threat,)), scene, "fake.attack").equal(changed)
    (report, _) = judged(Result(image=changed), Declared(bounds=(threat,)), scene, "fake.attack").reports
    assert (report["top"], report["left"], report["height"], report["width"]) == (1, 2, 3, 3)
    changed[:, :, 5, 5] = 0.5
    with pytest.raises(ToolError, match="changes in a square of 3 pixels, got 5 × 4"):
        held(Result(image=changed), Declared(bounds=(threat,)), scene, "fake.attack")


def test_what_looks_too_unlike_is_drawn_back() -> None:
    from desktop_app.numerics.similarity import dissimilarity

    ball, alike = Threat("ball", {"norm": "linf", "eps": 60.0}), Threat("perceptual", {"most": 0.02})
    scene = Scene(original=ORIGINAL)
    image = held(Result(image=ATTACKED), Declared(bounds=(ball, alike)), scene, "fake.attack")
    assert dissimilarity(image, ORIGINAL).tolist() == pytest.approx([0.02, 0.02], abs=1e-4)


def test_what_a_model_says_by_chance_of_the_same_photo_is_no_success() -> None:
    from desktop_app.api import AttackParams
    from desktop_app.testing import toy_classifier

    toy, turns = toy_classifier(), count()

    class ByChance:
        id, labels = "chance", toy.labels

        def __call__(self, images: Tensor) -> Tensor:
            return toy(images).roll(next(turns), 1)

    scene = Scene(original=ORIGINAL, model=ByChance())  # type: ignore[arg-type]
    for image, successes in ((ORIGINAL, [False, False]), (ATTACKED, [True, True])):
        done = judged(Result(image=image), AttackParams(eps=30.0), scene, "fake.attack")
        assert [report["success"] for report in done.reports] == successes
    assert not done.image.equal(ORIGINAL)  # type: ignore[union-attr]


def test_where_the_model_looks_is_shown_before_and_after_where_it_is_wanted() -> None:
    from desktop_app.api import AttackParams
    from desktop_app.testing import toy_classifier

    def maps(**params: Any) -> dict[str, Tensor]:
        scene = Scene(original=ORIGINAL, model=toy_classifier())
        done = judged(Result(image=ATTACKED), AttackParams(eps=30.0, **params), scene, "fake.attack")
        return {layer.name: layer.values for layer in done.maps}

    assert list(maps()) == ["perturbation", "signed perturbation"]
    wanted = maps(attribution=True)
    for name in ("attribution before", "attribution after"):
        assert wanted[name].shape == (2, 6, 7)
        assert wanted[name].amax((1, 2)).tolist() == pytest.approx([1.0, 1.0])
    assert not wanted["attribution before"].equal(wanted["attribution after"])
