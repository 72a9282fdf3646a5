"""Plots of the evaluation page: every value is there under the mouse, and a long legend leaves the plot its room."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np

from desktop_app.core.evaluation import page
from desktop_app.core.lab import calibration


def tips(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)
    names = {"svg": "http://www.w3.org/2000/svg"}
    groups = [group for group in root.iter(f"{{{names['svg']}}}g") if group.get("id", "").startswith("tip-")]
    return [str(group.findtext("svg:title", namespaces=names)) for group in groups]


def test_every_bin_can_be_read() -> None:
    shares = np.array([[0.9, 0.1]] * 4 + [[0.6, 0.4]] * 2)
    found = calibration.reliability(shares, np.array([0, 0, 0, 1, 0, 0]))
    _, picture = page.reliability_plot(found)
    assert sorted(tips(picture)) == [
        "confidence 60.0%, right 100.0%: 40.0% too modest; 2 photos",
        "confidence 90.0%, right 75.0%: 15.0% too sure; 4 photos",
    ]
    assert "pointer-events: all" in page._PAGE, "what is drawn with no colour is found by the mouse all the same"


def test_every_value_over_levels_can_be_read_and_markup_in_names_is_none() -> None:
    _, picture = page.levels_plot({"a <b>": [(1.0, 0.5), (2.0, 0.25)], "c": [(1.0, 0.75)]}, "accuracy", "ε, levels")
    assert sorted(tips(picture)) == [
        "a <b>: accuracy 0.250 at ε 2", "a <b>: accuracy 0.500 at ε 1", "c: accuracy 0.750 at ε 1",
    ]  # fmt: skip


def test_a_risk_curve_and_photos_can_be_read() -> None:
    coverage, risk = np.linspace(0.001, 1.0, 1000), np.linspace(0.0, 0.5, 1000)
    said = tips(page.risk_plot(coverage, risk)[1])
    assert len(said) == 21
    assert said[-1] == "100% answered: 50.0% of them wrongly"
    photo = "x.png: 20.00 dB before, 25.50 dB after"
    assert tips(page.spread_plot([20.0, 22.0], [25.5, 26.0], ["x.png", "y.png"])[1])[0] == photo


def test_a_long_legend_leaves_the_plot_its_room() -> None:
    groups = {f"a model of a long name, an attack, a defence, number {n}": [(0.0, n / 20)] for n in range(20)}

    def height(lines: dict[str, list[tuple[float, float]]]) -> float:
        found = re.search(r'height="([0-9.]+)pt"', page.levels_plot(lines, "accuracy", "ε")[1])
        assert found is not None
        return float(found[1])

    assert height(groups) > height(dict(list(groups.items())[:1])) + 20 * 0.1 * 72
