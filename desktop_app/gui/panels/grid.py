"""The aligned rows of a form: label, editor, reset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.panels.editors import Editor, TextEditor, editor_for
from desktop_app.gui.panels.pieces import LABEL_WIDTH, form_grid, reset_button, tool_button
from desktop_app.gui.viewmodel.parameters import with_unit
from desktop_app.gui.viewmodel.schema import FieldSpec, fields_of, that_count

_UNKNOWN = "estimated when applied"


class Row(QObject):
    """One parameter: its label, editor, box for None where that is a value, and its reset button."""

    changed = Signal()

    def __init__(self, spec: FieldSpec, parent: QObject) -> None:
        super().__init__(parent)
        self.spec = spec
        self.editor: Editor = editor_for(spec)
        self.label = QLabel(tr(spec.title))
        self.automatic = QCheckBox(tr(spec.none))
        self.reset_button = reset_button(f"Reset {spec.title}")
        self._set_up_label()
        self._has_switch = spec.is_optional and not isinstance(self.editor, TextEditor)
        self.estimate = QLabel(tr(_UNKNOWN))
        self.estimate.setProperty("role", "hint")
        self.estimate.setWordWrap(True)
        self._estimated: Any = None
        self._grid: QGridLayout | None = None
        self._line = 0
        self.automatic.setAccessibleName(tr(f"{spec.title}: {spec.none}"))
        if spec.none == "automatic":
            self.automatic.setToolTip(tr(f"Let the tool choose {spec.title.lower()}"))
        self.automatic.toggled.connect(self._switched)
        self.reset_button.clicked.connect(self.reset)
        self.show_estimate(None)
        self.editor.edited.connect(self._edited)
        self.set_value(spec.default)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """All its widgets."""
        return self.label, self.editor, self.estimate, self.automatic, self.reset_button

    def place(self, grid: QGridLayout, line: int) -> int:
        """Lay the widgets into a grid from a line on, and return the next free line."""
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self.label, line, 0)
        grid.addWidget(self.editor, line, 1)
        grid.addWidget(self.estimate, line, 1)
        grid.addWidget(self.reset_button, line, 2, top)
        self._grid, self._line = grid, line
        self._place_switch()
        return line + 2 if self._has_switch else line + 1

    def _place_switch(self) -> None:
        """Put the box below the editor or what is estimated; in their place where neither is shown."""
        if self._has_switch and self._grid is not None:
            is_alone = self.automatic.isChecked() and not self.estimate.text()
            self._grid.addWidget(self.automatic, self._line if is_alone else self._line + 1, 1)

    def value(self) -> Any:
        """Return the value; None for automatic."""
        return None if self._has_switch and self.automatic.isChecked() else self.editor.value()

    def set_value(self, value: Any) -> None:
        """Show a value; emits nothing."""
        if self._has_switch:
            self.automatic.blockSignals(True)
            self.automatic.setChecked(value is None)
            self.automatic.blockSignals(False)
        self.editor.set_value(value)
        self._mark()

    def reset(self) -> None:
        """Go back to the default."""
        self.set_value(self.spec.default)
        self.changed.emit()

    def set_visible(self, is_shown: bool) -> None:
        """Show or hide all its widgets: what a tool chooses by itself is told in the place of the editor."""
        is_automatic = self._has_switch and self.automatic.isChecked()
        self.label.setVisible(is_shown)
        self.reset_button.setVisible(is_shown)
        self.automatic.setVisible(is_shown and self._has_switch)
        self.editor.setVisible(is_shown and not is_automatic)
        self.estimate.setVisible(is_shown and is_automatic and bool(self.estimate.text()))
        self._place_switch()

    def show_estimate(self, value: Any) -> None:
        """Say which value the tool chose when it was last applied; None where that is not known."""
        self._estimated = value
        if value is not None:
            self.estimate.setText(tr(f"{with_unit(value, self.spec.unit)}, estimated"))
        else:
            self.estimate.setText(tr(_UNKNOWN if self.spec.none == FieldSpec.none else ""))

    def problem(self) -> str | None:
        """Return what is wrong, or None."""
        return None if self.value() is None and self._has_switch else self.editor.problem()

    def _set_up_label(self) -> None:
        self.label.setToolTip(tr(self.spec.help))
        self.label.setBuddy(self.editor.main)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.setWordWrap(True)

    def _switched(self, is_automatic: bool) -> None:
        """Go on from the value that the tool chose."""
        if not is_automatic and self._estimated is not None:
            self.editor.set_value(self._estimated)
        self._edited()

    def _edited(self) -> None:
        self._mark()
        self.changed.emit()

    def _mark(self) -> None:
        """Offer the reset only where there is something to reset."""
        self.reset_button.setEnabled(self.value() != self.spec.default)


class ParamGrid(QWidget):
    """All parameters of one tool: the advanced ones are folded away at first, those that do not count are hidden."""

    changed = Signal()

    def __init__(self, schema: Mapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields = fields_of(schema)
        self._inputs: Mapping[str, str | None] = {}
        self.rows = {spec.name: Row(spec, self) for spec in self._fields}
        self._more = tool_button("More")
        self._more.setCheckable(True)
        self._more.setAccessibleName(tr("Show advanced parameters"))
        self._more.setArrowType(Qt.ArrowType.RightArrow)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.toggled.connect(self.unfold)
        self._lay_out()
        for row in self.rows.values():
            row.changed.connect(self._edited)
        self.unfold(False)

    def values(self) -> dict[str, Any]:
        """Return every parameter's value by name."""
        return {name: row.value() for name, row in self.rows.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values; names that the tool no longer has are left out. Emits nothing."""
        for name, row in self.rows.items():
            row.set_value(values.get(name, row.spec.default))
        self._show_rows()

    def show_estimates(self, values: Mapping[str, Any]) -> None:
        """Say which values the tool chose by itself, by name; the others are not known yet."""
        for name, row in self.rows.items():
            row.show_estimate(values.get(name))
        self._show_rows()

    def show_inputs(self, inputs: Mapping[str, str | None]) -> None:
        """Follow the tool's further inputs, None for one without a file: one may take the place of parameters."""
        self._inputs = inputs
        self._show_rows()

    def reset(self) -> None:
        """Put every parameter back to its default."""
        self.set_values({})
        self.changed.emit()

    def problem(self) -> str | None:
        """Return the first thing that is wrong, or None."""
        return next((problem for row in self.rows.values() if (problem := row.problem())), None)

    def suggest(self, names: Sequence[str], words: Sequence[str]) -> None:
        """Offer words in the text fields of these names."""
        for name in names:
            row = self.rows.get(name)
            if row is not None and isinstance(row.editor, TextEditor):
                row.editor.suggest(words)

    def _lay_out(self) -> None:
        grid = form_grid(self)
        plain = [row for row in self.rows.values() if not row.spec.is_advanced]
        advanced = [row for row in self.rows.values() if row.spec.is_advanced]
        line = 0
        for row in plain:
            line = row.place(grid, line)
        if advanced:
            grid.addWidget(self._more, line, 0, 1, 3)
        line += 1
        for row in advanced:
            line = row.place(grid, line)

    def unfold(self, is_open: bool) -> None:
        """Show the advanced parameters, or fold them away."""
        self._more.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._more.setChecked(is_open)
        self._show_rows()

    def _edited(self) -> None:
        self._show_rows()
        self.changed.emit()

    def _show_rows(self) -> None:
        counting = that_count(self._fields, {**self._inputs, **self.values()})
        self._more.setVisible(any(row.spec.is_advanced for name, row in self.rows.items() if name in counting))
        for name, row in self.rows.items():
            row.set_visible(name in counting and (self._more.isChecked() or not row.spec.is_advanced))
