"""Where the files that ship with the program lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from desktop_app.api.errors import InputError

__all__ = ["bundled", "bundled_network", "resource_root"]

_PACKAGE = Path(__file__).resolve().parent.parent


def resource_root() -> Path:
    """Return the folder of bundled files: inside an installed wheel, or beside the packages in a checkout."""
    installed = _PACKAGE / "resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def bundled(relative: str) -> Path:
    """Return the path of a bundled file.

    Parameters
    ----------
    relative : str
        Path below ``resources/``, with forward slashes.

    Raises
    ------
    InputError
        If the program's installation lacks that file.
    """
    path = resource_root() / relative
    if not path.exists():
        raise InputError(f"expected the bundled file {relative!r}, found none; reinstall Verilens")
    return path


def bundled_network(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the card of a bundled network, and what it says for its `Model`: builder, weights, hash, card, licence.

    Parameters
    ----------
    name : str
        Of the folder ``resources/weights/NAME`` with ``NAME.json`` and ``MODEL_CARD.md``, as its recipe made them.

    Raises
    ------
    InputError
        If the installation lacks the card or the weights.
    """
    folder = f"weights/{name}"
    card = json.loads(bundled(f"{folder}/{name}.json").read_text(encoding="utf-8"))
    return card, {
        "builder": card["factory"], "weights": bundled(f"{folder}/{card['file']}"), "sha256": card["sha256"],
        "card": bundled(f"{folder}/MODEL_CARD.md"), "licence": card["licence"]["weights"],
    }  # fmt: skip
