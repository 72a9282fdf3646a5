"""Tools that compare a photo with those that a classifier knows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from desktop_app.api import ParameterError, Result, ToolError
from desktop_app.api.resources import bundled, resource_root
from desktop_app.core.lab import calibration
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.numerics.temperature import fitted_temperature
from desktop_app.testing import call_tool, toy_classifier
from plugins.uncertainty.common.guard import SHARE
from plugins.uncertainty.common.known import OTHERS, Known
from plugins.uncertainty.common.unlike import Familiarity
from tests.plugins.test_conformance import built_in_tools

ASKING = {tool.id: tool for tool in built_in_tools() if tool.task == "uncertainty"
          and any("classifier" in form for form in tool.subjects)}  # fmt: skip
QUICK = {"uncertainty.mc_dropout": {"passes": 2}}


def photos(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.4 + 0.2 * torch.rand(count, 3, 1, 1, generator=generator) + 0.1 * torch.rand(
        count, 3, 8, 8, generator=generator
    )


def known_to(model: LoadedClassifier, count: int = 200, sharper: float = 1.0) -> Tensor:
    """Return a table in which classes are drawn by the model's probabilities, sharper or flatter ones."""
    seen = model.look(photos(count, 1))
    drawn = torch.multinomial((seen.logits * sharper).softmax(1), 1, generator=torch.Generator().manual_seed(2))[:, 0]
    return seen.rows(drawn)[None, None]


def ask(tool: str, images: Tensor, params: dict[str, Any] | None = None, known: Tensor | None = None) -> Result:
    model = toy_classifier()
    several = 2 if ASKING[tool].subjects == ("classifiers",) else 1
    table = known_to(model) if known is None else known
    return call_tool(ASKING[tool], images, {**QUICK.get(tool, {}), **(params or {})}, models=[model] * several,
                     inputs={"known": table.expand(len(images), -1, -1, -1)})  # fmt: skip


@pytest.mark.parametrize("tool", ASKING)
def test_every_tool_says_first_that_a_photo_is_strange(tool: str) -> None:
    like, strange = photos(1, 3), torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(4)).round()
    familiar, unlike = ask(tool, torch.cat([like, strange])).reports
    assert next(iter(unlike)) == "headline"
    assert "unlike those that the model knows" in unlike["headline"]
    assert unlike["is_unlike"]
    assert not familiar["is_unlike"]
    assert "headline" not in familiar
    assert 1.0 - SHARE < familiar["as_strange"] <= 1.0


def test_one_in_twenty_known_photos_is_beyond() -> None:
    model = toy_classifier()
    table = known_to(model, 400)[0, 0]
    new = model.look(photos(1000, 9))
    familiarity = Familiarity(Known(*new.split(table), "these"))
    for score, values in familiarity.scores(new).items():
        beyond = float((familiarity.as_strange(score, values) <= 0.05).float().mean())
        assert beyond == pytest.approx(0.05, abs=0.035), score


def test_the_confidence_says_how_far_it_held_on_known_photos() -> None:
    model = toy_classifier()
    table = known_to(model, 2000)  # classes are drawn by the model's own probabilities: it is calibrated
    (report,) = ask("uncertainty.confidence", photos(1, 3), known=table).reports
    checked = report["checked"]
    others, classes = model.look(photos(1, 3)).split(table[0, 0])
    shares, right = others.logits.softmax(1).numpy().astype(np.float64), classes.numpy()
    assert report["standing"] == "ranks"
    assert checked["ece"] == pytest.approx(calibration.ece(shares, right), abs=1e-5)
    assert checked["ece"] < 0.05
    assert sum(count for _, _, count in checked["reliability"]) == checked["n"] == 2000
    is_right = shares.argmax(1) == right
    expected = calibration.auroc(shares.max(1)[~is_right], shares.max(1)[is_right])
    assert checked["told_apart"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("tool", ASKING)
def test_every_report_says_how_far_it_was_checked(tool: str) -> None:
    (report,) = ask(tool, photos(1, 3)).reports
    assert report["standing"] in ("calibrated", "ranks", "unchecked")
    assert report["standing"] == "unchecked" or report["checked"]["n"] > 0


def test_the_nearest_are_sought_where_a_network_still_sees_more_than_its_classes() -> None:
    model = toy_classifier()
    table = known_to(model)[0, 0]
    new = model.look(photos(3, 9))
    others, _ = new.split(table)
    for one, layer in ((new, "late"), (replace(new, late=new.late[:, :0]), "features")):
        known = others if one is new else replace(others, late=others.late[:, :0])
        ours, theirs = (nn.functional.normalize(getattr(seen, layer), dim=1) for seen in (known, one))
        expected = torch.cdist(theirs, ours).sort(1).values[:, 9]
        scores = Familiarity(Known(known, table[:, 0].long(), "these")).scores(one)
        assert scores["nearest"].allclose(expected, atol=1e-4), layer


def test_the_answer_is_none_of_these_for_strange_photos_alone() -> None:
    strange = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(4)).round()
    first, second = ask("uncertainty.ood", torch.cat([photos(1, 3), strange])).reports
    assert first["answer"] in toy_classifier().labels
    assert second["answer"] == "none of these"
    for name, score in second["scores"].items():
        assert (score["value"] > score["threshold"]) == (score["as_strange"] < 0.05), name


def test_the_temperature_is_that_of_the_known_photos() -> None:
    model = toy_classifier()
    table = known_to(model, 2000, sharper=0.4)
    result = ask("uncertainty.temperature", photos(3, 5), known=table)
    seen = model.look(photos(3, 5))
    other, classes = seen.split(table[0, 0])
    expected = fitted_temperature(other.logits, classes)
    assert expected == pytest.approx(2.5, rel=0.15)
    assert result.artifacts["probabilities"].allclose((seen.logits / expected).softmax(1), atol=1e-5)
    report = result.reports[0]
    assert report["temperature"] == pytest.approx(expected)
    assert report["nll_after"] < report["nll_before"]
    told = ask("uncertainty.temperature", photos(3, 5), {"temperature": 3.0}, table)
    assert told.artifacts["probabilities"].allclose((seen.logits / 3.0).softmax(1), atol=1e-5)
    assert told.reports[0]["standing"] == "unchecked"


def test_a_temperature_that_no_photo_could_set_is_none() -> None:
    model, new = toy_classifier(), photos(1, 5)
    table = known_to(model, 60)
    others, _ = model.look(new).split(table[0, 0])
    right = table.clone()
    right[0, 0, :, 0] = others.logits.argmax(1).float()  # never wrong: the colder, the better
    with pytest.raises(ToolError, match=r"of which the model mistakes some.*got 60 without"):
        ask("uncertainty.temperature", new, known=right)


def test_a_temperature_that_makes_others_worse_is_not_called_calibrated() -> None:
    model, new = toy_classifier(), photos(1, 5)
    table = known_to(model, 60)
    others, _ = model.look(new).split(table[0, 0])
    table[0, 0, :, 0] = others.logits.argmax(1).float()
    table[0, 0, 7, 0] = float(others.logits[7].argmin())  # one mistake: half of the photos know of none
    (report,) = ask("uncertainty.temperature", new, known=table).reports
    assert report["nll_after"] > report["nll_before"]
    assert report["standing"] == "unchecked"
    assert any("made the answers worse" in one for one in report["caveats"])


def test_sets_hold_the_class_and_say_how_often() -> None:
    model = toy_classifier()
    new = photos(500, 7)
    answers = torch.multinomial(model(new).softmax(1), 1, generator=torch.Generator().manual_seed(8))
    result = ask("uncertainty.sets", new, {"alpha": 0.2}, known_to(model, 1000))
    held = float(result.artifacts["sets"].gather(1, answers).mean())
    assert held >= 0.8 - 0.04
    report = result.reports[0]
    assert report["checked"]["coverage_elsewhere"] == pytest.approx(0.8, abs=0.03)
    assert report["size"] == len(report["set"]) == int(result.artifacts["sets"][0].sum()) >= 1
    with pytest.raises(ToolError, match="199 known photos or more"):
        ask("uncertainty.sets", new[:1], {"alpha": 0.005}, known_to(model, 100))


def test_laplace_doubts_more_where_features_lie_far_and_less_with_a_firm_prior() -> None:
    model = toy_classifier()
    far = torch.cat([photos(1, 3), torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(4)).round()])
    loose, firm = (ask("uncertainty.laplace", far, {"prior": prior, "samples": 2000}) for prior in (1e-3, 1e9))
    near, away = (report["mutual_information"] for report in loose.reports)
    assert away > near > 0.0
    assert all(report["mutual_information"] < 1e-4 for report in firm.reports)
    assert firm.artifacts["probabilities"].allclose(model(far).softmax(1), atol=1e-3)


def test_laplace_wants_a_last_linear_layer() -> None:
    class Means(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.mean((2, 3)).repeat(1, 2)[:, :4]

    with pytest.raises(ToolError, match="a last linear layer"):
        call_tool(ASKING["uncertainty.laplace"], photos(1, 0), models=[toy_classifier(Means())])


def test_answers_of_other_weights_are_said_and_not_used() -> None:
    descriptor = replace(toy_classifier().descriptor, id="classify.cifar10_resnet", sha256="0" * 64)
    model = replace(toy_classifier(), descriptor=descriptor)
    (report,) = call_tool(ASKING["uncertainty.confidence"], photos(1, 0), models=[model]).reports
    assert report["is_unlike"] is None
    assert OTHERS in report["caveats"]
    with pytest.raises(ToolError, match="of other weights"):
        call_tool(ASKING["uncertainty.ood"], photos(1, 0), models=[model])


@pytest.mark.parametrize("tool", ["uncertainty.ood", "uncertainty.temperature", "uncertainty.sets"])
def test_without_known_photos_they_say_what_to_do(tool: str) -> None:
    with pytest.raises(ToolError, match=r"give the answers\.tif"):
        call_tool(ASKING[tool], photos(1, 0), models=[toy_classifier()])


@pytest.mark.parametrize(("table", "words"), [
    (torch.zeros(1, 1, 30, 5), "37 numbers a photo"), (torch.full((1, 1, 30, 37), 0.5), "a class of the model"),
    (torch.zeros(1, 1, 3, 37), "20 photos or more"), (torch.zeros(1, 1, 30, 37), "the same for all"),
])  # fmt: skip
def test_tables_of_something_else_are_refused(table: Tensor, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        ask("uncertainty.confidence", photos(1, 0), known=table)


def test_logits_that_are_no_numbers_are_told() -> None:
    class Broken(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return torch.full((len(images), 4), float("nan"))

    with pytest.raises(ToolError, match="logits that are numbers"):
        call_tool(ASKING["uncertainty.confidence"], photos(1, 0), models=[toy_classifier(Broken())])


@pytest.mark.parametrize(
    "path", sorted((resource_root() / "known").glob("classify.*.safetensors")), ids=lambda path: path.stem
)
def test_what_ships_is_of_the_weights_that_ship(path: Any) -> None:
    name = path.stem.removeprefix("classify.")
    card = json.loads(bundled(f"weights/{name}/{name}.json").read_text(encoding="utf-8"))
    with safe_open(path, "pt") as file:
        said = json.loads(file.metadata()["card"])
        assert (said["version"], said["sha256"]) == (2, card["sha256"]), "run python -m training.known again"
        assert file.get_tensor("answers").isfinite().all()
