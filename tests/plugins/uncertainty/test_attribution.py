"""Attribution maps: they find what a network looks at, sum up as their paper says, and fail where nothing is learnt."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import Result, ToolError
from desktop_app.testing import call_tool, toy_classifier
from plugins.uncertainty.attribution.descriptor import verilens_tools

TOOL = verilens_tools()[0]
METHODS = ("gradients", "integrated", "occlusion", "gradcam")


class Corner(nn.Module):
    """Says class 1 the surer, the lighter the upper left quarter of the photo is."""

    def __init__(self) -> None:
        super().__init__()
        self.light = nn.Conv2d(3, 1, 1, bias=False)
        nn.init.constant_(self.light.weight, 1.0 / 3.0)

    def forward(self, images: Tensor) -> Tensor:
        light = self.light(images)
        height, width = light.shape[-2] // 2, light.shape[-1] // 2
        lead = 8.0 * (light[..., :height, :width].mean((1, 2, 3)) - 0.5)
        return torch.stack([-lead, lead, torch.full_like(lead, -9.0), torch.full_like(lead, -9.0)], 1)


def photo() -> Tensor:
    return 0.6 + 0.3 * torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def explain(method: str, images: Tensor, **params: object) -> Result:
    return call_tool(TOOL, images, {"method": method, "copies": 3, "noise": 0.0, **params},
                     models=[toy_classifier(Corner())])  # fmt: skip


@pytest.mark.parametrize("method", METHODS[:3])
def test_the_part_that_is_looked_at_counts(method: str) -> None:
    evidence = explain(method, photo(), parts=2).maps[0].values[0]
    inside, whole = float(evidence[:8, :8].abs().sum()), float(evidence.abs().sum())
    assert inside >= (0.6 if method == "occlusion" else 0.999) * whole > 0.0, "parts that are hidden may reach over"


def test_integrated_gradients_sum_up_to_the_answer() -> None:
    model = toy_classifier()
    images = photo()
    result = call_tool(TOOL, images, {"noise": 0.0, "copies": 2, "steps": 200}, models=[model])
    chosen = int(model(images).argmax())
    difference = (model(images) - model(torch.full_like(images, 0.5)))[0, chosen]
    assert float(result.maps[0].values.sum()) == pytest.approx(float(difference), rel=0.01)


def test_what_noise_moves_is_the_map_s_own_spread() -> None:
    model = toy_classifier()
    still, moved = (
        call_tool(TOOL, photo(), {"noise": noise, "copies": 6}, models=[model]).maps[1].values for noise in (0.0, 40.0)
    )
    assert float(still.max()) < 1e-6
    assert float(moved.mean()) > 1e-5


@pytest.mark.parametrize("method", METHODS)
def test_shuffled_weights_are_told(method: str) -> None:
    """A network whose weights are all alike has nothing that shuffling could lose."""
    report = explain(method, photo()).reports[0]
    correlation = report["by_model"][0]["shuffled_rank_correlation"]
    assert report["is_learnt"] == (abs(correlation) <= 0.5)
    assert (len(report["caveats"]) == 2) == (not report["is_learnt"])
    if method == "integrated":
        assert correlation == pytest.approx(1.0)


def test_two_models_stand_side_by_side() -> None:
    result = call_tool(TOOL, photo(), {"copies": 2}, models=[toy_classifier(), toy_classifier(seed=1)])
    assert len({layer.name for layer in result.maps}) == len(result.maps) == 4
    assert not result.maps[0].values.equal(result.maps[2].values)
    assert len(result.reports[0]["by_model"]) == 2


def test_gradcam_wants_a_convolution() -> None:
    class Means(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.mean((2, 3)).repeat(1, 2)[:, :4]

    with pytest.raises(ToolError, match="a network with convolutions"):
        call_tool(TOOL, photo(), {"method": "gradcam"}, models=[toy_classifier(Means())])


@pytest.mark.filterwarnings("ignore")  # of a library that we only compare with
def test_maps_are_those_of_captum() -> None:
    attr = pytest.importorskip("captum.attr")
    model, images = toy_classifier(), photo()
    chosen = int(model(images).argmax())
    params = {"noise": 0.0, "copies": 2}
    ours = call_tool(TOOL, images, {**params, "steps": 50}, models=[model]).maps[0].values[0]
    grey = torch.full_like(images, 0.5)
    theirs = attr.IntegratedGradients(model.network).attribute(
        images.clone().requires_grad_(True), grey, chosen, n_steps=50, method="riemann_middle"
    )
    assert ours.allclose(theirs.detach().sum(1)[0].float(), atol=1e-5)
    ours = call_tool(TOOL, images, {**params, "method": "gradcam"}, models=[model]).maps[0].values[0]
    network = model.network
    theirs = attr.LayerGradCam(network, network.features).attribute(
        images.clone().requires_grad_(True), chosen, relu_attributions=True
    )
    assert ours.allclose(theirs.detach()[0, 0].float(), atol=1e-5)
