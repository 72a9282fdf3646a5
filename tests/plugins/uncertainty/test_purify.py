"""A restoration before the model is judged by who knows of it, and not by who does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import Result
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.testing import BLUR, toy_classifier
from desktop_app.testing.running import Bench
from tests.support.tools import BUILT_IN_TOOLS

PHOTOS = torch.rand(4, 3, 10, 10, generator=torch.Generator().manual_seed(5)).mul(255).round().div(255)


class Stripes(nn.Module):
    """A model that goes by brightness and, much more, by a pattern that no blurred photo has."""

    def forward(self, images: Tensor) -> Tensor:
        signs = torch.ones(images.shape[-2:])
        signs[:, 1::2] = -1.0
        lead = 40.0 * (images * signs).mean((1, 2, 3)) + 6.0 * (images.mean((1, 2, 3)) - 0.3)
        return torch.stack([lead, -lead, lead - 50.0, -lead - 50.0], 1)


def grey(_images: Tensor, _params: Any, run: Any) -> Result:
    """Forget the photo."""
    run.check()
    return Result(image=torch.full_like(_images, 0.5))


GREY = replace(BLUR, id="testing.grey", algorithm=f"{__name__}:grey", differentiable=False)
TWICE = replace(BLUR, id="testing.twice", algorithm=f"{__name__}:twice", differentiable=False, scale=2)


def twice(images: Tensor, _params: Any, run: Any) -> Result:
    """Enlarge."""
    run.check()
    return Result(image=images.repeat_interleave(2, 2).repeat_interleave(2, 3))


class _Tools:
    def tool(self, tool_id: str) -> Any:
        return {one.id: one for one in (GREY, TWICE)}.get(tool_id) or BUILT_IN_TOOLS.tool(tool_id)

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        return "testing", self.tool(tool_id).version


def asked(target: str = "testing.blur", model: LoadedClassifier | None = None, **params: Any) -> Result:
    bench = Bench(BUILT_IN_TOOLS.tool("defend.purify"), _Tools())
    return bench.call(PHOTOS, params, models=[model or toy_classifier(Stripes())], targets=[TargetSpec(target)])


def test_it_undoes_what_does_not_know_of_it_and_falls_to_what_does() -> None:
    """A stripe of a few levels turns the model alone and is blurred away; all darker turns both, if one knows."""
    for report in asked(eps=60.0, steps=20).reports:
        assert report["model_alone_falls"]
        assert report["blind_attack_is_undone"]
        assert not report["holds"]
        assert "do not rely on it" in report["caveats"][0]
        assert "do not know of it" in report["caveats"][1]


def test_what_hears_nothing_of_the_photo_holds_and_is_not_called_proven() -> None:
    for report in asked("testing.grey", eps=60.0).reports:
        assert report["holds"]
        assert "no proof" in report["caveats"][0]


@pytest.mark.parametrize("target", ["testing.blur", "testing.grey"])
def test_no_change_allowed_fools_nobody(target: str) -> None:
    for report in asked(target, eps=0.0, steps=2).reports:
        assert report["holds"]
        assert not report["model_alone_falls"]
        assert report["blind_attack_is_undone"] is None


def test_it_gives_the_restored_photo_and_the_answer_to_it() -> None:
    result, model = asked(eps=0.0, steps=1), toy_classifier(Stripes())
    assert result.image is not None
    torch.testing.assert_close(result.artifacts["probabilities"], model(result.image).softmax(1))
    for report, shares in zip(result.reports, model(PHOTOS).softmax(1), strict=True):
        assert report["before"][0]["index"] == int(shares.argmax())
        assert report["is_changed"] == (report["before"][0]["index"] != report["after"][0]["index"])


@pytest.mark.parametrize(("target", "tool"), [("testing.twice", "attack.square"), ("testing.blur", "attack.square")])
def test_where_no_gradient_passes_it_is_attacked_by_answers_alone(target: str, tool: str) -> None:
    """Past a restoration of another size there is no way; a model without gradients has none."""
    model = replace(toy_classifier(Stripes()), is_differentiable=target == "testing.twice")
    assert {report["attack"] for report in asked(target, model, eps=90.0, steps=3).reports} == {tool}
