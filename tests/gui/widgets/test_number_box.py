"""Numbers as people type them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.panels.editors import NumberEditor
from desktop_app.gui.viewmodel.schema import fields_of
from desktop_app.gui.widgets.number_box import NumberBox, WholeBox
from tests.gui.panels.test_form import Some


def typed(box: NumberBox, text: str) -> str:
    """Type a number over what the box shows, and return what it shows then."""
    box.selectAll()
    QTest.keyClicks(box, text)
    return box.text()


@pytest.mark.parametrize("locale", ["en_US", "de_DE"])
@pytest.mark.parametrize("text", ["2.5", "2,5"])
def test_point_and_comma_are_both_the_decimal_sign(locale: str, text: str, qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.setLocale(QLocale(locale))
    box.setSuffix(" px.")
    typed(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 2.5
    assert box.text() == f"2{QLocale(locale).decimalPoint()}50 px."


def test_what_is_typed_stands_until_the_field_is_left(qtbot: QtBot) -> None:
    (spec,) = (field for field in fields_of(Some.model_json_schema()) if field.name == "haste")
    editor = NumberEditor(spec)
    qtbot.addWidget(editor)
    assert [typed(editor.spin, text) for text in ("2", "2.5", "2.")] == ["2", "2.5", "2."]
    assert editor.value() == 2.0
    QTest.keyClick(editor.spin, Qt.Key.Key_Return)
    assert editor.spin.text() == "2.0"


def test_a_value_that_is_shown_again_leaves_what_is_typed_alone_and_another_does_not(qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    typed(box, "2.")
    box.show_value(2.0)
    assert box.text() == "2."
    box.show_value(3.0)
    assert box.text() == "3.00"


@pytest.mark.parametrize("locale", ["C", "en_US", "de_DE", "fr_FR"])
def test_more_digits_than_usual_are_taken_and_stay(locale: str, qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.setLocale(QLocale(locale))
    box.setRange(0, 1e6)
    box.set_usual_digits(1)
    sign = QLocale(locale).decimalPoint()
    for text, kept in (("0.75", "0.75"), ("0,1234", "0.1234"), ("2", "2.0"), ("2.500", "2.5"), ("12345.5", "12345.5")):
        typed(box, text)
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert box.text() == kept.replace(".", sign)
        assert box.value() == float(kept)


def test_a_number_with_many_digits_is_shown_with_the_usual_ones_and_stays_exact(qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.set_usual_digits(1)
    box.setValue(7.348213)
    assert box.text() == "7.3"
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 7.348213
    box.setValue(0.75)
    assert box.text() == "0.75"


def test_a_whole_number_takes_no_decimal_sign(qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.set_usual_digits(0)
    assert typed(box, "20") == "20"
    typed(box, "2.5")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.text() == "2"


@pytest.mark.parametrize("locale", ["C", "de_DE"])
@pytest.mark.parametrize(("text", "value"), [
    ("300", 255), ("1000.5", 255), ("-5", 0), ("-0.25", 0), ("254.75", 254.75), ("-", 7), ("-.", 7),
])  # fmt: skip
def test_a_number_beyond_the_range_is_its_nearer_end_and_none_of_its_digits_is_swallowed(
    locale: str, text: str, value: float, qtbot: QtBot
) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.setLocale(QLocale(locale))
    box.setRange(0, 255)
    box.setValue(7)
    assert typed(box, text) == text.replace(".", QLocale(locale).decimalPoint())
    assert box.value() == value  # also before the field is left: who applies now is not given another
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert (box.value(), box.text()) == (value, f"{value:.2f}".replace(".", QLocale(locale).decimalPoint()))


def test_a_whole_number_beyond_its_range_and_one_below_a_negative_end(qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.set_usual_digits(0)
    box.setRange(1, 100)
    box.setSuffix(" px")
    assert typed(box, "1200") == "1200 px"
    assert box.value() == 100
    box.setRange(-20, 20)
    assert typed(box, "-77") == "-77 px"
    assert box.value() == -20


@pytest.mark.parametrize(("text", "value"), [
    ("9999", 400), ("-3", 1), ("99999999999", 400), ("37", 37), ("-", 7),
])  # fmt: skip
def test_a_box_for_whole_numbers_swallows_no_digit_either(text: str, value: int, qtbot: QtBot) -> None:
    box = WholeBox()
    qtbot.addWidget(box)
    box.setRange(1, 400)
    box.setSuffix(" px")
    box.setValue(7)
    box.selectAll()
    QTest.keyClicks(box, text)
    assert (box.value(), box.cleanText()) == (value, text)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert (box.value(), box.text()) == (value, f"{value} px")
