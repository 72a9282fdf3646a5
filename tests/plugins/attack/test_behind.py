"""An attack that knows of a restoration before the model: through it, or past it where it has no gradients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import Result
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.testing import BLUR, toy_classifier
from desktop_app.testing.running import Bench
from desktop_app.testing.subjects import blur
from tests.support.tools import BUILT_IN_TOOLS

PHOTOS = torch.rand(4, 3, 9, 8, generator=torch.Generator().manual_seed(5)).mul(255).round().div(255)


def stepped(images: Tensor, params: Any, run: Any) -> Result:
    """Blur, then round to steps: no gradient passes."""
    image = blur(images, params, run).image
    assert image is not None
    return Result(image=(image * 16.0).round() / 16.0)


def noisy(images: Tensor, _params: Any, run: Any) -> Result:
    """Add noise: a defence by chance."""
    return Result(image=images + 0.05 * run.randn(images))


STEPPED = replace(BLUR, id="testing.stepped", algorithm=f"{__name__}:stepped", differentiable=False)
NOISY = replace(BLUR, id="testing.noisy", algorithm=f"{__name__}:noisy", differentiable=False, stochastic=True)


class _Tools:
    def tool(self, tool_id: str) -> Any:
        return {one.id: one for one in (STEPPED, NOISY)}.get(tool_id) or BUILT_IN_TOOLS.tool(tool_id)

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        return "testing", self.tool(tool_id).version


def attacked(defence: str | None, images: Tensor = PHOTOS, **params: Any) -> Tensor:
    targets = [TargetSpec(defence)] if defence else []
    asked = {"eps": 8.0, "steps": 10, "stop_early": False, **params}
    bench = Bench(BUILT_IN_TOOLS.tool("attack.pgd"), _Tools())
    image = bench.call(images, asked, models=[toy_classifier()], targets=targets).image
    assert image is not None
    return image


def harm(images: Tensor) -> Tensor:
    """Return how much less sure the model is of what it said, of blurred photos."""
    model, (before, after) = toy_classifier(), (_blurred(PHOTOS), _blurred(images))
    said = model(before).log_softmax(1)
    return (said - model(after).log_softmax(1)).gather(1, said.argmax(1, keepdim=True))[:, 0]


def _blurred(images: Tensor) -> Tensor:
    class Run:
        def check(self) -> None:
            """Go on."""

    found = blur(images, None, Run()).image
    assert found is not None
    return found


@pytest.mark.parametrize("defence", ["testing.blur", "testing.stepped"])
def test_who_knows_of_the_defence_does_more_against_it(defence: str) -> None:
    assert bool((harm(attacked(defence)) > harm(attacked(None))).all())


def test_a_defence_by_chance_is_asked_several_times_and_photos_stay_alone() -> None:
    together = attacked("testing.noisy", draws=4, steps=4)
    assert together.equal(attacked("testing.noisy", draws=4, steps=4))
    alone = attacked("testing.noisy", PHOTOS[:1], draws=4, steps=4)
    torch.testing.assert_close(together[:1], alone, rtol=0.0, atol=1e-5)
