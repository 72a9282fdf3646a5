"""The page on models says what the program knows of them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def test_the_page_is_the_one_that_its_script_makes() -> None:
    spec = importlib.util.spec_from_file_location("make_models", DOCS / "make_models.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    written, told = ((re.sub(r"\d+\.\d+", "#", text)) for text in (  # figures change with every training
        (DOCS / "models.md").read_text(encoding="utf-8"), made.page()))
    assert written == told, "run python docs/make_models.py"
