"""The further input of every tool that questions a classifier; for descriptors, so without torch."""

from __future__ import annotations

from desktop_app.api import InputSpec

__all__ = ["KNOWN"]

KNOWN = InputSpec("known", "answers", (
    "The answers.tif that evaluating the model on photos of its own kind has written; without one, what ships with a "
    "bundled model."
))
