"""What the window says about trust: verdicts in plain words, badges, cards, maps that look like nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from desktop_app.core.jobs.request import StepRecord
from desktop_app.gui.viewmodel.map_card import badge_of, checked_rows, map_card
from desktop_app.gui.viewmodel.maps import is_flat, listed, plain_name, signed_partner
from desktop_app.gui.viewmodel.report import report_view
from desktop_app.gui.viewmodel.verdict import verdict
from plugins.uncertainty.common.predictions import doubts


def top(*shares: float, spread: float | None = None) -> list[dict[str, Any]]:
    """Return classes with these probabilities, each with answers so far to both sides."""
    names = ("cat", "dog", "ship", "frog", "horse")
    ends = (lambda _p: {}) if spread is None else (lambda p: {"low": p - spread, "high": p + spread})
    return [{"label": names[at], "index": at, "p": p, **ends(p)} for at, p in enumerate(shares)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (top(0.98, 0.01), "The model sees “cat” (98 %), and is sure of it."),
        (top(0.72, 0.2), "The model sees “cat” (72 %), with some doubt; “dog” (20 %) comes next."),
        (top(0.48, 0.41, 0.02), "The model is unsure between “cat” (48 %) and “dog” (41 %)."),
        (top(0.3, 0.28, 0.27), "The model is unsure between “cat” (30 %), “dog” (28 %) and “ship” (27 %)."),
        (top(0.4, 0.1), "The model does not know: its best guess is “cat” (40 %)."),
        (top(0.6, 0.25, 0.02, spread=0.2), "The model is unsure between “cat” (60 %) and “dog” (25 %)."),
        (top(0.6, 0.25, 0.02, spread=0.01), "The model sees “cat” (60 %), with some doubt; “dog” (25 %) comes next."),
        (top(1.0), "The model sees “cat” (100 %), and is sure of it."),
    ],
)
def test_how_sure_a_model_is(said: list[dict[str, Any]], expected: str) -> None:
    assert verdict({"prediction": said}) == (expected,)


def test_members_of_an_ensemble_are_counted() -> None:
    said = {"prediction": top(0.6, 0.2), "members": 5}
    assert verdict(said | {"agreeing": 4})[-1] == "4 of 5 models say so."
    assert verdict(said | {"agreeing": 5})[-1] == "All 5 models say so."


@pytest.mark.parametrize(
    ("success", "after", "printed", "expected"),
    [
        (True, 0.1, True, ["The attack succeeded: the model said “cat” and now says “dog”.", "still fools it"]),
        (True, 0.1, False, ["The attack succeeded", "no longer fools it: rounding undoes the attack."]),
        (True, 0.1, None, ["The attack succeeded"]),
        (True, 0.9, True, ["There was nothing to attack: the model says “cat” of the photo as it is."]),
        (False, 0.9, False, ["The attack failed: the model still says “cat”."]),
        (False, 0.1, False, ["The attack failed: the model now says “dog”, which was not asked for."]),
    ],
)
def test_what_became_of_an_attack(success: bool, after: float, printed: bool | None, expected: list[str]) -> None:
    ranked = sorted(top(after, 1 - after), key=lambda entry: -entry["p"])
    said = verdict({"success": success, "before": top(0.9, 0.1), "after": ranked, "success_after_8bit": printed})
    assert len(said) == len(expected)
    assert all(part in sentence for part, sentence in zip(expected, said, strict=True))


@pytest.mark.parametrize(
    ("success", "told", "words"),
    [
        (True, {"smallest": 1.2345, "unit": "levels", "norm": "linf"}, "measures 1.23 levels (the most of any value)"),
        (False, {"smallest": 40.0, "unit": "levels", "norm": "l2"}, "measures 40 levels (in L2)"),
        (True, {"smallest": 3.0, "unit": "pixels", "norm": "l0"}, "measures 3 pixels"),
    ],
)
def test_how_small_a_change_suffices(success: bool, told: dict[str, object], words: str) -> None:
    answers = {"success": success, "before": top(0.9, 0.1), "after": [{"label": "dog", "p": 0.9}]}
    said = verdict({**answers, **told})
    assert len(said) == 2
    assert words in said[1]
    assert len(verdict({**answers, "smallest": None})) == 1


def test_what_a_headline_says_comes_before_any_label() -> None:
    record = StepRecord("uncertainty.confidence", "uncertainty", "What?", "p", "1", {}, 0)
    report = {"headline": "this photo is unlike what the model was trained on", "prediction": top(0.98, 0.01)}
    sentences = report_view("What?", record, report, "4 × 4 px", {}).sentences
    assert sentences[0] == "This photo is unlike what the model was trained on."
    assert sentences[1].startswith("The model sees “cat”")


def test_an_interval_is_told_in_a_sentence() -> None:
    (said,) = verdict({"mean_half_width": 8.57, "target_coverage": 0.9})
    assert said == "90 % of the true values lie within an interval of ± 8.6 levels on average."


def test_bars_have_the_spread_of_several_answers() -> None:
    torch = pytest.importorskip("torch")

    class Model:
        id, labels = "m", ("cat", "dog")

    answers = torch.tensor([[0.9, 0.1], [0.7, 0.3], [0.5, 0.5]])
    (report,) = doubts("three", answers[:, None], Model(), "passes")  # type: ignore[arg-type]  # what it names is all it needs
    record = StepRecord("u.x", "uncertainty", "What?", "p", "1", {}, 0)
    view = report_view("What?", record, report, "4 × 4 px", {})
    assert view.bars[0].spread == pytest.approx(np.quantile([0.9, 0.7, 0.5], (0.05, 0.95)), abs=1e-6)
    assert view.bar_note == "The thin lines hold nine tenths of the answers of 3 passes."
    assert not report_view("What?", record, {"prediction": top(0.9)}, "4 × 4 px", {}).bar_note


@dataclass(frozen=True)
class Layer:
    name: str = "spread"
    kind: str = "uncertainty"
    standing: str = "unchecked"
    checked: dict[str, Any] = field(default_factory=dict)
    unit: str = "levels"
    meaning: str = "How far results lie apart."
    colormap: str = "inferno"
    is_aligned: bool = True
    width: int = 100
    height: int = 100
    low: float = 0.0
    high: float = 7.0


def test_the_report_tells_on_what_its_figures_were_checked() -> None:
    record = StepRecord("uncertainty.sets", "uncertainty", "Set", "p", "1", {}, 0)
    checked = {"on": "photos held out", "n": 1000, "alpha": 0.1, "coverage_elsewhere": 0.919}
    report = {
        "headline": "this photo is strange", "prediction": top(0.98), "set": ["cat", "dog"], "target_coverage": 0.9,
        "standing": "calibrated", "checked": checked, "is_unlike": True, "as_strange": 0.008, "score": "combined",
        "scores": {"energy": {"value": -4.14, "threshold": -3.7, "as_strange": 0.1}},
    }  # fmt: skip
    view = report_view("Set", record, report, "4 × 4 px", {})
    assert view.has_headline
    assert view.sentences[-1] == "The set that holds the right class in 90 % of photos: “cat”, “dog”."
    assert dict(view.figures) == {
        "Target coverage": "90.0 %", "Known photos as strange": "0.8 %", "Energy": "-4.14; 10.0 % as strange",
        "Standing": "calibrated", "Checked on": "photos held out", "Photos": "1000", "May be missed, α": "10 %",
        "Held on other photos": "91.9 % (90 % promised)",
    }  # fmt: skip
    assert verdict({**report, "set": []})[-1].endswith("none of them.")


def test_badges_say_how_a_map_was_checked_and_nothing_of_what_is_exact() -> None:
    assert badge_of(Layer()) == "unchecked"
    assert badge_of(Layer(kind="estimate", standing="calibrated")) == "calibrated"
    assert badge_of(Layer(kind="perturbation")) == ""


def test_a_card_says_on_what_a_map_was_checked() -> None:
    checked = {"on": "100 photos", "n": 100, "alpha": 0.1, "coverage_elsewhere": {"0.05": 0.96, "0.1": 0.9131}}
    layer = Layer(standing="calibrated", checked=checked)
    record = StepRecord("uncertainty.conformal", "uncertainty", "Interval", "p", "1", {}, 0)
    card = map_card("half-width", layer, record, {"method": "risk control", "caveats": ["only alike photos"]}, None)
    assert card.badge == "calibrated"
    assert card.sentences[0] == layer.meaning
    assert "hold what they promise" in card.sentences[1]
    assert card.sentences[2] == "Made by Interval (risk control)."
    assert card.caveats == ("Only alike photos.",)
    assert dict(card.figures) == {
        "Checked on": "100 photos", "Photos": "100", "May be missed, α": "10 %",
        "Held on other photos": "91.3 % (90 % promised)",
    }  # fmt: skip
    assert checked_rows({"sigma": 25.04, "ause": 0.21}) == (("Noise, σ", "25 levels"), ("AUSE (0 is best)", "0.21"))


def test_what_is_exact_needs_no_check() -> None:
    card = map_card("perturbation", Layer(kind="perturbation"), None, {}, None)
    assert any("nothing to be checked" in sentence for sentence in card.sentences)


def test_a_signed_map_is_a_switch_of_the_one_it_belongs_to() -> None:
    plain, signed, alone = Layer("perturbation"), Layer("signed perturbation"), Layer("signed error")
    maps = (plain, signed, alone)
    assert listed(maps) == (plain, alone)
    assert signed_partner(maps, "perturbation") == signed_partner(maps, "signed perturbation") == signed
    assert signed_partner((plain,), "perturbation") is None
    assert signed_partner(maps, None) is None
    assert plain_name(signed.name) == plain.name


def test_what_nobody_would_notice_is_flat() -> None:
    assert is_flat(Layer(high=0.4))
    assert not is_flat(Layer(high=0.6))
    assert not is_flat(Layer(low=-0.6, high=0.1))
    assert is_flat(Layer(unit="nats/level", high=1e-8))
    assert not is_flat(Layer(unit="nats/level", high=1e-5))
    assert not is_flat(Layer(unit="px", high=1e-5))
