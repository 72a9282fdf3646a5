"""The pages of the methods say what their descriptors say, and show the pictures that there are."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from desktop_app.core.application import Application

SCRIPT = Path(__file__).resolve().parent.parent.parent / "docs" / "make_pages.py"


def test_every_page_is_the_one_that_its_script_makes(home: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_pages", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    application = Application(home)
    entries = [entry for entry in application.host.snapshot().tools if entry.distribution == "verilens"]
    assert len(entries) > 100
    for entry in entries:
        written = made.page_path(entry.id).read_text(encoding="utf-8")
        assert written == made.page(application, entry), f"run python docs/make_pages.py {entry.id}"
