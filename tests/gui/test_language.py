"""The window speaks German: every text in its source, of every tool, and all that a session shows."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMenu, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.api.errors import InputError
from desktop_app.core.application import Application
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.plugins.entries import PluginEntry, Snapshot
from desktop_app.core.texts import photos_done
from desktop_app.core.wording import Catalogue, read_entries
from desktop_app.gui.language import (
    SETTING,
    chosen_language,
    languages,
    plugin_catalogues,
    speak,
    tr,
    window_catalogue,
)
from desktop_app.gui.panels.input_rows import FileRow
from desktop_app.gui.panels.pieces import LABEL_WIDTH
from desktop_app.gui.panels.study_dialog import StudyDialog
from desktop_app.gui.shell.speech import begin_to_speak
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.viewmodel.intent import PAINTED
from desktop_app.gui.viewmodel.report import Bar, ReportView
from desktop_app.gui.viewmodel.report_file import as_html
from tests.support.windows import apply

ROOT = Path(__file__).parents[2]
GUI = ROOT / "desktop_app" / "gui"
CORE = ROOT / "desktop_app" / "core"
RAISING = ("desktop_app/core", "desktop_app/numerics", "desktop_app/api", "desktop_app/gui", "plugins",
           "training/adapting")  # fmt: skip
"""Where errors come from that the window may show."""
TELLING = ("plugins", "desktop_app/core/threats", "desktop_app/core/lab", "training/adapting")
"""Where reports, caveats and notes are worded."""
UNREAD = ("ValueError", "TypeError", "RuntimeError")
"""Errors that are caught before a user reads them."""
SILENT = {"setObjectName", "setProperty", "debug", "warning", "error", "exception", "info", "get", "find", "strip",
          "add_argument"}  # fmt: skip
"""Calls whose texts nobody reads in the window."""
SHOWN = {
    "setText", "setToolTip", "setAccessibleName", "setAccessibleDescription", "setPlaceholderText", "setWindowTitle",
    "setSuffix", "setInformativeText", "setFormat", "QLabel", "QPushButton", "QCheckBox", "QMenu", "QToolBar",
    "QDockWidget", "QAction", "addRow", "addMenu", "addButton",
}  # fmt: skip
"""Calls that put a text before the user's eyes or ears."""
CODE = re.compile(r"^[\w./:#*-]*$|^\s*<|^\W*$|^[a-z_ -]+$|^(turn|flip)=|.*(\(\?[:<!]|\\)|.*color-scheme", re.DOTALL)
"""Ids, keys, names of files, patterns, styles and HTML: no sentences."""
WORD = re.compile(r"(?<!\*\.)\b(?!levels\b)[A-Za-z]{4,}\b|\b[a-z]{3}\b(?!\))")
WHOLE = {
    ", being saved": "7, being saved",
    "7 It has a size of its own and cannot be laid over the photo.":
        "It has a size of its own and cannot be laid over the photo.",
    "7 · still stopping…": "BM3D · still stopping…",
    "The 7 7 failed and 7 left out.": "The plugins 7 failed and were left out.",
    "Do 7 again here": "Do them again here",
    "The 7 steps that came after it are": "The 7 steps that came after it are on the old one.",
    "The step that came after it is": "The step that came after it is on the old one.",
    "“7” is a branch of its own. 7 on the old one.": "“7” is a branch of its own.",
    "This photo 7": "This photo was denoised already (“7”); a second pass mostly costs detail.",
    "was deblurred already; a second pass mostly adds ringing. Undo, and choose other parameters instead.":
        "This photo was deblurred already; a second pass mostly adds ringing.",
    "was denoised already; a second pass mostly costs detail. Undo, and choose other parameters instead.":
        "Undo, and choose other parameters instead.",
    "grid 7": "", "picture 7": "", "{name}": "", "Pasted 7.png": "", "7 no. 7.png": "",  # lanes, a template, files
    ", in tiles of 7 px": "About 7 s and 7 GB of memory, in tiles of 7 px.",
    "7 and ": "About 7 s and 7 GB of memory.",
    "; 7 comes next": "The model sees “7” (7 %), with some doubt; “8” (7 %) comes next.",
    "the model now says 7, which was not asked for":
        "The attack failed: the model now says 7, which was not asked for.",
    "the model still says 7": "The attack failed: the model still says 7.",
}
"""Parts of sentences, and the sentences that they become parts of."""


@pytest.fixture
def german() -> Catalogue:
    catalogue = window_catalogue("de", ",")
    catalogue.add(read_entries(ROOT / "plugins" / "translations" / "de.json"))
    return catalogue


@pytest.fixture(autouse=True)
def _english_again(qapp: QApplication) -> Iterator[None]:
    yield
    speak(None)
    QLocale.setDefault(QLocale.system())


def test_a_text_is_found_whole_by_its_pattern_and_by_its_sentences() -> None:
    words = {"Saved {} as {}.": "{1} enthält {0}.", "the map": "die Karte", "Done.": "Fertig.", "Noise σ": "Rauschen σ"}
    catalogue = Catalogue(words, ",")
    assert catalogue.said("Saved the map as a.tif.") == "a.tif enthält die Karte."
    assert catalogue.said("Done. Saved the map as a.tif.") == "Fertig. a.tif enthält die Karte."
    assert catalogue.said("noise σ") == "Rauschen σ"
    assert catalogue.said("a stranger's 2.5 levels, version 0.1.0, in a.1.tif") == (
        "a stranger's 2,5 levels, version 0.1.0, in a.1.tif")


def test_a_share_has_one_space_before_its_sign(german: Catalogue) -> None:
    for share in ("150 %", "150%"):
        assert german.said(f"Total variation · {share}") == "Totale Variation · 150 %"


def test_numbers_have_the_languages_sign_and_references_their_own() -> None:
    catalogue = Catalogue({}, ",")
    assert catalogue.said("1.5 of 10.25, 8.5/255") == "1,5 of 10,25, 8,5/255"
    for same in ("doi:10.1016/0167-2789(92)90242-F", "arXiv:2202.05265", "arXiv 2202.05265", "https://a.b/1.5/x",
                 "denoise.tv 0.1.0", "photo 1.5.jpg"):  # fmt: skip
        assert catalogue.said(f"Ann 2022, {same}") == f"Ann 2022, {same}"


def test_a_sentence_is_found_though_a_name_in_it_has_pieces_of_its_own() -> None:
    catalogue = Catalogue({"“{}” is done.": "„{}“ ist fertig.", "Noise": "Rauschen", "Go on.": "Weiter."})
    assert catalogue.said("“Noise · 150 %” is done. Go on.") == "„Rauschen · 150 %“ ist fertig. Weiter."


def test_no_pattern_takes_a_piece_and_all_that_follow(german: Catalogue) -> None:
    line = "x 9 y 7 · before 158 115 83 · after 156.3 114.8 81.2 · difference -1.7 -0.2 -1.8 · map 3 %"
    assert german.said(line) == (
        "x 9 y 7 · vorher 158 115 83 · nachher 156,3 114,8 81,2 · Unterschied -1,7 -0,2 -1,8 · Karte 3 %")


@pytest.mark.parametrize(("path", "words"), [
    (PAINTED, "wie gemalt"), ("/a/mask-0123456789abcdef.png", "gemalte Maske"), ("/a/drawn kernel.png", ""),
])
def test_whose_mask_a_form_takes_is_told_in_german(path: str, words: str, german: Catalogue, qtbot: QtBot) -> None:
    speak(german)
    row = FileRow("mask", "mask", "Where.")
    qtbot.addWidget(row)
    row.set_path(path)
    assert row.line.text() == (words or path)
    assert row.path() == path


def test_a_short_word_between_two_others_is_no_pattern_for_a_sentence_that_has_it() -> None:
    catalogue = Catalogue({"{} or {}": "{} oder {}", "Esc": "Esc"})
    assert catalogue.said("Esc or Q") == "Esc oder Q"
    assert catalogue.said("Grain in texture, or of few places") == "Grain in texture, or of few places"


def test_a_known_sentence_is_not_replaced_by_what_a_plugin_brings() -> None:
    catalogue = Catalogue({"Trust it only if you know who wrote it.": "Nur vertrauen, wenn …"})
    catalogue.add({"Trust it only if you know who wrote it.": "Ruhig vertrauen", "Own": "Eigenes"})
    assert catalogue.said("Trust it only if you know who wrote it.") == "Nur vertrauen, wenn …"
    assert catalogue.said("Own") == "Eigenes"


def test_a_translation_with_other_places_than_its_sentence_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "de.json"
    path.write_text(json.dumps({"{} left": "noch {}", "{} gone": "{} von {} fort", "{} here": "{3}", "x": 3}))
    assert read_entries(path) == {"{} left": "noch {}"}
    path.write_text("[")
    assert read_entries(path) == {}
    assert read_entries(tmp_path / "none.json") == {}


def test_a_plugin_brings_its_own_words_as_data(tmp_path: Path) -> None:
    package, folder = tmp_path / "theirs", tmp_path / "theirs" / "glow"
    (folder / "translations").mkdir(parents=True)
    (package / "translations").mkdir()
    (package / "__init__.py").touch()
    (folder / "translations" / "de.json").write_text('{"Glow": "Glühen"}')
    (package / "translations" / "de.json").write_text('{"Glow": "Leuchten", "Halo": "Hof"}')
    (tmp_path / "translations").mkdir()
    (tmp_path / "translations" / "de.json").write_text('{"Outside": "Draußen"}')

    def entry(status: str) -> PluginEntry:
        return PluginEntry(name="glow", distribution="theirs", version="1", status=status, location=str(folder))

    assert plugin_catalogues([entry("loaded")], "de") == {"Glow": "Glühen", "Halo": "Hof"}
    assert plugin_catalogues([entry("untrusted")], "de") == {}
    assert plugin_catalogues([entry("loaded")], "xx") == {}


def test_the_settings_choose_the_language_and_else_the_system() -> None:
    assert languages() == ("en", "de")
    assert chosen_language("de", ["en-GB"]) == "de"
    assert chosen_language("system", ["fr-FR", "de-CH", "en"]) == "de"
    assert chosen_language("nonsense", ["fr-FR"]) == "en"


def test_every_text_of_every_tool_and_model_has_german(german: Catalogue, tmp_path: Path) -> None:
    application = Application(tmp_path)
    snapshot = application.host.snapshot()
    application.close()
    lacking = sorted({text for text in _described(snapshot) if text.strip() and not german.has(text)})
    assert not lacking, "plugins/translations/de.json lacks:\n" + "\n".join(lacking)


def test_every_sentence_in_the_windows_source_has_german(german: Catalogue) -> None:
    lacking = sorted({
        f"{path.relative_to(GUI)}: {text}"
        for path in GUI.rglob("*.py")
        for text in map(_whole, _texts(path))
        if _is_sentence(text) and not german.has(text)
    })  # fmt: skip
    assert not lacking, "desktop_app/gui/translations/de.json lacks:\n" + "\n".join(lacking)


@pytest.mark.parametrize("room", RAISING)
def test_every_error_that_the_window_may_show_has_german(german: Catalogue, room: str) -> None:
    lacking = sorted({
        f"{path.relative_to(ROOT)}: {text}"
        for path in (ROOT / room).rglob("*.py")
        for text in _errors(path)
        if "xpected " in text and not german.has(text)
    })  # fmt: skip
    assert not lacking, "de.json of core or plugins lacks:\n" + "\n".join(lacking)


@pytest.mark.parametrize("room", TELLING)
def test_what_a_report_may_say_has_german(german: Catalogue, room: str) -> None:
    """Words of which at least three have four letters, and that are no reference, are taken for such."""
    lacking = sorted({
        f"{path.relative_to(ROOT)}: {text}"
        for path in (ROOT / room).rglob("*.py")
        if path.name not in ("descriptor.py", "keywords.py")
        for text in map(_whole, _texts(path))
        if _is_told(text) and not german.has(text)
    })  # fmt: skip
    assert not lacking, "de.json of core or plugins lacks:\n" + "\n".join(lacking)


def test_an_error_is_german_with_what_varies_in_it(german: Catalogue) -> None:
    said = (
        "expected 'a.jpg' to fit into memory, but its 9,000,000 pixels need 1.4 GB and 0.5 GB are free; close "
        "something or open a smaller picture"
    )
    assert german.said(said).startswith("'a.jpg' passt nicht in den Speicher: seine 9,000,000 Pixel brauchen 1,4 GB")
    with pytest.raises(InputError) as raised:
        open_photo("/nowhere/photo.jpg")
    assert "diese Datei gibt es nicht" in german.said(str(raised.value))


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((11, 1, 3, 1), "5 von 11 Fotos: 1 geschrieben, 3 von vorher behalten, 1 fehlgeschlagen."),
        ((11, 2, 0, 1), "3 von 11 Fotos: 2 geschrieben, 1 fehlgeschlagen."),
        ((11, 2, 1, 0), "3 von 11 Fotos: 2 geschrieben, 1 von vorher behalten."),
        ((1, 1, 0, 0), "1 von 1 Foto: 1 geschrieben."),
    ],
)
def test_how_far_a_batch_is_is_told_in_german(counts: tuple[int, ...], words: str, german: Catalogue) -> None:
    ends = "Stopped; start it again to go on from here."
    assert german.said(f"{photos_done(*counts)} {ends}") == f"{words} {german.said(ends)}"


def test_a_saved_report_is_in_the_language_of_the_window(german: Catalogue) -> None:
    view = ReportView("BM3D", ("BM3D took 1.5 s.",), (Bar("cat", 0.9, 0.1),), ("before", "after"),
                      figures=(("Mean spread", "1.5 levels"),), provenance=(("Tool", "denoise.bm3d"),))  # fmt: skip
    page = as_html(view, [("PSNR", "30.5 dB")], german)
    for words in ('lang="de"', "vorher → nachher", "1,5 Stufen", "30,5 dB", "verglichen mit der Vorlage",
                  "Wie es gemacht wurde", "Werkzeug", "90,0 → 10,0 %"):  # fmt: skip
        assert words in page
    assert 'lang="en"' in as_html(view)
    assert "How it was made" in as_html(view)


@pytest.mark.parametrize(("what", "said"), [
    ("its steps are in no project file, and are kept until you discard them", "bis sie verworfen werden."),
    ("what is new since it was saved is kept until you discard it", "bis es verworfen wird."),
])  # fmt: skip
def test_what_is_said_on_closing_is_german_to_its_last_word(what: str, said: str, german: Catalogue) -> None:
    assert german.said(f"Closed boat.png; {what}.").endswith(said)


def test_german_has_a_space_before_per_cent(german: Catalogue) -> None:
    entries = read_entries(GUI / "translations" / "de.json")
    assert not [text for text in entries.values() if re.search(r"[\d}]%", text)]
    assert german.said("Blind deblur · 66%").endswith(" · 66 %")


def test_no_text_reaches_qt_untranslated() -> None:
    wrong = [
        f"{path.relative_to(GUI)}:{call.lineno}: {ast.unparse(call)}"
        for path in GUI.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and _name(call) in SHOWN
        for given in call.args
        if isinstance(given, (ast.Constant, ast.JoinedStr)) and any(map(_is_read, ast.walk(given)))
    ]
    assert not wrong, "put tr(…) around these texts:\n" + "\n".join(wrong)


def test_the_window_is_german_from_its_menus_to_its_numbers(
    application: Application, open_window: Callable[..., MainWindow], photo: Path, qapp: QApplication
) -> None:
    application.settings.set(SETTING, "de")
    window = open_window(photo)
    titles = [menu.title().replace("&", "") for menu in window.menuBar().findChildren(QMenu)]
    assert {"Datei", "Bearbeiten", "Ansicht", "Historie", "Werkzeuge", "Hilfe"} <= set(titles)
    assert window.actions_by_id["open"].toolTip() == "Öffnen (Strg+O)"
    assert window.parts.form.apply_button.text() == "Anwenden"
    assert QLocale().decimalPoint() == ","
    assert qapp.translate("QPlatformTheme", "Cancel") == "Abbrechen"
    assert not _english_of(window)


@pytest.mark.parametrize(
    "action", ["batch", "models", "plugins", "shortcuts", "about", "adapt", "palette", "study", "mask", "crop"]
)
def test_every_dialog_is_german(
    action: str, application: Application, open_window: Callable[..., MainWindow], photo: Path, qapp: QApplication
) -> None:
    application.settings.set(SETTING, "de")
    window = open_window(photo)
    window.actions_by_id[action].trigger()
    qapp.processEvents()
    dialogs = [widget for widget in qapp.topLevelWidgets() if widget.isVisible() and widget is not window]
    lacking = [text for widget in (window, *dialogs) for text in _english_of(widget)]
    for widget in dialogs:
        widget.close()
    assert dialogs or action in ("mask", "crop")
    assert not lacking


def test_what_was_done_is_told_in_german(
    application: Application, open_window: Callable[..., MainWindow], photo: Path, qtbot: QtBot
) -> None:
    application.settings.set(SETTING, "de")
    window = open_window(photo)
    apply(window, qtbot, amount=10)
    assert " dauerte " in window.parts.report.text()
    assert not _english_of(window)


def test_english_is_as_it_stands_in_the_source(qapp: QApplication, tmp_path: Path) -> None:
    application = Application(tmp_path)
    application.settings.set(SETTING, "en")
    begin_to_speak(qapp, application.settings)
    assert tr("Saved the map as {}.") == "Saved the map as {}."


def _english_of(window: QWidget) -> list[str]:
    """Return what a window's widgets say that stands in the catalogue as English, and is something else in German."""
    entries = read_entries(GUI / "translations" / "de.json")
    english = {text for text, other in entries.items() if text != other} - set(entries.values())
    said: list[str] = []
    for widget in window.findChildren(QWidget):
        said += [str(widget.property(name) or "") for name in ("text", "title", "placeholderText", "suffix")]
        said += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QComboBox):
            said += [widget.itemText(index) for index in range(widget.count())]
        if isinstance(widget, QTreeWidget):
            every = Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive
            items = [widget.headerItem(), *widget.findItems("", every)]
            said += [item.text(column) for item in items for column in range(widget.columnCount())]
    return sorted({text for text in said if text.replace("&", "").strip() in english})


def _described(snapshot: Snapshot) -> Iterator[str]:
    for tool in snapshot.tools:
        yield from (tool.title, tool.summary, tool.recommended_for)
        for given in tool.inputs:
            yield str(given["help"])
        for field in tool.schema["properties"].values():
            yield from (field["title"], field["description"], field.get("none", ""))
            unit = field.get("unit", "")
            yield unit if re.search("[a-z]{3}", unit) else ""
            yield from (choice for choice in field.get("enum", ()) if isinstance(choice, str))
    for model in snapshot.models:
        if model.is_here:
            yield from (model.title, model.summary)


def _texts(path: Path) -> Iterator[str]:
    """Yield the texts of a source file that a user may read, with ``7`` for what varies."""
    tree = ast.parse(path.read_text("utf-8"))
    hidden: set[ast.AST] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):  # docstrings, of attributes too
            hidden.update(line.value for line in body if isinstance(line, ast.Expr))
        if isinstance(node, ast.Call) and _name(node) in SILENT:
            hidden.update([*node.args, *(keyword.value for keyword in node.keywords)])
        if isinstance(node, (ast.Raise, ast.Assert)):  # a programmer's error; a user's is told by core, or in Message
            hidden.update(ast.walk(node))
        if isinstance(node, ast.JoinedStr):
            hidden.update(part for part in ast.walk(node) if part is not node)
    for node in ast.walk(tree):
        if node in hidden:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)  # type: ignore[misc]


def _whole(text: str) -> str:
    return WHOLE.get(text, text)


def _is_sentence(text: str) -> bool:
    return CODE.match(text) is None and WORD.search(re.sub(r"\*\.\w+|Verilens|verilens", "", text)) is not None


def _is_told(text: str) -> bool:
    is_text = not text.startswith(("verilens ", "data:")) and "arXiv" not in text and "https://" not in text
    return is_text and _is_sentence(text) and len(WORD.findall(text)) > 2


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != "Verilens" and bool(
        re.search("[a-z]{3}", node.value))


def _errors(path: Path) -> Iterator[str]:
    """Yield the sentences with which a file's errors are raised, 7 for what varies."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        call = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(call, ast.Call) and call.args and _name(call) not in UNREAD:
            yield _joined(call.args[0])


def _joined(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_joined, node.values))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return "7" if isinstance(node, ast.FormattedValue) else ""


@pytest.mark.parametrize(("title", "said"), [
    ("Non-local means σ2.5", "Nichtlokale Mittel σ2,5"), ("● Levels", "● Stufen"),
    ("● Gaussian noise σ25 · 60 %", "● Gaußsches Rauschen σ25 · 60 %"), ("mine", "mine"),
])  # fmt: skip
def test_steps_are_called_by_german_names(title: str, said: str) -> None:
    german = window_catalogue("de", ",")
    german.add(read_entries(ROOT / "plugins" / "translations" / "de.json"))
    assert german.said(title) == said


def test_states_to_compare_are_offered_by_german_names(german: Catalogue, qtbot: QtBot) -> None:
    speak(german)
    dialog = StudyDialog()
    qtbot.addWidget(dialog)
    dialog.show_states([("s0", "mine.png"), ("s1", "Gaussian noise σ2.5")], ["s1"])
    assert [dialog.states.item(row).text() for row in range(2)] == ["mine.png", "Gaußsches Rauschen σ2,5"]


def test_two_words_of_a_label_stand_in_one_line(german: Catalogue, qtbot: QtBot) -> None:
    speak(german)
    for words in ("Farben behalten", "Entrauschen mit", "Dunkelstes Licht"):
        label = QLabel(words)
        qtbot.addWidget(label)
        assert label.sizeHint().width() <= LABEL_WIDTH
