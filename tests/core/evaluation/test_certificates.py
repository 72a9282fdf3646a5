"""Certified accuracy: never more at a larger radius, and a wrong class that is certified counts for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.core.evaluation.certificates import curve, plots, sentence, tables


def test_the_share_proved_falls_with_the_radius() -> None:
    radii = np.array([10.0, 10.0, 4.0, 0.0, -1.0])
    points = curve(radii)
    shares = [(point["radius"], point["accuracy"]) for point in points]
    assert shares[0] == (0.0, pytest.approx(0.6)), "a radius of 0 proves nothing"
    assert [share for _, share in shares] == sorted((share for _, share in shares), reverse=True)
    assert dict(shares)[4.0] == pytest.approx(0.6)
    assert dict(shares)[6.0] == pytest.approx(0.4)
    assert dict(shares)[10.0] == pytest.approx(0.4)
    assert all(point["low"] <= point["accuracy"] <= point["high"] for point in points)


def test_a_curve_ends_where_nothing_is_left() -> None:
    assert [point["radius"] for point in curve(np.array([-1.0, 0.0]))] == [0.0]
    radii = [point["radius"] for point in curve(np.array([78.8, 3.0]))]
    assert radii == [0.0, *(10.0 * step for step in range(1, 9))], "round numbers"
    assert curve(np.array([78.8, 3.0]))[-1]["accuracy"] == 0.0


def test_what_is_proved_is_said_and_shown() -> None:
    rows = [{"model": "net", "tool": "defend.bounds", "norm": "linf", **point} for point in curve(np.array([4.0, 2.0]))]
    said = {"rows": rows}
    assert "defend.bounds proves 100.0% of 2 answers right for some change" in sentence(said)
    (heading, columns, cells), = tables(said)
    assert (heading, len(cells), len(cells[0])) == ("Certified", len(rows), len(columns))
    assert len(plots(said)) == 1
    assert (sentence({}), tables({}), plots({})) == ("", [], [])
