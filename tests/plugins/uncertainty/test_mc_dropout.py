"""Monte Carlo dropout: masks like torch's, figures like the papers', a model left as it was."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import Result, ToolError
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.testing import call_tool, toy_classifier
from plugins.uncertainty.common.predictions import entropy as entropy_of
from plugins.uncertainty.mc_dropout.descriptor import verilens_tools
from plugins.uncertainty.mc_dropout.dropout import dropout_layers, dropping, mask_of

TOOL = verilens_tools()[0]


def questioned(images: Tensor, model: LoadedClassifier, passes: int = 20, **more: object) -> Result:
    return call_tool(TOOL, images, {"passes": passes}, models=[model], **more)


def generators(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def test_the_mean_is_that_of_torchs_own_dropout() -> None:
    model = toy_classifier()
    images = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    report = questioned(images, model, passes=150).reports[0]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for layer in dropout_layers(model.module):
            layer.train()
        expected = model(images.expand(4000, -1, -1, -1)).softmax(1).mean(0)
    got = {entry["index"]: entry["p"] for entry in report["prediction"]}
    assert [got[index] for index in range(4)] == pytest.approx(expected.tolist(), abs=0.04)


@pytest.mark.parametrize(
    ("layer", "shape", "drawn"),
    [(nn.Dropout(0.3), (8, 9, 10), (8, 9, 10)), (nn.Dropout2d(0.3), (200, 9, 10), (200, 1, 1)),
     (nn.Dropout1d(0.3), (200, 9), (200, 1))],
)
def test_masks_drop_the_right_share_of_the_right_things(
    layer: nn.Module, shape: tuple[int, ...], drawn: tuple[int, ...]
) -> None:
    mask = mask_of(layer, torch.ones(2, *shape), generators(1, 2))
    assert mask.shape == (2, *drawn)
    assert mask.unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    assert float((mask == 0).float().mean()) == pytest.approx(0.3, abs=0.06)
    assert not mask[0].equal(mask[1])


def test_layers_drop_only_inside_and_though_something_fails() -> None:
    model = toy_classifier().module
    images = torch.rand(1, 3, 6, 6)
    plain = model(images)
    with dropping(dropout_layers(model), generators(0)):
        assert not model(images).equal(plain)
        assert not any(part.training for part in model.modules())
    with pytest.raises(ValueError, match="on purpose"), dropping(dropout_layers(model), generators(0)):
        raise ValueError("on purpose")
    assert model(images).equal(plain)


def test_a_model_without_dropout_is_refused_in_a_sentence() -> None:
    bare = nn.Sequential(nn.Flatten(), nn.Dropout(0.0), nn.Linear(12, 4))
    with pytest.raises(ToolError, match="expected a model with dropout layers, got Sequential"):
        questioned(torch.rand(1, 3, 2, 2), toy_classifier(bare))


def test_alpha_dropout_is_refused_rather_than_ignored() -> None:
    with pytest.raises(ToolError, match="AlphaDropout"):
        dropout_layers(nn.Sequential(nn.Dropout(), nn.AlphaDropout()))


def test_entropy_of_known_distributions() -> None:
    probabilities = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
    assert entropy_of(probabilities).tolist() == pytest.approx([0.0, 1.3862944])


def test_the_figures_fit_together() -> None:
    report = questioned(torch.rand(1, 3, 6, 6), toy_classifier()).reports[0]
    assert report["model"] == "testing.toy"
    assert report["method"] == "Monte Carlo dropout"
    assert report["confidence"] == pytest.approx(report["prediction"][0]["p"])
    assert report["entropy"] >= report["expected_entropy"] > 0.0
    assert report["mutual_information"] == pytest.approx(report["entropy"] - report["expected_entropy"], abs=1e-7)
    assert report["mutual_information"] > 1e-4
    assert report["unit"] == "nats"
    entropy = entropy_of(torch.tensor([entry["p"] for entry in report["prediction"]]))
    assert float(entropy) == pytest.approx(report["entropy"], abs=1e-6)


def test_the_map_is_the_slope_of_the_entropy() -> None:
    model = toy_classifier()
    images = torch.rand(1, 1, 4, 5, generator=torch.Generator().manual_seed(1)) * 0.8 + 0.1
    values = questioned(images, model, passes=5).maps[0].values
    step = 1e-2
    for row, column in ((0, 0), (2, 3)):
        ends = []
        for sign in (1, -1):
            moved = images.clone()
            moved[0, 0, row, column] += sign * step
            ends.append(questioned(moved, model, passes=5).reports[0]["entropy"])
        slope = abs(ends[0] - ends[1]) / (2 * step) / 255.0
        assert float(values[0, row, column]) == pytest.approx(slope, rel=0.05)


def test_flags_stay_in_eval() -> None:
    model = toy_classifier()
    questioned(torch.rand(1, 3, 6, 6), model, passes=2)
    assert not any(part.training for part in model.module.modules())


class Ended(JobControl):
    """Ended by the user after some reports of progress."""

    def __init__(self, after: int) -> None:
        super().__init__(self._look)
        self.left = after

    def _look(self, _fraction: float, _message: str) -> None:
        self.left -= 1
        if self.left == 0:
            assert self.end_early(), "there are passes to keep"


def test_passes_that_were_made_are_kept_when_the_user_ends_it() -> None:
    images, model = torch.rand(1, 3, 8, 8), toy_classifier()
    few = questioned(images, model, 16)
    ended = questioned(images, model, 20, control=Ended(after=2))
    assert ended.reports[0]["passes"] == 16, "those that were made together"
    assert ended.reports[0]["entropy"] == pytest.approx(few.reports[0]["entropy"], abs=1e-6)
    assert ended.reports[0]["caveats"][0] == "ended early: from 16 of 20 passes"
    assert ended.maps == [], "and the map, which takes longer, is left out"


def test_a_map_that_is_ended_leaves_the_figures_of_all_passes() -> None:
    ended = questioned(torch.rand(1, 3, 8, 8), toy_classifier(), 20, control=Ended(after=4))
    assert ended.reports[0]["passes"] == 20
    assert ended.maps == []
    assert not any("ended" in said for said in ended.reports[0]["caveats"])
