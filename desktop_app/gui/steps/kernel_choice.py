"""Opens the kernel window for the form, and finds kernels: made, kept before, or estimated by an earlier step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.core.steps.kept import keep_kernel, kept_kernels
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.panels.messages import fault
from desktop_app.gui.threads.background import Background
from desktop_app.gui.viewmodel.kernel import Shape, drawable, made, read_kernel

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.gui.panels.kernel_dialog import KernelDialog
    from desktop_app.gui.viewmodel.kernel import Kernel

_ARTIFACT = "kernel"
_STATE, _FILE = "state:", "file:"


class Kernels(QObject):
    """One kernel window at a time; `folder` holds the kernels that were kept.

    Signals
    -------
    said : Message
        A sentence for the user.
    """

    said = Signal(object)

    def __init__(
        self, parts: Parts, viewer: Viewer, background: Background, folder: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._parts, self._viewer, self._background = parts, viewer, background
        self._folder = folder
        self._dialog: KernelDialog | None = None
        parts.form.kernelAsked.connect(self.open)

    def open(self, name: str) -> None:
        """Ask for the kernel of an input of the form."""
        from desktop_app.gui.panels.kernel_dialog import KernelDialog

        if self._dialog is not None:
            self._dialog.close()
        dialog = self._dialog = KernelDialog(self._parts.form)
        dialog.makeAsked.connect(self._make)
        dialog.loadAsked.connect(self._load)
        dialog.used.connect(partial(self._use, name))
        dialog.destroyed.connect(partial(self._forget, id(dialog)))
        dialog.show_kept(choices(self._viewer.document, kept_kernels(self._folder)))
        dialog.show()

    def _make(self, shape: Shape, size: float, angle: float) -> None:
        self._run(partial(made, shape, size, angle))

    def _load(self, key: str) -> None:
        document = self._viewer.document
        if key.startswith(_FILE):
            self._run(partial(read_kernel, Path(key.removeprefix(_FILE))))
        elif document is not None:
            state = key.removeprefix(_STATE)
            self._run(lambda: drawable(document.artifact(state, _ARTIFACT)))

    def _run(self, work: Callable[[], Kernel]) -> None:
        self._background.run(work, self._show, self._failed, lane="kernel")

    def _show(self, kernel: Kernel) -> None:
        if self._dialog is not None:
            self._dialog.show_kernel(kernel)

    def _use(self, name: str, kernel: Kernel) -> None:
        done = partial(self._hand_over, name)
        self._background.run(partial(keep_kernel, kernel, self._folder), done, self._failed, must_finish=True)

    def _hand_over(self, name: str, path: Path) -> None:
        self._parts.form.set_input(name, str(path))

    def _failed(self, error: Exception) -> None:
        self.said.emit(fault(error))

    def _forget(self, gone: int, _object: object = None) -> None:
        """Let go of a window that was closed, unless another was opened meanwhile."""
        if id(self._dialog) == gone:
            self._dialog = None


def choices(document: Document | None, kept: list[Path]) -> list[tuple[str, str]]:
    """Return the kernels at hand by key and title: of this document's steps first, then those kept before."""
    states = document.states.values() if document is not None else ()
    of_steps = [(f"{_STATE}{state.id}", f"Of “{state.title}”") for state in states if _ARTIFACT in state.artifacts]
    return of_steps + [(f"{_FILE}{path}", f"Kept: {path.stem}") for path in kept]
