"""Whom a tool questions: a classifier, or a restoration with parameters of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from desktop_app.core.kinds import fits
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.gui.panels.pieces import discard, form_grid, ignore_idle_wheel, may_be_narrow, text_button
from desktop_app.gui.viewmodel.tools import full_title, in_order

if TYPE_CHECKING:
    from desktop_app.core.jobs.request import Subject, TargetSpec
    from desktop_app.gui.panels.grid import ParamGrid

_NETWORK = "network"  # of a tool that runs a network of the user's choice, instead of questioning one


class SubjectPicker(QWidget):
    """The pickers of classifier and target; shows the ones that the tool can use."""

    changed = Signal()
    modelsAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subjects: tuple[str, ...] = ()
        self._models: tuple[ModelEntry, ...] = ()
        self._tools: tuple[ToolEntry, ...] = ()
        self._nested: ParamGrid | None = None
        self.kind, self.model, self.target = QComboBox(), QComboBox(), QComboBox()
        self.model.setObjectName("modelPicker")
        self.target.setObjectName("targetPicker")
        self._grid: QGridLayout = form_grid(self)
        boxes = (("Question", self.kind), ("Classifier", self.model), ("Restoration", self.target))
        self._labels = [self._add_row(line, title, box) for line, (title, box) in enumerate(boxes)]
        self.manage = text_button("Models…")
        self.manage.setToolTip("Add, download and look at models")
        self._grid.addWidget(self.model, 1, 1)
        self._grid.addWidget(self.manage, 1, 2)
        self.manage.clicked.connect(self.modelsAsked)
        for box in (self.kind, self.model):
            box.currentIndexChanged.connect(self._chosen)
        self.target.currentIndexChanged.connect(self._target_chosen)
        self._show_rows()

    def show_tool(self, tool: ToolEntry, snapshot: Snapshot) -> None:
        """Offer what a tool can question; emits nothing."""
        from desktop_app.core.steps.whom import USUAL_TARGET, classifiers, networks_for, targets

        self._subjects = (_NETWORK,) if tool.network else tool.subjects
        self._models = networks_for(tool, snapshot) if tool.network else classifiers(snapshot)
        self._labels[1].setText("Model" if tool.network else "Classifier")
        asks_tools = any("restoration" in form for form in tool.subjects)
        self._tools = in_order(targets(snapshot, tool)) if asks_tools else ()
        _fill(self.kind, [(_title(form), form) for form in self._subjects])
        usual = tool.properties.get(tool.network, {}).get("default", "")
        _fill(self.model, [(model.title, model.id) for model in self._models], usual=usual)
        titles = [(full_title(entry), entry.id) for entry in self._tools]
        _fill(self.target, titles, usual=USUAL_TARGET)
        self._renew_nested()
        self._show_rows()

    def set_values(self, model: str | None, target: TargetSpec | None) -> None:
        """Show a choice; emits nothing."""
        blocked = [QSignalBlocker(box) for box in (self.kind, self.model, self.target)]
        forms = [form for form in self._subjects if fits(form, model is not None, target is not None)]
        if forms:
            self.kind.setCurrentIndex(self.kind.findData(forms[0]))
        if model is not None:
            self.model.setCurrentIndex(self.model.findData(model))
        if target is not None:
            self.target.setCurrentIndex(self.target.findData(target.tool))
            self._renew_nested()
            if self._nested is not None:
                self._nested.set_values(target.params)
        del blocked
        self._show_rows()

    def model_id(self) -> str | None:
        """Return the classifier in question, if one is asked."""
        return self.model.currentData() if self._asks_model() else None

    def labels(self) -> tuple[str, ...]:
        """Return the class names of the classifier in question."""
        return next((model.labels for model in self._models if model.id == self.model_id()), ())

    def target_spec(self) -> TargetSpec | None:
        """Return the restoration in question, if one is asked."""
        if not self._asks("restoration") or self.target.currentData() is None:
            return None
        from desktop_app.core.jobs.request import TargetSpec

        return TargetSpec(self.target.currentData(), self._nested.values() if self._nested else {})

    def subjects(self) -> tuple[Subject, ...]:
        """Return whom it asks, as a request has them."""
        from desktop_app.core.jobs.request import ModelSpec

        model, target = self.model_id(), self.target_spec()
        return (*(() if model is None else (ModelSpec(model),)), *(() if target is None else (target,)))

    def problem(self) -> str | None:
        """Return what is missing, or None."""
        if self._asks_model() and self.model_id() is None:
            return "Expected a model, found none installed; add one (Models…), or enable a plugin that brings one"
        if self._asks("restoration") and self.target_spec() is None:
            return "Expected a restoration to question, found none installed; enable a plugin that brings one"
        return self._nested.problem() if self._nested is not None and self._asks("restoration") else None

    def _add_row(self, line: int, text: str, box: QComboBox) -> QLabel:
        label = QLabel(text)
        label.setBuddy(box)
        box.setAccessibleName(text)
        may_be_narrow(box)
        ignore_idle_wheel(box)
        self._grid.addWidget(label, line, 0)
        self._grid.addWidget(box, line, 1, 1, 2)
        return label

    def _asks(self, subject: str) -> bool:
        return bool(self._subjects) and subject in self.kind.currentData()

    def _asks_model(self) -> bool:
        return self._asks("classifier") or self._asks(_NETWORK)

    def _chosen(self) -> None:
        self._show_rows()
        self.changed.emit()

    def _target_chosen(self) -> None:
        self._renew_nested()
        self._chosen()

    def _renew_nested(self) -> None:
        """Replace the target's own form by that of the chosen tool."""
        from desktop_app.gui.panels.grid import ParamGrid

        if self._nested is not None:
            discard(self._nested)
            self._nested = None
        entry = next((tool for tool in self._tools if tool.id == self.target.currentData()), None)
        if entry is not None and entry.properties:
            self._nested = ParamGrid(entry.schema)
            self._nested.setAccessibleName(f"Parameters of {entry.title}")
            self._nested.setProperty("role", "nested")
            self._nested.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # else the sheet draws it no line
            self._nested.setContentsMargins(10, 0, 0, 0)
            self._nested.changed.connect(self.changed)
            self._grid.addWidget(self._nested, 3, 0, 1, 3)

    def _show_rows(self) -> None:
        shown = (len(self._subjects) > 1, self._asks_model(), self._asks("restoration"))
        self.manage.setVisible(shown[1])
        for label, box, is_shown in zip(self._labels, (self.kind, self.model, self.target), shown, strict=True):
            label.setVisible(is_shown)
            box.setVisible(is_shown)
        if self._nested is not None:
            self._nested.setVisible(shown[2])
        self.setVisible(any(shown))


def _title(form: str) -> str:
    """Return what a form of question is called: of several the window names one, the command line more."""
    return "A " + " and a ".join(part.removesuffix("s") for part in form.split("+"))


def _fill(box: QComboBox, items: list[tuple[str, str]], usual: str = "") -> None:
    """Offer new items and keep the choice where it is still there, else take the usual one; emits nothing."""
    blocked = QSignalBlocker(box)
    chosen = usual if box.currentData() is None else box.currentData()
    box.clear()
    for title, value in items:
        box.addItem(title, value)
    box.setCurrentIndex(max(0, box.findData(chosen)) if items else -1)
    del blocked
