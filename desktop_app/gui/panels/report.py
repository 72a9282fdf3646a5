"""The report: what was done, what the model says, caveats, provenance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.panels.bars import PredictionBars
from desktop_app.gui.panels.check_view import CheckView
from desktop_app.gui.panels.pieces import LABEL_WIDTH, form_grid, text_button, tool_button
from desktop_app.gui.viewmodel.scores import ScoresView

if TYPE_CHECKING:
    from desktop_app.gui.viewmodel.report import ReportView


class ReportPanel(QScrollArea):
    """Shows a `ReportView`: the answer first, how it came about folded below; `saveAsked` when it is to be written."""

    saveAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reportPanel")
        self.setAccessibleName(tr("Report"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._title, self._headline = _label("title"), _label("lead")
        self._text, self._caveats = _label(""), _label("caveat")
        self._bars, self._bar_note = PredictionBars(), _label("hint")
        self._sentences = (self._title, self._headline, self._text, self._caveats)
        self.check, self._check_note = CheckView(), _label("hint")
        self._figures, self._scores, self._provenance = _Pairs(), _Pairs(), _Pairs()
        self._scores_title, self._scores_hint = _label("notice"), _label("hint")
        self._scores_title.setObjectName("scoresTitle")
        self.fold = tool_button("How it was made")
        self.fold.setObjectName("provenanceFold")
        self.fold.setCheckable(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.toggled.connect(lambda _is_open: self._unfold())
        self.save = text_button("Save report…")
        self.save.setObjectName("saveReport")
        self.save.setToolTip(tr("Write the report as a page (HTML) or as data (JSON)"))
        self.save.clicked.connect(self.saveAsked)
        foot = QHBoxLayout()
        foot.addWidget(self.fold)
        foot.addStretch(1)
        foot.addWidget(self.save)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(8)
        parts = (
            self._title, self._headline, self._text, self._bars, self._bar_note, self._caveats, self._scores_title,
            self._scores, self._scores_hint, self._figures, self.check, self._check_note,
        )  # fmt: skip
        for part in parts:
            column.addWidget(part)
        column.addLayout(foot)
        column.addWidget(self._provenance)
        column.addStretch(1)
        self.setWidget(inside)
        self.show_report(None)
        self.show_scores(ScoresView())

    def show_report(self, view: ReportView | None) -> None:
        """Show what is said about a state; None for no photo."""
        self._say(self._title, view.title if view else "")
        leading = int(view.has_headline) if view else 0
        self._say(self._headline, " ".join(view.sentences[:leading]) if view else "")
        self._say(self._text, "\n".join(view.sentences[leading:]) if view else "Nothing to report yet.")
        self._say(self._caveats, "\n".join(view.caveats) if view else "")
        self._bars.show_bars(view.bars if view else (), view.bar_titles if view else ("", ""))
        self._say(self._bar_note, view.bar_note if view else "")
        self._figures.show_pairs(view.figures if view else ())
        plot = view.plot if view else None
        self.check.show_plot(plot)
        self._say(self._check_note, plot.caption if plot else "")
        self._provenance.show_pairs(view.provenance if view else ())
        self.fold.setVisible(view is not None and bool(view.provenance))
        self.save.setVisible(view is not None and bool(view.provenance))
        self._unfold()

    def _unfold(self) -> None:
        """Show how the step was made, or leave that folded below the answer."""
        is_open = self.fold.isChecked()
        self.fold.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._provenance.setVisible(is_open and bool(self._provenance.pairs))

    def show_scores(self, view: ScoresView) -> None:
        """Show how a state compares with its reference."""
        self._say(self._scores_title, view.title)
        self._scores.show_pairs(view.pairs)
        self._say(self._scores_hint, view.hint)

    def _say(self, label: QLabel, text: str) -> None:
        label.setText(tr(text))
        label.setVisible(bool(text))

    def text(self) -> str:
        """Return all the sentences that are shown."""
        return "\n".join(label.text() for label in self._sentences if label.text())

    def scores(self) -> tuple[tuple[str, str], ...]:
        """Return the figures of the comparison with the reference, by name."""
        return self._scores.pairs

    def scores_text(self) -> str:
        """Return what is said about the reference, with its figures."""
        figures = [f"{name} {value}" for name, value in self._scores.pairs]
        return "\n".join((self._scores_title.text(), *figures, self._scores_hint.text()))


class _Pairs(QWidget):
    """Names and values in two columns."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = form_grid(self)
        self._grid.setVerticalSpacing(4)
        self._lines: list[tuple[QLabel, QLabel]] = []
        self.pairs: tuple[tuple[str, str], ...] = ()

    def show_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Replace what is shown; lines are made once and kept, for making them holds the window up."""
        self.pairs = tuple(pairs)
        while len(self._lines) < len(pairs):
            self._add_line()
        for line, (title, text) in enumerate(self._lines):
            name, value = pairs[line] if line < len(pairs) else ("", "")
            title.setText(tr(name))
            text.setText(tr(value))
            for label in (title, text):
                label.setVisible(line < len(pairs))
        self.setVisible(bool(pairs))

    def _add_line(self) -> None:
        title, text = _label("hint"), _label("")
        title.setFixedWidth(LABEL_WIDTH)  # of every block alike: the columns line up
        self._grid.addWidget(title, len(self._lines), 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(text, len(self._lines), 1)
        self._lines.append((title, text))


def _label(role: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
