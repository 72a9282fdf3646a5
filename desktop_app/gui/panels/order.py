"""The order in which Tab goes from widget to widget: that of reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget

from desktop_app.gui.widgets.flow import FlowLayout


def chain(parts: Sequence[QWidget]) -> None:
    """Let Tab go through what is in these parts as they are read: row by row, one part after the other."""
    for one, other in pairwise(widget for part in parts for widget in reading_order(part)):
        QWidget.setTabOrder(one, other)


def reading_order(part: QWidget | None) -> Iterator[QWidget]:
    """Yield the widgets in a part that take the focus by Tab, as its layouts have them; itself where it is one."""
    if part is None:
        return
    layout = part.layout()
    if part.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield part
    if isinstance(part, QScrollArea):
        yield from reading_order(part.widget())
    elif layout is not None:
        yield from _in_layout(layout)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        widget, inner = item.widget() if item is not None else None, item.layout() if item is not None else None
        if item is not None and inner is None and not isinstance(layout, FlowLayout):  # which holds its items itself
            # Else the binding would keep it past its end, and take what Qt puts in the same place for it.
            shiboken6.invalidate(item)
        if widget is not None:
            yield from reading_order(widget)
        elif inner is not None:
            yield from _in_layout(inner)
