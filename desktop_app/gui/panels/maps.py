"""The maps of the shown state: which one lies over the photo, how strong, in which colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from desktop_app.gui.language import tr
from desktop_app.gui.panels.badges import BadgeDelegate
from desktop_app.gui.panels.pieces import form_grid, ignore_idle_wheel, may_be_narrow, text_button
from desktop_app.gui.viewmodel.map_card import badge_of
from desktop_app.gui.viewmodel.maps import (
    COLORMAPS,
    RANGE_TITLES,
    MapChoice,
    MapLike,
    fixed_ends,
    in_ends,
    is_flat,
    listed,
    map_title,
    plain_name,
    signed_partner,
)
from desktop_app.gui.widgets.number_box import NumberBox

_NAME, _BADGE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_ANY = 1e9
_NUMBER_WIDTH = 56
_MOST = 320  # pixels in height; a longer list of maps is scrolled
_REST = 40  # of half a small window, for what else stands there
_FLAT = "No noticeable effect: its largest value is {largest}."
_COVERED = "Hidden by the preview: it is a map of the state before it."


class MapPanel(QScrollArea):
    """A check list of maps (at most one is checked) and the way it is drawn. Setters do not emit `changed`.

    Signals
    -------
    changed : MapChoice
        The user wants to see something else.
    appeared : bool
        A state with a map over it is shown, where the one before had none; or the other way round.
    whyAsked : str
        The user wants to know why a map of that name may be believed.
    saveAsked
        The chosen map is to be written to a file.
    """

    changed = Signal(object)
    appeared = Signal(bool)
    whyAsked = Signal(str)
    saveAsked = Signal()

    def __init__(self, legend: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mapPanel")
        self.setAccessibleName(tr("Maps"))
        self._maps: tuple[MapLike, ...] = ()
        self._listed: tuple[MapLike, ...] = ()
        self._choice = MapChoice()
        self._is_covered = False
        self._ends_of: Mapping[str, tuple[float, float]] = {}
        self._legend = legend
        self._make_parts()
        self._lay_out()
        self._connect()
        self.show_maps((), MapChoice())

    def choice(self) -> MapChoice:
        """Return what the user wants to see."""
        return self._choice

    def has_map(self) -> bool:
        """Return whether a map is chosen."""
        return self._layer(self._choice.name) is not None

    def show_maps(
        self, maps: Sequence[MapLike], choice: MapChoice, ends: Mapping[str, tuple[float, float]] | None = None
    ) -> None:
        """Show a state's maps, and how they are drawn; `ends` are ranges that maps of some names have by nature."""
        had_map = self.has_map()
        self._ends_of = self._ends_of if ends is None else ends
        self._maps, self._choice = tuple(maps), choice
        for widget in self._widgets:
            widget.blockSignals(True)
        self._fill_list()
        self.opacity.setValue(round(choice.opacity * 100))
        if self.colormap.findData(choice.colormap) < 0:
            self.colormap.addItem(choice.colormap, choice.colormap)
        self.colormap.setCurrentIndex(self.colormap.findData(choice.colormap))
        self.range.setCurrentIndex(self.range.findData(choice.mode))
        self.low.show_value(choice.low)
        self.high.show_value(choice.high)
        for widget in self._widgets:
            widget.blockSignals(False)
        self._show_state()
        if self.has_map() != had_map:
            self.appeared.emit(self.has_map())

    def show_covered(self, is_covered: bool) -> None:
        """Say whether a preview hides the map: it belongs to the state below."""
        if is_covered != self._is_covered:
            self._is_covered = is_covered
            self._show_state()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the sentences take at this width."""
        super().resizeEvent(event)
        self._claim_height()

    def _make_parts(self) -> None:
        self.list, self.opacity = QListWidget(), QSlider(Qt.Orientation.Horizontal)
        self.colormap, self.range = QComboBox(), QComboBox()
        self.low, self.high = NumberBox(), NumberBox()
        self.signed = QCheckBox(tr("Show the direction: lighter or darker"))
        self.list.setItemDelegate(BadgeDelegate(_BADGE, self.list))
        self._widgets: tuple[QWidget, ...] = (
            self.list, self.opacity, self.colormap, self.range, self.low, self.high, self.signed,
        )  # fmt: skip
        names = ("mapList", "mapOpacity", "mapColormap", "mapRange", "mapLow", "mapHigh", "mapSigned")
        spoken = ("Maps of this state", "Opacity", "Colour map", "Range", "Lower end", "Upper end", "Signed map")
        for widget, name, words in zip(self._widgets, names, spoken, strict=True):
            widget.setObjectName(name)
            widget.setAccessibleName(tr(words))
        self.opacity.setRange(0, 100)
        for colormap in COLORMAPS:
            self.colormap.addItem(colormap, colormap)
        for mode, title in RANGE_TITLES.items():
            self.range.addItem(tr(title), mode)
        self.range.setToolTip(tr("Which values the first and the last colour stand for"))
        for box in (self.low, self.high):
            box.setRange(-_ANY, _ANY)
            box.set_usual_digits(3)
            box.setButtonSymbols(NumberBox.ButtonSymbols.NoButtons)
            box.setMinimumWidth(_NUMBER_WIDTH)  # not that of the longest number, which would widen the panel
        for chooser in (self.colormap, self.range):
            may_be_narrow(chooser)
            chooser.setMinimumContentsLength(4)
        ignore_idle_wheel(self.opacity, self.colormap, self.range, self.low, self.high)
        self.save = text_button("Save map…")
        self.save.setObjectName("saveMap")
        self.save.setToolTip(tr("Write the map as numbers (32-bit TIFF) or as a picture with its colour bar (PNG)"))
        self.why = text_button("Why this map?")
        self.why.setObjectName("whyMap")
        self.why.setToolTip(tr("How it was checked, on what, and with which figures"))
        self._hint, self._meaning = QLabel(tr("A step that measures something shows its maps here.")), QLabel()
        self._meaning.setObjectName("mapMeaning")
        for label in (self._hint, self._meaning):
            label.setWordWrap(True)
            label.setProperty("role", "hint")

    def _lay_out(self) -> None:
        self._controls, self._ends, self._colours = QWidget(), QWidget(), QWidget()
        ends = QHBoxLayout(self._ends)
        ends.setContentsMargins(0, 0, 0, 0)
        ends.addWidget(self.low)
        ends.addWidget(QLabel(tr("to")))
        ends.addWidget(self.high)
        grid = form_grid(self._controls)
        colours = QHBoxLayout(self._colours)
        colours.setContentsMargins(0, 0, 0, 0)
        colours.addWidget(self.colormap, 1)
        colours.addWidget(self.range, 2)
        rows = (("Opacity", self.opacity), ("Colours, range", self._colours), ("", self._ends))
        for line, (title, widget) in enumerate(rows):
            label = QLabel(tr(title))
            label.setBuddy(widget)
            grid.addWidget(label, line, 0)
            grid.addWidget(widget, line, 1)
        self._inside = QWidget()
        column = self._column = QVBoxLayout(self._inside)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(8)
        for widget in (self._hint, self.list, self._legend, self._meaning, self.signed, self._controls):
            column.addWidget(widget)
        foot = QHBoxLayout()
        foot.addWidget(self.why)
        foot.addStretch(1)
        foot.addWidget(self.save)
        column.addLayout(foot)
        column.addStretch(1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the focus, and scrolls into sight
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._inside)

    def _connect(self) -> None:
        self.list.itemChanged.connect(self._checked)
        self.save.clicked.connect(self.saveAsked)
        self.why.clicked.connect(lambda: self.whyAsked.emit(self._choice.name or ""))
        self.signed.toggled.connect(self._sign)
        self.opacity.valueChanged.connect(lambda value: self._change(replace(self._choice, opacity=value / 100)))
        self.colormap.currentIndexChanged.connect(
            lambda _index: self._change(replace(self._choice, colormap=self.colormap.currentData()))
        )
        self.range.currentIndexChanged.connect(lambda _index: self._range_chosen())
        self.low.valueChanged.connect(lambda value: self._change(replace(self._choice, low=value)))
        self.high.valueChanged.connect(lambda value: self._change(replace(self._choice, high=value)))

    def _fill_list(self) -> None:
        """List the maps; items stay as long as the maps do, for this is called while one of them is being ticked."""
        if self._listed != listed(self._maps):
            self._listed = listed(self._maps)
            self.list.clear()
            self.list.addItems([tr(map_title(layer)) for layer in self._listed])
        for index, layer in enumerate(self._listed):
            item, badge = self.list.item(index), badge_of(layer)
            item.setData(_NAME, layer.name)
            item.setData(_BADGE, badge)
            spoken = ", ".join(filter(None, (map_title(layer), badge)))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, tr(spoken))
            item.setToolTip(tr(layer.meaning))
            item.setCheckState(_check_state(layer.name == plain_name(self._choice.name or "")))
            if not layer.is_aligned:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                item.setToolTip(tr(f"{layer.meaning} It has a size of its own and cannot be laid over the photo."))
        self.list.setFixedHeight(min(len(self._listed), 4) * max(self.list.sizeHintForRow(0), 0) + 8)
        self.signed.setChecked(self._choice.name != plain_name(self._choice.name or ""))

    def _checked(self, item: QListWidgetItem) -> None:
        """Keep at most one map checked."""
        name = item.data(_NAME) if item.checkState() == Qt.CheckState.Checked else None
        self.list.blockSignals(True)
        for index in range(self.list.count()):
            other = self.list.item(index)
            if other.flags() & Qt.ItemFlag.ItemIsEnabled:
                other.setCheckState(_check_state(other.data(_NAME) == name))
        self.list.blockSignals(False)
        self._choose(name)

    def _sign(self, is_signed: bool) -> None:
        """Show the signed map instead of the one without signs, or the other way round."""
        partner = signed_partner(self._maps, self._choice.name)
        if partner is not None:
            self._choose(partner.name if is_signed else plain_name(partner.name))

    def _choose(self, name: str | None) -> None:
        layer = self._layer(name)
        choice = replace(self._choice, name=name, colormap=layer.colormap if layer else self._choice.colormap)
        self._change(in_ends(choice, self._ends_of))

    def _range_chosen(self) -> None:
        choice, layer = replace(self._choice, mode=self.range.currentData()), self._layer(self._choice.name)
        if choice.mode == "fixed" and layer is not None:
            low, high = fixed_ends(layer)
            choice = replace(choice, low=low, high=high)
        self._change(choice)

    def _change(self, choice: MapChoice) -> None:
        if choice != self._choice:
            self.show_maps(self._maps, choice) if _needs_refill(choice, self._choice) else self._keep(choice)
            self.changed.emit(choice)

    def _keep(self, choice: MapChoice) -> None:
        self._choice = choice
        self._show_state()

    def _layer(self, name: str | None) -> MapLike | None:
        return next((layer for layer in self._maps if layer.name == name), None)

    def _show_state(self) -> None:
        layer = self._layer(self._choice.name)
        self._hint.setVisible(not self._maps)
        self.list.setVisible(bool(self._maps))
        self._controls.setVisible(bool(self._maps))
        self._controls.setEnabled(layer is not None)
        self._ends.setVisible(self._choice.mode == "fixed")
        self.save.setVisible(layer is not None)
        self._legend.setVisible(layer is not None and not self._is_covered)
        self.why.setVisible(layer is not None)
        self.signed.setVisible(signed_partner(self._maps, self._choice.name) is not None)
        self._meaning.setVisible(layer is not None)
        self._meaning.setText(tr(_COVERED if self._is_covered else _meaning(layer) if layer else ""))
        self._claim_height()

    def _claim_height(self) -> None:
        """Make room for all that is said of a map, so that no neighbour cuts its colour bar off."""
        most = min(_MOST, self.window().height() // 2 - _REST)
        self.setMinimumHeight(min(self._needed_height(), max(most, 0)) if self._maps else 0)

    def _needed_height(self) -> int:
        layout, width = self._column, self.viewport().width()
        return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()


def _meaning(layer: MapLike) -> str:
    """Return what a map says; of one in which nothing matters, that."""
    if not is_flat(layer):
        return layer.meaning
    largest = f"{max(abs(layer.low), abs(layer.high)):.2g} {layer.unit}".rstrip()
    return f"{_FLAT.format(largest=largest)} {layer.meaning}"


def _needs_refill(new: MapChoice, old: MapChoice) -> bool:
    return replace(new, opacity=old.opacity) != old


def _check_state(is_checked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if is_checked else Qt.CheckState.Unchecked
