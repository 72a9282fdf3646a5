"""Steps of a document, without a window."""

from __future__ import annotations

from desktop_app.core.application import Application
from desktop_app.core.document.document import Document
from desktop_app.core.steps.step import Step, run_on_state


def do(application: Application, document: Document, parent: str, step: Step) -> str:
    """Do a step on a state, and return the id of the state that it makes."""
    return document.commit(parent, run_on_state(application, document, parent, step)).id
