"""All actions as one table; menus, toolbar, palette and the list of shortcuts are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.shell.icons import placeholder

MENUS = ("File", "Edit", "View", "History", "Tools", "Help")


class ActionSpec(NamedTuple):
    """One action.

    ``callback`` names a method of `desktop_app.gui.shell.commands.Commands`; ``argument`` is handed to it. ``shortcut``
    may hold several, separated by ``|``. ``group`` makes actions of one menu exclusive and checkable; ``needs`` says
    when it is enabled: ``photo`` (one is open), ``undo``, ``redo``, ``job`` (one is running), or always. ``repeats``
    says that a key that is held goes on doing it.
    """

    id: str
    menu: str
    title: str
    callback: str
    shortcut: str = ""
    icon: str = ""
    argument: str | None = None
    group: str = ""
    needs: str = ""
    in_toolbar: bool = False
    starts_section: bool = False
    submenu: str = ""
    repeats: bool = False

    @property
    def full_title(self) -> str:
        """What it is called where its menu is not to be seen."""
        title = self.title.rstrip("…")
        return f"{self.submenu}: {title}" if self.submenu else title


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("open", "File", "Open…", "open", "Ctrl+O", "mdi6.folder-open-outline", in_toolbar=True),
    ActionSpec("sample", "File", "Open a sample photo", "open_sample"),
    ActionSpec("save_result", "File", "Save result as…", "save_result", "Ctrl+E", "mdi6.image-move", needs="photo",
               in_toolbar=True, starts_section=True),
    ActionSpec("save_project", "File", "Save project", "save_project", "Ctrl+S", "mdi6.content-save-outline",
               needs="photo", in_toolbar=True),
    ActionSpec("save_project_as", "File", "Save project as…", "save_project_as", "Ctrl+Shift+S", needs="photo"),
    ActionSpec("save_recipe", "File", "Save recipe as…", "save_recipe", needs="photo"),
    ActionSpec("save_map", "File", "Save map as…", "save_map", needs="photo"),
    ActionSpec("save_report", "File", "Save report as…", "save_report", needs="photo"),
    ActionSpec("close", "File", "Close", "close_document", "Ctrl+W", needs="photo", starts_section=True),
    ActionSpec("quit", "File", "Quit", "quit", "Ctrl+Q"),
    ActionSpec("undo", "Edit", "Undo", "undo", "Ctrl+Z", "mdi6.undo", needs="undo", in_toolbar=True,
               repeats=True),
    ActionSpec("redo", "Edit", "Redo", "redo", "Ctrl+Shift+Z|Ctrl+Y", "mdi6.redo", needs="redo", in_toolbar=True,
               repeats=True),
    ActionSpec("copy", "Edit", "Copy the picture", "copy_picture", "Ctrl+C", needs="photo", starts_section=True),
    ActionSpec("paste", "Edit", "Paste a picture", "paste_picture", "Ctrl+V"),
    ActionSpec("cancel", "Edit", "Cancel the running step", "cancel", needs="job", starts_section=True),
    ActionSpec("language_system", "Edit", "As the system", "language", argument="system", group="language",
               starts_section=True, submenu="Language"),
    ActionSpec("language_en", "Edit", "English", "language", argument="en", group="language",
               submenu="Language"),
    ActionSpec("language_de", "Edit", "Deutsch", "language", argument="de", group="language",
               submenu="Language"),
    ActionSpec("fit", "View", "Fit", "fit", "Ctrl+0", "mdi6.fit-to-screen-outline", needs="photo", in_toolbar=True),
    ActionSpec("actual_size", "View", "100%", "actual_size", "Ctrl+1", "mdi6.numeric-1-box-outline", needs="photo",
               in_toolbar=True),
    ActionSpec("zoom_in", "View", "Zoom in", "zoom_in", "Ctrl++", "mdi6.magnify-plus-outline", needs="photo",
               repeats=True),
    ActionSpec("zoom_out", "View", "Zoom out", "zoom_out", "Ctrl+-", "mdi6.magnify-minus-outline", needs="photo",
               repeats=True),
    ActionSpec("compare_off", "View", "After", "compare", "Ctrl+Alt+1", argument="off", group="compare",
               needs="photo", starts_section=True, submenu="Compare"),
    ActionSpec("compare_split", "View", "Split", "compare", "Ctrl+Alt+2", argument="split", group="compare",
               needs="photo", submenu="Compare"),
    ActionSpec("compare_before", "View", "Before", "compare", "Ctrl+Alt+3", argument="before", group="compare",
               needs="photo", submenu="Compare"),
    ActionSpec("compare_side", "View", "Side by side", "compare", "Ctrl+Alt+4", argument="side by side",
               group="compare", needs="photo", submenu="Compare"),
    ActionSpec("compare_grid", "View", "Grid of up to four states", "compare", "Ctrl+Alt+5", argument="grid",
               group="compare", needs="photo", submenu="Compare"),
    ActionSpec("compare_blink", "View", "Blink", "compare", "Ctrl+Alt+6", argument="blink", group="compare",
               needs="photo", submenu="Compare"),
    ActionSpec("compare_difference", "View", "Difference", "compare", "Ctrl+Alt+7", argument="difference",
               group="compare", needs="photo", submenu="Compare"),
    ActionSpec("toggle_compare", "View", "Split on and off", "toggle_split", "Ctrl+D", "mdi6.compare", needs="photo",
               in_toolbar=True),
    ActionSpec("toggle_before", "View", "Before and after", "toggle_before", "\\", needs="photo"),
    ActionSpec("clipping", "View", "Mark what is clipped", "toggle_clipping", "J", needs="photo"),
    ActionSpec("loupe", "View", "Loupe at 100%", "loupe", "L", argument="1", needs="photo"),
    ActionSpec("loupe_200", "View", "Loupe at 200%", "loupe", "Shift+L", argument="2", needs="photo"),
    ActionSpec("reference", "View", "Set reference photo…", "set_reference", "Ctrl+Shift+R", needs="photo",
               starts_section=True),
    ActionSpec("reference_opened", "View", "Use the opened photo as reference", "reference_opened", needs="photo"),
    ActionSpec("reference_none", "View", "Forget the reference", "forget_reference", needs="photo"),
    ActionSpec("panels", "View", "Show or hide all panels", "toggle_panels", "F9", "mdi6.dock-window",
               starts_section=True),
    ActionSpec("theme_dark", "View", "Dark", "theme", argument="dark", group="theme", submenu="Theme"),
    ActionSpec("theme_light", "View", "Light", "theme", argument="light", group="theme", submenu="Theme"),
    ActionSpec("theme_system", "View", "As the system", "theme", argument="system", group="theme", submenu="Theme"),
    ActionSpec("full_screen", "View", "Full screen", "full_screen", "F11"),
    ActionSpec("rename", "History", "Rename this step", "rename_step", "F2", needs="photo"),
    ActionSpec("change", "History", "Change this step's parameters…", "change_step", "Ctrl+R", needs="photo"),
    ActionSpec("replay", "History", "Replay a recipe…", "replay_recipe", needs="photo"),
    ActionSpec("pin", "History", "Compare with this state", "pin_before", "Ctrl+B", needs="photo"),
    ActionSpec("unpin", "History", "Compare with the step before", "unpin_before", needs="photo"),
    ActionSpec("grid_member", "History", "Keep this state in the grid, or not", "toggle_in_grid", "Ctrl+G",
               needs="photo"),
    ActionSpec("delete", "History", "Delete this step", "delete_step", "Ctrl+Del", needs="photo",
               starts_section=True),
    ActionSpec("restore", "History", "Bring back deleted steps", "restore_steps", needs="photo"),
    ActionSpec("find_tool", "Tools", "Find a tool", "find_tool", "Ctrl+F", "mdi6.magnify"),
    ActionSpec("apply", "Tools", "Apply", "apply", "Ctrl+Return", needs="photo"),
    ActionSpec("preview", "Tools", "Preview", "toggle_preview", "Ctrl+P", needs="photo"),
    ActionSpec("ask_model", "Tools", "What does the model see?", "ask_model", "Ctrl+I", "mdi6.eye-outline",
               needs="photo", in_toolbar=True, starts_section=True),
    ActionSpec("study", "Tools", "Blind comparison…", "show_study", "Ctrl+Shift+B", "mdi6.compare-horizontal",
               needs="photo", starts_section=True),
    ActionSpec("mask", "Tools", "Paint a mask", "toggle_mask", "Ctrl+M", "mdi6.brush", needs="photo",
               starts_section=True),
    ActionSpec("crop", "Tools", "Crop…", "choose_tool", "C", "mdi6.crop", argument="enhance.crop", needs="photo",
               starts_section=True, in_toolbar=True),
    ActionSpec("straighten", "Tools", "Straighten…", "choose_tool", argument="enhance.rotate", needs="photo"),
    ActionSpec("resize", "Tools", "Change the size…", "choose_tool", "Ctrl+Alt+I", argument="enhance.resize",
               needs="photo"),
    ActionSpec("turn_right", "Tools", "Turn right", "turn", "Ctrl+]", "mdi6.rotate-right", argument="turn=right",
               needs="photo", submenu="Turn and flip"),
    ActionSpec("turn_left", "Tools", "Turn left", "turn", "Ctrl+[", "mdi6.rotate-left", argument="turn=left",
               needs="photo", submenu="Turn and flip"),
    ActionSpec("turn_half", "Tools", "Turn half around", "turn", argument="turn=half", needs="photo",
               submenu="Turn and flip"),
    ActionSpec("flip_sides", "Tools", "Flip left and right", "turn", argument="flip=left-right", needs="photo",
               submenu="Turn and flip"),
    ActionSpec("flip_top", "Tools", "Flip top and bottom", "turn", argument="flip=top-bottom", needs="photo",
               submenu="Turn and flip"),
    ActionSpec("batch", "Tools", "Batch…", "show_batch", "Ctrl+Shift+E", "mdi6.image-multiple-outline",
               starts_section=True),
    ActionSpec("device", "Tools", "Device…", "choose_device", starts_section=True),
    ActionSpec("models", "Tools", "Models…", "show_models", "Ctrl+Shift+M", "mdi6.brain"),
    ActionSpec("adapt", "Tools", "Adapt to my photos…", "show_adapting", "", "mdi6.school-outline"),
    ActionSpec("plugins", "Tools", "Plugins…", "show_plugins", "Ctrl+Shift+X", "mdi6.puzzle-outline"),
    ActionSpec("palette", "Help", "Command palette", "show_palette", "Ctrl+K|Ctrl+Shift+P"),
    ActionSpec("shortcuts", "Help", "Keyboard shortcuts", "show_shortcuts", "F1"),
    ActionSpec("about", "Help", "About Verilens", "show_about", starts_section=True),
)


def make_actions(
    owner: QWidget, do: Callable[[ActionSpec], None], keys: Mapping[str, str] | None = None
) -> dict[str, QAction]:
    """Return the table's actions by id; each calls `do` with its row. Their own keys are the default."""
    groups: dict[str, QActionGroup] = {}
    actions: dict[str, QAction] = {}
    for spec in ACTIONS:
        action = QAction(placeholder(), tr(spec.title), owner) if spec.icon else QAction(tr(spec.title), owner)
        action.setObjectName(f"action_{spec.id}")
        bind(action, spec, spec.shortcut if keys is None else keys[spec.id])
        action.setAutoRepeat(spec.repeats)
        if spec.group:
            action.setCheckable(True)
            groups.setdefault(spec.group, QActionGroup(owner)).addAction(action)
        action.triggered.connect(partial(_trigger, do, spec))
        owner.addAction(action)
        actions[spec.id] = action
    return actions


def fill_menus(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Make the menus, and return them by title."""
    menus = {title: bar.addMenu(tr(title)) for title in MENUS}
    for spec in ACTIONS:
        menu = menus[spec.menu]
        if spec.starts_section:
            menu.addSeparator()
        if spec.submenu:
            menu = menus.setdefault(spec.submenu, QMenu(tr(spec.submenu), menu))
            if menu.isEmpty():
                menus[spec.menu].addMenu(menu)
        menu.addAction(actions[spec.id])
    return menus


def fill_toolbar(bar: QToolBar, actions: Mapping[str, QAction]) -> None:
    """Put the actions of the toolbar in, a gap between those of different menus."""
    last = ""
    for spec in ACTIONS:
        if not spec.in_toolbar:
            continue
        if last and spec.menu != last:
            bar.addSeparator()
        bar.addAction(actions[spec.id])
        last = spec.menu


def enable_actions(actions: Mapping[str, QAction], met: Mapping[str, bool]) -> None:
    """Enable the actions whose needs are met."""
    for spec in ACTIONS:
        if spec.needs:
            actions[spec.id].setEnabled(met.get(spec.needs, False))


def icon_names() -> dict[str, str]:
    """Return the icon of each action that has one."""
    return {spec.id: spec.icon for spec in ACTIONS if spec.icon}


def bind(action: QAction, spec: ActionSpec, keys: str) -> None:
    """Give an action keys, several separated by ``|``, and say them in its tooltip."""
    action.setShortcuts([QKeySequence(part) for part in keys.split("|") if part])
    title, told = tr(spec.title).rstrip("…"), tr(keys.replace("|", " or "))
    action.setToolTip(f"{title} ({told})" if told else title)


def _trigger(do: Callable[[ActionSpec], None], spec: ActionSpec, _is_checked: bool = False) -> None:
    do(spec)
