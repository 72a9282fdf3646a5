"""The form of the chosen tool: what it does, its parameters, preview and apply."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.plugins.entries import Snapshot, ToolEntry
from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import NoticeRow, discard, reset_button
from desktop_app.gui.panels.seed_row import SeedRow

if TYPE_CHECKING:
    from desktop_app.gui.panels.grid import ParamGrid
    from desktop_app.gui.panels.input_rows import InputRows
    from desktop_app.gui.panels.subject import SubjectPicker
    from desktop_app.gui.viewmodel.intent import StepIntent

_APPLY = "Apply the tool to the photo (Ctrl+Return)"
_PREVIEW = "Show the tool's effect on what you see, without applying it (Ctrl+P)"
_MOVES = "This moves pixels: Apply shows it, Ctrl+Z takes it back"
_MEASURES = "This tool measures and makes no picture that could be previewed; apply it"


class ParamForm(QFrame):
    """Shows one tool; `intent` is what it asks for now. Setters emit nothing."""

    changed = Signal()
    applied = Signal()
    baseDropped = Signal()
    areaDropped = Signal()
    maskAsked = Signal()
    kernelAsked = Signal(str)
    toolShown = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("paramForm")
        self.setAccessibleName(tr("Tool parameters"))
        self.tool: ToolEntry | None = None
        self._kept: dict[str, StepIntent] = {}
        self._can_run, self._why_not = False, ""
        self._grid: ParamGrid | None = None
        self._inputs: InputRows | None = None
        self._make_parts()
        self._lay_out()
        self._connect()
        self.show_tool(None, Snapshot())

    @cached_property
    def subject(self) -> SubjectPicker:
        """Whom the tool questions; made after the first paint, when it is first asked for."""
        from desktop_app.gui.panels.subject import SubjectPicker

        subject = SubjectPicker()
        self._body.insertWidget(0, subject)
        subject.changed.connect(self._edited)
        return subject

    def show_tool(self, tool: ToolEntry | None, snapshot: Snapshot, intent: StepIntent | None = None) -> None:
        """Show a tool with an intent's values, else with those it had last, else with its defaults."""
        if self.tool is not None:
            self._kept[self.tool.id] = self.intent()
        self.tool = tool
        self._title.setText(tr(tool.title if tool else "No tool chosen"))
        self._summary.setText(tr(tool.summary if tool else "Choose a tool on the left: what it can do stands here."))
        self._clear()
        if tool is not None:
            self._fill(tool, snapshot, intent or self._kept.get(tool.id))
        if self._inputs is not None and intent is not None:
            self._inputs.hold_mask()
        for widget in (self._reset, self.apply_button, self.preview_toggle):
            widget.setVisible(tool is not None)
        self.show_forecast("")
        self.show_hint("")
        self._check()
        self.toolShown.emit()

    def intent(self) -> StepIntent:
        """Return what the form asks for.

        Raises
        ------
        ValueError
            If no tool is shown.
        """
        from desktop_app.core.jobs.request import ToolRequest
        from desktop_app.gui.viewmodel.intent import StepIntent

        if self.tool is None or self._grid is None or self._inputs is None:
            raise ValueError("expected a chosen tool, got none; choose one in the tool list")
        request = ToolRequest(self.tool.id, self._grid.values(), self._seed.value(), self.subject.subjects())
        return StepIntent(request, self._inputs.paths())

    def problem(self) -> str | None:
        """Return the first thing that keeps it from being applied, or None."""
        if self.tool is None or self._grid is None or self._inputs is None:
            return None
        from desktop_app.gui.viewmodel.intent import missing_inputs

        return self._grid.problem() or self.subject.problem() or missing_inputs(self.tool, self._inputs.paths())

    def has_mask_input(self) -> bool:
        """Whether the tool has an input of its own for a mask."""
        return self.tool is not None and any(given["kind"] == "mask" for given in self.tool.inputs)

    def is_problem_seen(self) -> bool:
        """Whether the form says what keeps it from being applied, where the user sees it."""
        return self._problem.isVisible() and not self._problem.visibleRegion().isEmpty()

    def offers_mask(self) -> bool:
        """Whether the tool could take the mask on the photo, and does not."""
        return self._inputs is not None and self._inputs.offers_mask()

    def uses_mask(self) -> bool:
        """Whether the tool takes the mask on the photo."""
        from desktop_app.gui.viewmodel.intent import PAINTED

        return self._inputs is not None and PAINTED in self._inputs.paths().values()

    def take_mask(self, instead_of: str = "") -> None:
        """Let the tool take the mask on the photo, where a file is named only in the place of that one."""
        if self._inputs is not None:
            self._inputs.take_mask(instead_of)

    def show_mask(self, is_painted: bool, is_area: bool = False) -> None:
        """Say whether there is a mask on the photo: a tool that has an input for one takes it."""
        if self._inputs is not None:
            self._inputs.show_mask(is_painted, is_area)

    def set_input(self, name: str, path: str) -> None:
        """Show a file for one of the tool's inputs."""
        if self._inputs is not None:
            self._inputs.set_path(name, path)

    def set_params(self, values: Mapping[str, Any]) -> None:
        """Take values that were set on the photo, and go on as if they had been typed."""
        if self._grid is not None:
            self._grid.set_values({**self._grid.values(), **values})
            self._edited()

    def show_estimates(self, values: Mapping[str, Any]) -> None:
        """Say which values the tool chose by itself when it was last applied."""
        if self._grid is not None:
            self._grid.show_estimates(values)

    def show_base(self, text: str) -> None:
        """Say which step is being changed; empty for none."""
        self._base.show_text(text)

    def show_area(self, is_on: bool) -> None:
        """Say whether the tool is applied inside the mask only."""
        self._area.show_text("Apply changes the photo inside the mask only." if is_on else "")

    def show_forecast(self, text: str) -> None:
        """Say what applying the tool will take; empty where nothing is known."""
        self._forecast.setText(tr(text))
        self._forecast.setVisible(bool(text))

    def show_hint(self, text: str) -> None:
        """Say what speaks against applying the tool; it can be applied all the same. Empty where nothing does."""
        self._hint.setText(tr(text))
        self._hint.setVisible(bool(text))

    def take_focus(self) -> None:
        """Give the keyboard to the first field, or to Apply where there is none."""
        from desktop_app.gui.panels.order import reading_order

        fields = (QLineEdit, QAbstractSpinBox, QComboBox, QCheckBox)
        shown = (part for part in reading_order(self._inside) if part.isVisibleTo(self) and part.isEnabled())
        first = next((part for part in shown if isinstance(part, fields)), self.apply_button)
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def set_can_run(self, can_run: bool, why_not: str = "") -> None:
        """Say whether there is a photo, and no other step at work."""
        self._can_run, self._why_not = can_run, why_not
        self._check()

    def _make_parts(self) -> None:
        self._title, self._summary, self._problem = QLabel(), QLabel(), QLabel()
        self._forecast, self._hint = QLabel(), QLabel()
        for label, role in (
            (self._title, "title"), (self._summary, "hint"), (self._problem, "problem"), (self._forecast, "hint"),
            (self._hint, "notice"),
        ):  # fmt: skip
            label.setProperty("role", role)
            label.setWordWrap(True)
        self._forecast.setObjectName("forecast")
        self._hint.setObjectName("hint")
        self._base = NoticeRow("Do not change that step; apply to the shown state")
        self._area = NoticeRow("Apply to the whole photo")
        self._area.setObjectName("areaNotice")
        self._reset = reset_button("Reset all parameters")
        self._seed = SeedRow()
        self.preview_toggle = QPushButton(tr("Preview"))
        self.preview_toggle.setObjectName("previewToggle")
        self.preview_toggle.setCheckable(True)
        self.apply_button = QPushButton(tr("Apply"))
        self.apply_button.setObjectName("applyButton")
        self.apply_button.setProperty("role", "primary")

    def _lay_out(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(self.preview_toggle, 1)
        foot.addWidget(self.apply_button, 1)
        inside = self._inside = QWidget()
        self._body = QVBoxLayout(inside)
        self._body.setContentsMargins(0, 0, 8, 0)
        self._body.setSpacing(8)
        self._body.addWidget(self._seed)
        self._body.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the focus, and scrolls into sight
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 8, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._summary)
        column.addWidget(self._base)
        column.addWidget(self._area)
        column.addWidget(scroll, 1)
        said = QVBoxLayout()
        said.setSpacing(8)
        for label in (self._problem, self._hint, self._forecast):
            said.addWidget(label)
        said.addLayout(foot)
        said.setContentsMargins(0, 0, 8, 0)  # as far as the rows above, which leave room for a scroll bar
        column.addLayout(said)

    def _connect(self) -> None:
        self._reset.clicked.connect(self._reset_all)
        self._base.dropped.connect(self.baseDropped)
        self._area.dropped.connect(self.areaDropped)
        self._seed.changed.connect(self._edited)
        self.apply_button.clicked.connect(self.applied)

    def _clear(self) -> None:
        if self._grid is not None and self._inputs is not None:
            discard(self._grid)
            discard(self._inputs)
            self.subject.hide()
        self._grid = self._inputs = None
        self._seed.hide()

    def _fill(self, tool: ToolEntry, snapshot: Snapshot, intent: StepIntent | None) -> None:
        from desktop_app.gui.panels.grid import ParamGrid
        from desktop_app.gui.panels.input_rows import InputRows
        from desktop_app.gui.panels.order import chain

        self._grid, self._inputs = ParamGrid(_shown(tool)), InputRows(tool.inputs)
        self.subject.show_tool(tool, snapshot)
        self._seed.setVisible(tool.stochastic)
        self._seed.set_value(intent.request.seed if intent else 0)
        if intent is not None:
            self._grid.set_values(intent.request.params)
            self.subject.set_values(intent.request.subjects)
            self._inputs.set_paths(intent.inputs)
        self._grid.suggest(("target_class", "true_class"), self.subject.labels())
        self._body.insertWidget(1, self._grid)
        self._body.insertWidget(2, self._inputs)
        self._inputs.setVisible(bool(tool.inputs))
        self._grid.changed.connect(self._edited)
        self._inputs.changed.connect(self._edited)
        self._inputs.makeAsked.connect(self._make_input)
        chain((self,))

    def _make_input(self, kind: str, name: str) -> None:
        if kind == "mask":
            self.maskAsked.emit()
        else:
            self.kernelAsked.emit(name)

    def _reset_all(self) -> None:
        if self._grid is not None:
            self._seed.set_value(0)
            self._grid.reset()

    def _edited(self) -> None:
        if self._grid is not None:
            self._grid.suggest(("target_class", "true_class"), self.subject.labels())
        self._check()
        self.changed.emit()

    def _check(self) -> None:
        if self.tool is not None and self._grid is not None and self._inputs is not None:
            paths = self._inputs.paths()
            self._grid.show_inputs({given["name"]: paths.get(given["name"]) for given in self.tool.inputs})
        problem = self.problem()
        self._problem.setText(tr(problem or ""))
        self._problem.setVisible(problem is not None)
        why_not = self._why_not or problem or ""
        is_ready = problem is None and self.tool is not None and self._can_run
        _enable(self.apply_button, is_ready, why_not or _APPLY)
        says = _preview_of(self.tool) if self.tool is not None else _PREVIEW
        _enable(self.preview_toggle, is_ready and says == _PREVIEW, why_not or says)


def _preview_of(tool: ToolEntry) -> str:
    """Return what the preview of a tool does, or why there is none."""
    from desktop_app.core.kinds import traits_of
    from desktop_app.gui.viewmodel.crop import ROTATE

    if tool.reframes and tool.id != ROTATE:
        return _MOVES
    return _PREVIEW if traits_of(tool.kind).gives_picture else _MEASURES


def _enable(button: QPushButton, is_on: bool, says: str) -> None:
    """Enable a button or not, and say what it does, or why it does nothing."""
    button.setEnabled(is_on)
    button.setToolTip(tr(says))
    button.setAccessibleDescription(tr(says))


def _shown(tool: ToolEntry) -> Mapping[str, Any]:
    """Return the schema of the parameters that have a row of their own: a network is chosen among the models."""
    rest = {name: part for name, part in tool.properties.items() if name != tool.network}
    return {**tool.schema, "properties": rest}
