"""The batch window: a recipe, photos, a folder; then how far it is, and what came of each."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.imaging.suffixes import READABLE
from desktop_app.gui.canvas import local_files
from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import form_grid, may_be_narrow, text_button
from desktop_app.gui.panels.placing import give_size
from desktop_app.gui.viewmodel.batch import KINDS, PRESETS, SHOWN_STATE, WORKERS, BatchIntent, BatchProgress

_PHOTOS = f"Photos ({' '.join(f'*{suffix}' for suffix in sorted(READABLE))});;All files (*)"
_RECIPES = "Recipes (*.json);;All files (*)"


class BatchDialog(QDialog):
    """Holds nothing up; closing it leaves a batch at work. Setters emit nothing.

    Signals
    -------
    started : BatchIntent
        The user wants it done.
    paused, resumed, cancelled
        The user wants it to wait after the photo at hand, to go on, or to stop.
    reportAsked
        The user wants to see the report.
    """

    started = Signal(object)
    paused = Signal()
    resumed = Signal()
    cancelled = Signal()
    reportAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("batchDialog")
        self.setWindowTitle(tr("Batch"))
        self.setAccessibleName(tr("Batch"))
        self.setAcceptDrops(True)
        give_size(self, 720, 560)
        self._steps = 0
        self._progress = BatchProgress()
        self._make_parts()
        self._lay_out()
        self._connect()
        self._check()

    def show_history(self, title: str, steps: int) -> None:
        """Offer the steps of the shown photo as the recipe; none where there is no photo, or nothing was done to it."""
        self._steps = steps
        told = f"The {steps} steps of {title}" if steps != 1 else f"The step of {title}"
        self.recipe.setItemText(0, tr(told if steps else "The shown photo's steps (it has none)"))
        self._check()

    def choose_recipe(self, path: str) -> None:
        """Take a recipe's file."""
        found = self.recipe.findData(path)
        if found < 0:
            self.recipe.addItem(Path(path).name, path)
            found = self.recipe.count() - 1
        self.recipe.setCurrentIndex(found)

    def add_inputs(self, paths: list[str]) -> None:
        """Add files, folders or patterns, each once."""
        known = {self.inputs.item(row).text() for row in range(self.inputs.count())}
        self.inputs.addItems([path for path in dict.fromkeys(paths) if path and path not in known])
        self._check()

    def intent(self) -> BatchIntent:
        """Return what is asked for."""
        return BatchIntent(
            self.recipe.currentData() or SHOWN_STATE,
            tuple(self.inputs.item(row).text() for row in range(self.inputs.count())),
            self.folder.text().strip(), self.names.text().strip() or "{name}", self.kind.currentData(),
            self.preset.currentData(), self.deep.isChecked(), self.resumes.isChecked(),
            self.workers.currentData(), self.watches.isChecked(),
        )  # fmt: skip

    def fill_in(self, intent: BatchIntent) -> None:
        """Show what is asked for; the steps of the shown photo are chosen already."""
        if intent.recipe != SHOWN_STATE:
            self.choose_recipe(intent.recipe)
        self.add_inputs(list(intent.inputs))
        self.folder.setText(intent.folder)
        self.names.setText(intent.names)
        for box, value in ((self.kind, intent.suffix), (self.preset, intent.preset), (self.workers, intent.workers)):
            box.setCurrentIndex(max(box.findData(value), 0))
        for tick, is_on in ((self.deep, intent.is_deep), (self.resumes, intent.resumes),
                            (self.watches, intent.watches)):  # fmt: skip
            tick.setChecked(is_on)

    def show_progress(self, progress: BatchProgress) -> None:
        """Show how far it is; rows are only ever added, but by another batch."""
        if len(progress.rows) < self.results.topLevelItemCount():
            self.results.clear()
        for row in progress.rows[self.results.topLevelItemCount():]:
            item = QTreeWidgetItem([Path(row.photo).name, tr(row.told)])
            item.setToolTip(0, row.photo)
            item.setToolTip(1, tr(row.told))
            if row.is_fault:
                item.setText(0, f"✕ {Path(row.photo).name}")
            self.results.addTopLevelItem(item)
            self.results.scrollToItem(item)
        self._progress = progress
        self.bar.setMaximum(max(progress.total, 1))
        self.bar.setValue(len(progress.rows))
        self.bar.setVisible(progress.phase != "idle")
        self._check()

    def show_problem(self, text: str) -> None:
        """Say why it was not begun, or did not go on."""
        self.said.setText(tr(text))

    def show_report(self, is_there: bool) -> None:
        """Offer the report, once there is one."""
        self.report.setVisible(is_there)

    def _make_parts(self) -> None:
        self.recipe, self.kind, self.preset, self.workers = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        self.recipe.addItem(tr("The shown photo's steps"), SHOWN_STATE)
        for box, rows in ((self.kind, KINDS), (self.preset, PRESETS), (self.workers, WORKERS)):
            for title, value in rows:
                box.addItem(tr(title), value)
        for box in (self.recipe, self.kind, self.preset, self.workers):
            may_be_narrow(box)
        self.inputs, self.pattern = QListWidget(), QLineEdit()
        self.inputs.setObjectName("batchPhotos")
        self.inputs.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.pattern.setPlaceholderText(tr("…or a pattern, such as /photos/2026-*/*.jpg, and Return"))
        self.folder, self.names = QLineEdit(), QLineEdit("{name}")
        self.names.setToolTip(tr("{name}, {number}, {folder}, {recipe} and {date} stand for those of each photo"))
        self.deep, self.resumes = QCheckBox(tr("Look into folders within folders")), QCheckBox(
            tr("Go on where an earlier run into this folder was stopped"))  # fmt: skip
        self.resumes.setChecked(True)
        self.watches = QCheckBox(tr("Watch the folders: do what comes later, too"))
        self.results = QTreeWidget()
        self.results.setObjectName("batchResults")
        self.results.setHeaderLabels([tr("Photo"), tr("What came of it")])
        self.results.setRootIsDecorated(False)
        self.results.setColumnWidth(0, 192)
        self.bar, self.said = QProgressBar(), QLabel()
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.said.setWordWrap(True)
        self.begin, self.hold = QPushButton(tr("Start")), QPushButton(tr("Pause"))
        self.stop, self.report = QPushButton(tr("Cancel")), QPushButton(tr("Show report"))
        self.begin.setProperty("role", "primary")
        self.report.hide()
        self.files, self.folders = text_button("Add files…"), text_button("Add folder…")
        self.drop, self.browse = text_button("Remove"), text_button("Choose…")
        self.browse_recipe = text_button("From a file…")
        for button in (self.files, self.folders, self.drop, self.browse, self.browse_recipe):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)  # one column, one width
        named = ((self.recipe, "Recipe"), (self.inputs, "Photos"), (self.pattern, "Pattern of photos"),
                 (self.folder, "Folder for the results"), (self.names, "Names of the results"),
                 (self.kind, "Kind of file"), (self.preset, "Size and quality"), (self.results, "Results"),
                 (self.workers, "How many photos at a time"),
                 (self.bar, "Progress of the batch"))  # fmt: skip
        for widget, name in named:
            widget.setAccessibleName(tr(name))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        form = QWidget()
        grid = form_grid(form)
        grid.addWidget(QLabel(tr("Recipe")), 0, 0)
        grid.addWidget(self.recipe, 0, 1)
        grid.addWidget(self.browse_recipe, 0, 2)
        grid.addWidget(QLabel(tr("Photos")), 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.inputs, 1, 1)
        buttons = QVBoxLayout()
        for button in (self.files, self.folders, self.drop):
            buttons.addWidget(button)
        buttons.addStretch(1)
        grid.addLayout(buttons, 1, 2)
        self.inputs.setFixedHeight(96)
        grid.addWidget(self.pattern, 2, 1)
        grid.addWidget(self.deep, 3, 1)
        grid.addWidget(QLabel(tr("Into")), 4, 0)
        grid.addWidget(self.folder, 4, 1)
        grid.addWidget(self.browse, 4, 2)
        grid.addWidget(QLabel(tr("Names")), 5, 0)
        written = QHBoxLayout()
        for part in (self.names, self.kind, self.preset):
            written.addWidget(part, 1)
        grid.addLayout(written, 5, 1)
        grid.addWidget(self.resumes, 6, 1)
        grid.addWidget(self.watches, 7, 1)
        grid.addWidget(QLabel(tr("At a time")), 8, 0)
        grid.addWidget(self.workers, 8, 1)
        column.addWidget(form)
        column.addWidget(self.results, 1)
        column.addWidget(self.bar)
        column.addWidget(self.said)
        foot = QHBoxLayout()
        foot.addWidget(self.report)
        foot.addStretch(1)
        for command in (self.stop, self.hold, self.begin):
            command.setAutoDefault(False)
            foot.addWidget(command)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.files.clicked.connect(self._choose_files)
        self.folders.clicked.connect(self._choose_folder)
        self.browse.clicked.connect(self._choose_place)
        self.browse_recipe.clicked.connect(self._choose_recipe)
        self.drop.clicked.connect(self._remove)
        QShortcut(QKeySequence.StandardKey.Delete, self.inputs, self._remove, context=Qt.ShortcutContext.WidgetShortcut)
        self.pattern.returnPressed.connect(self._add_pattern)
        self.folder.textChanged.connect(lambda _text: self._check())
        self.watches.toggled.connect(lambda _is_on: self._check())
        self.recipe.currentIndexChanged.connect(lambda _index: self._check())
        self.begin.clicked.connect(lambda: self.started.emit(self.intent()))
        self.hold.clicked.connect(self._hold)
        self.stop.clicked.connect(self.cancelled)
        self.report.clicked.connect(self.reportAsked)

    def _check(self) -> None:
        """Enable what can be done, and say what is missing."""
        is_at_work, phase = self._progress.is_at_work, self._progress.phase
        problem = self.intent().problem(self._steps)
        self.begin.setEnabled(not is_at_work and not problem)
        self.hold.setEnabled(is_at_work and phase not in ("preparing", "pausing"))
        self.hold.setText(tr("Go on" if phase == "paused" else "Pause"))
        self.stop.setEnabled(is_at_work)
        for widget in (self.recipe, self.inputs, self.pattern, self.folder, self.names, self.kind, self.preset,
                       self.deep, self.resumes, self.watches, self.files, self.folders, self.drop, self.browse,
                       self.browse_recipe):  # fmt: skip
            widget.setEnabled(not is_at_work)
        self.workers.setEnabled(not is_at_work and not self.watches.isChecked())  # what comes is done one by one
        self.said.setText(tr(self._progress.sentence if phase != "idle" else problem))

    def _hold(self) -> None:
        (self.resumed if self._progress.phase == "paused" else self.paused).emit()

    def _choose_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, tr("Add photos"), "", tr(_PHOTOS))
        self.add_inputs(paths)

    def _choose_folder(self) -> None:
        self.add_inputs([QFileDialog.getExistingDirectory(self, tr("Add a folder of photos"))])

    def _choose_place(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("A folder for the results"))
        if path:
            self.folder.setText(path)

    def _choose_recipe(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Choose a recipe"), "", tr(_RECIPES))
        if path:
            self.choose_recipe(path)

    def _add_pattern(self) -> None:
        self.add_inputs([self.pattern.text().strip()])
        self.pattern.clear()

    def _remove(self) -> None:
        for item in self.inputs.selectedItems():
            self.inputs.takeItem(self.inputs.row(item))
        self._check()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders while nothing is at work."""
        if local_files(event.mimeData()) and not self._progress.is_at_work:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what was dropped; a recipe is taken as such."""
        event.acceptProposedAction()
        paths = local_files(event.mimeData())
        for path in paths:
            if path.lower().endswith(".json"):
                self.choose_recipe(path)
        self.add_inputs([path for path in paths if not path.lower().endswith(".json")])
