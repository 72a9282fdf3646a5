"""The plot of a check is beside its diagonal, and the mouse reads its marks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from desktop_app.gui.panels.check_view import CheckView
from desktop_app.gui.viewmodel.check_plot import check_plot
from desktop_app.gui.viewmodel.map_card import checked_rows


def shown(checked: dict[str, object], application: QApplication) -> CheckView:
    view = CheckView()
    palette = view.palette()
    palette.setColor(QPalette.ColorRole.Accent, QColor("#ff0000"))
    view.setPalette(palette)
    view.show_plot(check_plot(checked))
    view.resize(320, view.sizeHint().height())
    application.processEvents()
    return view


def reds(view: CheckView) -> list[tuple[int, int]]:
    image = view.grab().toImage()
    return [(x, y) for x in range(image.width()) for y in range(image.height())
            if image.pixelColor(x, y).red() > 200 and image.pixelColor(x, y).green() < 40]  # fmt: skip


def test_the_mouse_reads_what_was_promised_and_what_held(qapp: QApplication) -> None:
    view = shown({"coverage_elsewhere": {"0.1": 0.911, "0.5": 0.52}}, qapp)
    marks = reds(view)
    left, right = min(marks), max(marks)
    assert view.said_at(QPointF(QPoint(*left))) == "50 % promised, 52.0 % held"
    assert view.said_at(QPointF(QPoint(*right))) == "90 % promised, 91.1 % held"
    assert view.said_at(QPointF(1.0, 1.0)) == ""
    assert left[1] > right[1]
    assert "91.1 % held" in view.accessibleName()


def test_bins_with_more_photos_are_larger(qapp: QApplication) -> None:
    view = shown({"reliability": [[0.3, 0.35, 5], [0.9, 0.8, 95]]}, qapp)
    middle = view.width() / 2
    few, many = (sum(1 for x, _ in reds(view) if (x < middle / 1.2) == is_left) for is_left in (True, False))
    assert many > 4 * few > 0
    assert "10.0 % too sure; 95 photos" in view.accessibleName()


def test_a_model_that_is_always_sure_and_right_is_drawn(qapp: QApplication) -> None:
    view = shown({"reliability": [[1.0, 1.0, 30]]}, qapp)
    across, down = max(reds(view))
    assert view.said_at(QPointF(across - 5, down)).startswith("confidence 100.0 %, right 100.0 %")


def test_a_map_that_ranks_is_beside_its_rulers(qapp: QApplication) -> None:
    checked = {"rank_correlation": 0.4, "trivial": {"rank_correlation": 0.2}, "oracle": {"rank_correlation": 0.8}}
    view = shown(checked, qapp)
    lengths = [sum(1 for x, y in reds(view) if y == row) for row in (12, 36, 60)]
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=3)
    assert lengths[2] == pytest.approx(2 * lengths[0], abs=3)
    assert checked_rows(checked) == (("Rank correlation", "0.4"),)


def test_what_was_not_compared_has_no_plot(qapp: QApplication) -> None:
    assert check_plot({"n": 100, "coverage_elsewhere": 0.9}) is None
    assert check_plot({"rank_correlation": 0.4}) is None
    assert shown({}, qapp).isHidden()
