"""Round numbers and the right colours."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QPalette

from desktop_app.gui.widgets.colour_bar import ColourBar, ColourScale
from desktop_app.gui.widgets.ticks import nice_ticks, tick_labels

TABLE = (*(0xFF000000 | index for index in range(255)), 0)


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_lie_within_the_range_are_few_and_evenly_spaced(low, span, most) -> None:
    ticks = nice_ticks(low, low + span, most)
    assert 1 <= len(ticks) <= most
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    gaps = [b - a for a, b in pairwise(ticks)]
    assert gaps == pytest.approx([gaps[0]] * len(gaps) if gaps else [], rel=1e-6)
    labels = tick_labels(ticks)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [(0.0, 10.0, ["0", "2", "4", "6", "8", "10"]), (-0.1, 0.1, ["-0.10", "-0.05", "0.00", "0.05", "0.10"]),
     (0.0, 3e7, ["0", "5e+06", "1e+07", "1.5e+07", "2e+07", "2.5e+07", "3e+07"]), (4.0, 4.0, ["4.00"])],
)  # fmt: skip
def test_numbers_are_round(low, high, labels) -> None:
    assert tick_labels(nice_ticks(low, high, 7)) == labels


def test_the_bar_runs_from_the_first_to_the_last_colour(qtbot) -> None:
    bar = ColourBar()
    qtbot.addWidget(bar)
    bar.resize(271, bar.sizeHint().height())
    bar.set_scale(ColourScale("spread", "levels", 0.0, 12.0, TABLE))
    shot = bar.grab().toImage()
    y = bar.fontMetrics().height() + 10
    blues = [QColor(shot.pixel(x, y)).blue() for x in (0, 135, 270)]
    assert blues == pytest.approx([0, 127, 254], abs=2)
    assert bar.accessibleDescription() == "spread (levels): from 0 to 12"


@pytest.mark.parametrize("ink", ["#ffffff", "#000000"])
def test_its_words_have_the_theme_s_ink(qtbot, ink) -> None:
    bar = ColourBar()
    qtbot.addWidget(bar)
    colours = QPalette()
    colours.setColor(QPalette.ColorRole.WindowText, QColor(ink))
    colours.setColor(QPalette.ColorRole.Window, QColor("#808080"))
    bar.setPalette(colours)
    bar.resize(240, bar.sizeHint().height())
    bar.set_scale(ColourScale("spread", "levels", 0.0, 12.0, TABLE))
    shot = bar.grab().toImage()
    below = bar.fontMetrics().height() + 6 + 14 + 2
    row = {QColor(shot.pixel(x, below)).name() for x in range(bar.width())}
    assert row == {ink, "#808080"}


def test_no_map_no_bar(qtbot) -> None:
    bar = ColourBar()
    qtbot.addWidget(bar)
    bar.set_scale(ColourScale("spread", "", 0.0, 1.0, TABLE))
    bar.set_scale(None)
    assert bar.accessibleDescription() == "no map"
    shot = bar.grab().toImage()
    assert {shot.pixel(x, 20) for x in range(bar.width())} == {shot.pixel(0, 0)}
