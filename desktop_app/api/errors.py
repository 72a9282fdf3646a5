"""Errors that reach a user as one line: what was expected, what was got, what to do."""

from __future__ import annotations

__all__ = [
    "Cancelled",
    "InputError",
    "InputMissingError",
    "MissingValuesError",
    "ParameterError",
    "PluginError",
    "ToolError",
    "VerilensError",
]


class VerilensError(Exception):
    """A fault whose text is written for the user; the cause, if any, is chained.

    Attributes
    ----------
    exit_code : int
        What the command line returns for it (see the contract's list).
    """

    exit_code = 1


class ToolError(VerilensError):
    """The tool could not do its work on this photo."""


class MissingValuesError(ToolError):
    """The photo has values that are NaN or infinite, and the tool cannot do without them."""


class ParameterError(VerilensError):
    """A parameter or argument is missing, unknown or out of range."""

    exit_code = 2


class InputMissingError(ParameterError):
    """A tool needs a further input (mask, kernel, model, target) that was not given."""


class InputError(VerilensError):
    """A file cannot be read, or an output cannot be written."""

    exit_code = 3


class PluginError(VerilensError):
    """A plugin, or the algorithm it names, cannot be loaded."""

    exit_code = 4


class Cancelled(VerilensError):
    """The user cancelled the job; raised by `Run.check` and `Run.progress`."""

    exit_code = 130
