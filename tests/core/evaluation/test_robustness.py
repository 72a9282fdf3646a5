"""What is left under attack: the worst of all, never more at a larger budget, and misread photos count as lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from desktop_app.core.evaluation.classifier import Judged
from desktop_app.core.evaluation.conditions import KNOWN, Condition
from desktop_app.core.evaluation.robustness import ANY, WORST, lines, robustness, sentence, tables

NAMES = ["a", "b", "c", "d", "e"]


def judged(
    right: list[bool], line: str = "", level: float | None = None, places: list[int] | None = None, defence: str = "",
    on: str = "net",
) -> Judged:
    group = f"mine.{line}" if level is not None else ""
    shares = np.array([[0.9, 0.1] if is_right else [0.2, 0.8] for is_right in right])
    where = np.arange(len(right)) if places is None else np.array(places)
    line = f"{line}, {defence}" if defence else line
    condition = Condition(line, group, level, line=line, defence=defence, attacked=on if group else "")
    return Judged(condition, shares, np.zeros(len(right), np.int64), where)


CLEAN = judged([True, True, True, False, True])
FIRST = [judged([True, False, True, True, True], "first", 2.0), judged([True, True, True, False, True], "first", 4.0)]
OTHER = [judged([True, True, False, True, True], "other", 2.0), judged([False, True, True, True, True], "other", 4.0)]


def test_a_photo_that_fell_once_stays_lost_and_a_misread_one_is_lost_at_once() -> None:
    found = robustness(["net"], [[CLEAN], *([one] for one in FIRST), *([one] for one in OTHER)], NAMES)
    worst = [(row["eps"], row["accuracy"]) for row in found["rows"] if row["attack"] == WORST]
    assert worst == [(0.0, 0.8), (2.0, pytest.approx(0.4)), (4.0, pytest.approx(0.2))]
    assert [row["least_eps"] for row in found["photos"]] == [4.0, 2.0, 2.0, 0.0, None]
    first = [row["accuracy"] for row in found["rows"] if row["attack"] == "first"]
    assert first == [pytest.approx(share) for share in (0.8, 0.6, 0.6)]
    assert all(row["low"] <= row["accuracy"] <= row["high"] for row in found["rows"])
    assert "the worst of 2 attacks" in sentence(found)
    assert "Harder attacks may leave less: attack.auto" in sentence(found)
    assert "Harder" not in sentence({**found, "tools": ["attack.auto", "attack.fgsm"]})
    assert [heading for heading, _, _ in tables(found)] == ["Under attack", "Least budgets"]


def of_tool(tool: str, right: list[bool], places: list[int] | None = None) -> list[Judged]:
    one = judged(right, "some", 8.0, places)
    return [replace(one, condition=replace(one.condition, group=tool))]


def test_squares_that_find_more_than_gradients_are_told() -> None:
    squares = of_tool("attack.square", [False, True, False, False, True])
    along = of_tool("attack.pgd", [True, True, False, False, True])
    (said,) = robustness(["net"], [[CLEAN], squares, along], NAMES)["masking"]
    assert "fooled 1 photo that" in said
    assert robustness(["net"], [[CLEAN], squares], NAMES)["masking"] == []
    assert robustness(["net"], [[CLEAN], squares, of_tool("attack.fgsm", [True] * 5)], NAMES)["masking"] == []
    assert robustness(["net"], [[CLEAN], along, of_tool("attack.square", [True] * 5)], NAMES)["masking"] == []


def test_photos_that_were_misread_or_not_asked_about_by_all_say_nothing_of_gradients() -> None:
    along = of_tool("attack.pgd", [False, True, True, True], [0, 1, 3, 4])
    assert robustness(["net"], [[CLEAN], of_tool("attack.square", [False, True, False, False, True]), along], NAMES)[
        "masking"] == []
    (said,) = robustness(["net"], [[CLEAN], of_tool("attack.square", [False] * 5), along], NAMES)["masking"]
    assert "fooled 2 photos that" in said


def test_photos_that_could_not_be_asked_about_are_left_out() -> None:
    clean = judged([True, True], places=[1, 4])
    found = robustness(["net"], [[clean], [judged([False, True], "first", 1.0, [1, 4])]], NAMES)
    assert [(row["n"], row["accuracy"]) for row in found["rows"]] == [(2, 1.0), (2, 0.5)]


def test_a_photo_that_an_attack_failed_on_is_not_one_that_held_out() -> None:
    failed = judged([False, True, True], "first", 2.0, [0, 1, 2])
    found = robustness(["net"], [[CLEAN], [failed], *([one] for one in OTHER)], NAMES)
    asked = {(row["attack"], row["eps"]): (row["n"], row["accuracy"]) for row in found["rows"]}
    assert (asked["first", 2.0], asked[WORST, 2.0]) == ((3, pytest.approx(2 / 3)), (3, pytest.approx(1 / 3)))
    assert asked["other", 4.0][0] == 5
    assert [row["outcome"] for row in found["photos"]] == ["fooled", "held out", "fooled", "not asked", "not asked"]
    assert [row["outcome"] for row in robustness(["net"], [[CLEAN], [OTHER[1]]], NAMES)["photos"]] == [
        "fooled", "held out", "held out", "misread", "held out"]  # fmt: skip


def test_what_an_attack_on_one_model_does_to_another_is_told_from_an_attack_on_it() -> None:
    on_other = judged([True] * 5, "first on other", 2.0, on="other")
    on_net = judged([False] * 5, "first on net", 2.0, on="net")
    found = robustness(["net", "other"], [[CLEAN] * 2, [on_net, on_other], [on_other, on_net]], NAMES)
    left = {(row["model"], row["attacked"]): row["accuracy"] for row in found["rows"]}
    assert left == {
        ("net", "net"): 0.0, ("other", "net"): 0.8, ("net", "other"): 0.8, ("other", "other"): 0.0,
        ("net", ANY): 0.0, ("other", ANY): 0.0,
    }  # fmt: skip
    assert {row["attack"] for row in found["rows"]} == {"first", WORST}
    assert "net under first on other, defence none, ε 2: right on 0.8 (0.376 to 0.964) of 5" in lines(found)
    assert [row["least_eps"] for row in found["photos"]] == [2.0, 2.0, 2.0, 0.0, 2.0]


def test_other_models_and_defences_have_rows_of_their_own() -> None:
    restored = judged([True, True, True, True, True], defence="Blur first")
    after = judged([True, True, True, True, False], "first", 2.0, defence="Blur first")
    found = robustness(["net", "more"], [[CLEAN] * 2, [FIRST[0]] * 2, [restored] * 2, [after] * 2], NAMES)
    assert {(row["model"], row["defence"]) for row in found["rows"]} == {
        (model, defence) for model in ("net", "more") for defence in ("none", "Blur first")
    }
    last = {(row["model"], row["defence"]): row["accuracy"] for row in found["rows"]}
    assert last["net", "Blur first"] == 0.8


def test_a_defence_is_judged_by_attacks_that_know_of_it() -> None:
    """Its clean photos are the restored ones, whether or not the attack knows."""
    restored = judged([True, True, True, True, False], defence="Blur first")
    blind = judged([True, True, True, True, False], "first", 2.0, defence="Blur first")
    aimed = judged([True, False, False, False, True], "first", 2.0, defence=f"Blur first{KNOWN}")
    found = robustness(["net"], [[CLEAN], [FIRST[0]], [restored], [blind], [aimed]], NAMES)
    kept = {(row["defence"], row["eps"]): row["accuracy"] for row in found["rows"]}
    assert kept == {
        ("none", 0.0): 0.8, ("none", 2.0): pytest.approx(0.6), ("Blur first", 0.0): 0.8, ("Blur first", 2.0): 0.8,
        (f"Blur first{KNOWN}", 0.0): 0.8, (f"Blur first{KNOWN}", 2.0): pytest.approx(0.2),
    }  # fmt: skip
    assert {row["attack"] for row in found["rows"]} == {"first"}
    assert "With Blur first 80.0%, as long as the attack does not know of it; 20.0% where it does." in sentence(found)
    without = robustness(["net"], [[CLEAN], [FIRST[0]], [restored], [blind]], NAMES)
    assert "no attack here can be aimed at both together" in sentence(without)


def test_without_attacks_there_is_nothing_to_say() -> None:
    found = robustness(["net"], [[CLEAN]], NAMES)
    assert (found, sentence(found), tables(found)) == ({}, "", [])
