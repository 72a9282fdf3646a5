"""What the actions do."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QApplication

from desktop_app.gui.canvas import Compare
from desktop_app.gui.language import SETTING as LANGUAGE
from desktop_app.gui.language import tr
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.shell.actions import ACTIONS
from desktop_app.gui.shell.file_commands import FileCommands
from desktop_app.gui.shell.theme import Theme, apply_theme


class Commands(FileCommands):
    """One method an action, those of `FileCommands` among them; each hands on what it is to do."""

    def close_document(self) -> None:
        """Close the shown document."""
        self._with_document(self._rooms.close_document)

    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    def undo(self) -> None:
        """Take back what was done to the mask that is being painted, else go to the state before."""
        masks = self._rooms.masks
        masks.undo() if masks.can_undo() else self._with_document(lambda document: document.undo())

    def redo(self) -> None:
        """Go forward again, in the mask or in the history."""
        masks = self._rooms.masks
        masks.redo() if masks.can_redo() else self._with_document(lambda document: document.redo())

    def cancel(self) -> None:
        """Stop the running step."""
        self._rooms.steps.cancel()

    def fit(self) -> None:
        """Show the whole photo."""
        self._face.parts.canvas.fit()

    def actual_size(self) -> None:
        """Show one pixel of the photo on one of the screen."""
        self._face.parts.canvas.actual_size()

    def zoom_in(self) -> None:
        """Zoom in."""
        self._face.parts.canvas.zoom_in()

    def zoom_out(self) -> None:
        """Zoom out."""
        self._face.parts.canvas.zoom_out()

    def compare(self, mode: Compare) -> None:
        """Compare before and after in a way."""
        self._rooms.viewer.compare(mode)
        self._face.show_state()

    def copy_picture(self) -> None:
        """Put the shown picture on the clipboard."""
        self._rooms.clipboard.copy()

    def paste_picture(self) -> None:
        """Open what lies on the clipboard."""
        self._rooms.clipboard.paste()

    def toggle_split(self) -> None:
        """Split the view, or end that."""
        self.compare("off" if self._rooms.viewer.compare_mode() == "split" else "split")

    def toggle_before(self) -> None:
        """Show the state before, and the one after again."""
        self.compare("off" if self._rooms.viewer.compare_mode() == "before" else "before")

    def toggle_clipping(self) -> None:
        """Mark on the photo what is clipped, or no longer."""
        self._rooms.tones.toggle_clipping()

    def loupe(self, zoom: str) -> None:
        """Show what is under the pointer larger: until the key is let go, or, after a short press, the next one."""
        self._face.parts.canvas.toggle_loupe(float(zoom))

    def toggle_panels(self) -> None:
        """Hide every panel, or bring back those that were shown."""
        self._face.panels.toggle()

    def theme(self, theme: Theme) -> None:
        """Dress the window in another theme, now and from now on."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, theme)
        self._face.dress()
        self._face.application.settings.set("theme", theme)

    def language(self, language: str) -> None:
        """Speak another language from the next start on."""
        self._face.application.settings.set(LANGUAGE, language)
        self._face.say(Message("The language changes when Verilens is started again.", topic="language"))

    def full_screen(self) -> None:
        """Fill the screen, or end that."""
        window = self._window
        window.showNormal() if window.isFullScreen() else window.showFullScreen()

    def rename_step(self) -> None:
        """Edit the title of the shown state in the history."""
        history = self._face.parts.history
        self._face.uncover(history)
        if history.currentItem() is not None:
            history.editItem(history.currentItem())

    def change_step(self) -> None:
        """Open the form of the shown step."""
        self._with_document(lambda document: self._rooms.steps.change_step(document.cursor))

    def pin_before(self) -> None:
        """Compare with the shown state from now on."""
        self._with_document(lambda document: self._rooms.viewer.pin(document.cursor))

    def toggle_in_grid(self) -> None:
        """Keep the shown state in the grid, or let it go."""
        self._with_document(lambda document: self._rooms.viewer.keep_in_grid(document.cursor))

    def unpin_before(self) -> None:
        """Compare with the step before again."""
        self._rooms.viewer.pin(None)

    def delete_step(self) -> None:
        """Hide the shown step, and what came of it."""
        self._with_document(lambda document: self._rooms.viewer.delete(document.cursor))

    def restore_steps(self) -> None:
        """Bring deleted steps back."""
        self._rooms.viewer.restore()

    def find_tool(self) -> None:
        """Go to the search of the tool list."""
        self._face.panels.show()
        self._face.uncover(self._face.parts.tools)
        self._face.parts.tools.search.setFocus()
        self._face.parts.tools.search.selectAll()

    def apply(self) -> None:
        """Apply the tool of the form."""
        self._rooms.steps.apply()

    def ask_model(self) -> None:
        """Ask a classifier what it sees in the shown picture, and show the answer."""
        self._face.panels.show()
        self._face.uncover(self._face.parts.report)
        self._rooms.steps.ask_model()

    def choose_tool(self, tool: str) -> None:
        """Show a tool's form."""
        self._face.panels.show()
        self._rooms.steps.choose_tool(tool)
        self._face.uncover(self._face.parts.form)
        self._face.parts.canvas.setFocus()

    def turn(self, change: str) -> None:
        """Turn or flip the shown picture, without a form."""
        name, _, value = change.partition("=")
        self._rooms.steps.apply_tool("enhance.rotate", {name: value})

    def toggle_preview(self) -> None:
        """Switch the preview."""
        toggle = self._face.parts.form.preview_toggle
        if toggle.isEnabled():
            toggle.toggle()

    def reference_opened(self) -> None:
        """Measure against the photo as it was opened."""
        self._rooms.scores.set_opened()

    def forget_reference(self) -> None:
        """Measure against nothing any more."""
        self._rooms.scores.forget()

    def show_study(self) -> None:
        """Ask for votes on states of the photo, shown side by side in random order."""
        self._with_document(self._rooms.studies.open)

    def toggle_mask(self) -> None:
        """Paint a mask on the photo, or stop that."""
        self._rooms.masks.switch(not self._rooms.masks.is_on)

    def show_batch(self) -> None:
        """Do a recipe, or the shown photo's steps, to many photos."""
        self._rooms.batches.open()

    def choose_device(self) -> None:
        """Offer the devices."""
        self._rooms.devices.choose()

    def show_models(self) -> None:
        """Show the models."""
        self._rooms.models.open()

    def show_adapting(self) -> None:
        """Ask whose network is to be adapted to which photos, or show how far it is."""
        self._rooms.adapting.open()

    def show_plugins(self) -> None:
        """Show the plugins."""
        self._rooms.plugins.open()

    def show_palette(self) -> None:
        """Open the command palette."""
        from desktop_app.gui.panels.palette import CommandPalette, Entry
        from desktop_app.gui.viewmodel.tools import name_of, with_one_recommended

        keys = {name: bound.replace("|", " or ") for name, bound in self._face.keys.items()}
        actions = [
            Entry(tr(spec.full_title), keys[spec.id], self._face.actions_by_id[spec.id].trigger)
            for spec in ACTIONS
            if spec.id != "palette" and self._face.actions_by_id[spec.id].isEnabled()
        ]
        tools = [
            Entry(name_of(tool), tool.id, partial(self._choose_tool, tool.id), tool)
            for tool in with_one_recommended(self._rooms.plugins.snapshot.tools)
        ]
        CommandPalette([*actions, *tools], self._window).show_over(self._window)

    def show_shortcuts(self) -> None:
        """List the keyboard shortcuts; each can be given other keys."""
        from desktop_app.gui.shell.shortcuts import ShortcutsDialog

        ShortcutsDialog(self._face.keys, self._face.rebind, self._window).show()

    def show_about(self) -> None:
        """Say what this program is."""
        from desktop_app.gui.shell.dialogs import about_dialog

        about_dialog(self._window).show()

    def show_details(self, text: str) -> None:
        """Show a fault in full."""
        from desktop_app.gui.shell.dialogs import details_dialog

        details_dialog(text, self._window).show()

    def _choose_tool(self, tool: str) -> None:
        self._rooms.steps.choose_tool(tool)
        self._face.parts.form.take_focus()
