"""Whom a tool questions: a classifier, or a restoration with parameters of its own; others beside it, where it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from desktop_app.core.kinds import fits
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.gui.language import tr
from desktop_app.gui.panels.company import Company
from desktop_app.gui.panels.pieces import discard, form_grid, ignore_idle_wheel, may_be_narrow, text_button
from desktop_app.gui.viewmodel.tools import full_title, in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        self._tool: ToolEntry | None = None
        self._snapshot, self._picked = Snapshot(), ""  # the user's own choice, which goes from tool to tool
        self._given: dict[str, TargetSpec] = {}  # restorations of a step that is looked at, with their parameters
        self.kind, self.model, self.target = QComboBox(), QComboBox(), QComboBox()
        self.model.setObjectName("modelPicker")
        self.target.setObjectName("targetPicker")
        self._grid: QGridLayout = form_grid(self)
        boxes = (("Question", self.kind), ("Classifier", self.model), ("Restoration", self.target))
        lines = (0, 1, 3)  # between them, who is asked as well
        self._labels = [self._add_row(line, title, box) for line, (title, box) in zip(lines, boxes, strict=True)]
        self.manage = text_button("Models…")
        self.manage.setToolTip(tr("Add, download and look at models"))
        self._grid.addWidget(self.model, 1, 1)
        self._grid.addWidget(self.manage, 1, 2)
        self.manage.clicked.connect(self.modelsAsked)
        self.more_models, self.more_targets = (
            Company("Asked as well", "moreModels"), Company("Restores as well", "moreTargets")
        )
        self._more_labels = [self._add_company(2, self.more_models), self._add_company(5, self.more_targets)]
        self.kind.currentIndexChanged.connect(self._chosen)
        self.model.currentIndexChanged.connect(self._model_chosen)
        self.target.currentIndexChanged.connect(self._target_chosen)
        self._show_rows()

    def show_tool(self, tool: ToolEntry, snapshot: Snapshot) -> None:
        """Offer what a tool can question; emits nothing."""
        from desktop_app.core.steps.whom import USUAL_TARGET, classifiers, networks_for, targets

        self._tool, self._snapshot, self._given = tool, snapshot, {}
        self._subjects = (_NETWORK,) if tool.network else tool.subjects
        self._models = networks_for(tool, snapshot) if tool.network else classifiers(snapshot)
        self._labels[1].setText(tr("Model" if tool.network else "Classifier"))
        asks_tools = any("restoration" in form for form in tool.subjects)
        self._tools = in_order(targets(snapshot, tool)) if asks_tools else ()
        _fill(self.kind, [(_title(form), form) for form in self._subjects], self.kind.currentData())
        usual = tool.properties.get(tool.network, {}).get("default", "") or tool.usual_model
        _fill(self.model, [(model.title, model.id) for model in self._models], usual or self._picked)
        titles = [(full_title(entry), entry.id) for entry in self._tools]
        _fill(self.target, titles, self.target.currentData() or USUAL_TARGET)
        self._renew_nested()
        self._offer_company()
        self._show_rows()

    def set_values(self, subjects: Sequence[Subject]) -> None:
        """Show a choice: the first model and restoration are picked, the others ticked; emits nothing."""
        from desktop_app.core.jobs.request import ModelSpec, TargetSpec

        models = [one.model for one in subjects if isinstance(one, ModelSpec)]
        restorations = [one for one in subjects if isinstance(one, TargetSpec)]
        self._pick(next(iter(models), None), next(iter(restorations), None))
        self._given = {one.tool: one for one in restorations[1:]}
        self._offer_company(models[1:] if models else None, list(self._given) if restorations else None)
        self._show_rows()

    def _pick(self, model: str | None, target: TargetSpec | None) -> None:
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
        from desktop_app.core.jobs.request import ModelSpec, TargetSpec

        model, target = self.model_id(), self.target_spec()
        models = [] if model is None else [model, *(self.more_models.ticked() if self._asks("classifiers") else ())]
        others = self.more_targets.ticked() if self._asks("restorations") else ()
        more = [self._given.get(tool, TargetSpec(tool, {})) for tool in others]
        return (*map(ModelSpec, models), *(() if target is None else (target, *more)))

    def problem(self) -> str | None:
        """Return what is missing, or None."""
        if self._asks_model() and self.model_id() is None:
            return "Expected a model, found none installed; add one (Models…), or enable a plugin that brings one"
        if self._asks("restoration") and self.target_spec() is None:
            return "Expected a restoration to question, found none installed; enable a plugin that brings one"
        return self._nested.problem() if self._nested is not None and self._asks("restoration") else None

    def _add_row(self, line: int, text: str, box: QComboBox) -> QLabel:
        label = QLabel(tr(text))
        label.setBuddy(box)
        box.setAccessibleName(tr(text))
        may_be_narrow(box)
        box.currentTextChanged.connect(box.setToolTip)
        ignore_idle_wheel(box)
        self._grid.addWidget(label, line, 0)
        self._grid.addWidget(box, line, 1, 1, 2)
        return label

    def _add_company(self, line: int, company: Company) -> QLabel:
        label = QLabel(company.accessibleName())
        label.setWordWrap(True)
        label.setBuddy(company)
        company.changed.connect(self.changed)
        self._grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(company, line, 1, 1, 2)
        return label

    def _offer_company(self, models: Sequence[str] | None = None, tools: Sequence[str] | None = None) -> None:
        """Offer who can be asked beside those that are picked, and tick them, or by default those that ship for it."""
        from desktop_app.core.steps.whom import fellow_models, fellow_tools, members

        model = next((one for one in self._models if one.id == self.model.currentData()), None)
        if model is not None:
            fellows = fellow_models(model, self._snapshot)
            usual = [one.id for one in members(model.labels, self._snapshot)]
            self.more_models.offer([(one.title, one.id) for one in fellows], usual if models is None else models)
        tool = next((one for one in self._tools if one.id == self.target.currentData()), None)
        if tool is not None and self._tool is not None:
            same_task = fellow_tools(tool, self._tool, self._snapshot)
            others = [*same_task, *(one for one in self._tools if one.id in self._given and one not in same_task)]
            first = [one.id for one in same_task[:1]]
            self.more_targets.offer([(one.title, one.id) for one in others], first if tools is None else tools)

    def _asks(self, subject: str) -> bool:
        return bool(self._subjects) and subject in self.kind.currentData()

    def _asks_model(self) -> bool:
        return self._asks("classifier") or self._asks(_NETWORK)

    def _chosen(self) -> None:
        self._show_rows()
        self.changed.emit()

    def _model_chosen(self) -> None:
        self._picked = self.model.currentData() or ""
        self._offer_company()
        self._chosen()

    def _target_chosen(self) -> None:
        self._renew_nested()
        self._offer_company()
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
            self._nested.setAccessibleName(tr(f"Parameters of {entry.title}"))
            self._nested.setProperty("role", "nested")
            self._nested.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # else the sheet draws it no line
            self._nested.setContentsMargins(10, 0, 0, 0)
            self._nested.changed.connect(self.changed)
            self._grid.addWidget(self._nested, 4, 0, 1, 3)

    def _show_rows(self) -> None:
        shown = (len(self._subjects) > 1, self._asks_model(), self._asks("restoration"))
        self.manage.setVisible(shown[1])
        for label, box, is_shown in zip(self._labels, (self.kind, self.model, self.target), shown, strict=True):
            label.setVisible(is_shown)
            box.setVisible(is_shown)
        if self._nested is not None:
            self._nested.setVisible(shown[2])
        asks_more = (self._asks("classifiers"), self._asks("restorations"))
        for label, company, is_shown in zip(self._more_labels, (self.more_models, self.more_targets), asks_more,
                                            strict=True):  # fmt: skip
            label.setVisible(is_shown)
            company.setVisible(is_shown)
        self.setVisible(any(shown))


def _title(form: str) -> str:
    """Return what a form of question is called."""
    return " and ".join(part if part.endswith("s") else f"a {part}" for part in form.split("+")).capitalize()


def _fill(box: QComboBox, items: list[tuple[str, str]], chosen: str | None) -> None:
    """Offer new items and choose one where it is among them, else the first; emits nothing."""
    blocked = QSignalBlocker(box)
    box.clear()
    titles = [title for title, _ in items]
    for title, value in items:
        box.addItem(tr(title) if titles.count(title) == 1 else f"{tr(title)} ({value})", value)
    box.setCurrentIndex(max(0, box.findData(chosen)) if items else -1)
    box.setToolTip(box.currentText())
    # As wide as what it offers: the form leaves the closed box less room than a model's name takes.
    metrics = box.fontMetrics()
    widest = max((metrics.horizontalAdvance(box.itemText(index)) for index in range(box.count())), default=0)
    box.view().setMinimumWidth(widest + 4 * metrics.averageCharWidth())
    del blocked
