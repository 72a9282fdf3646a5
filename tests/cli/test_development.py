"""``--dev FOLDER``: plugins that are being written run untrusted, for that run only."""

from __future__ import annotations

import sys

import pytest

DESCRIPTOR = """
from desktop_app.api import Tool, hookimpl

@hookimpl
def verilens_tools():
    return [Tool(id="cli_draft.keep", title="Keep", kind="restoration", summary="Keeps.", version="1.0", reach=0,
                 algorithm="cli_draft.algorithm:run")]
"""
ALGORITHM = """
from desktop_app.api import Result

def run(images, params, run):
    run.check()
    return Result(image=images)
"""


@pytest.fixture
def draft(tmp_path):
    folder = tmp_path / "drafts" / "cli_draft"
    folder.mkdir(parents=True)
    (folder / "descriptor.py").write_text(DESCRIPTOR)
    (folder / "algorithm.py").write_text(ALGORITHM)
    yield folder
    for name in [name for name in sys.modules if name.startswith("cli_draft")]:
        del sys.modules[name]


@pytest.mark.parametrize("is_parent", [True, False])
def test_plugins_in_the_folder_run_untrusted(is_parent, run, draft, photo, tmp_path, home):
    folder = draft.parent if is_parent else draft
    said = run("apply", "cli_draft.keep", photo, "-o", tmp_path / "o.png", "--dev", folder, "--json")
    assert said.code == 0, said.err
    assert said.json["plugin"]["name"] == "cli_draft"
    assert run("--dev", folder, "plugins", "check", "cli_draft").code == 0
    assert "cli_draft.keep" in run("tools", f"--dev={folder}").out
    assert "cli_draft" not in run("tools").out
    assert "cli_draft" not in run("plugins", "list").out


def test_what_is_being_written_takes_the_place_of_what_is_installed(run, draft, home):
    folder = home / "data" / "plugins" / "cli_draft"
    folder.mkdir(parents=True)
    (folder / "descriptor.py").write_text("raise RuntimeError")
    plugins = run("--dev", draft, "plugins", "list", "--json").json["plugins"]
    found = {one["name"]: one["distribution"] for one in plugins if one["name"].startswith("cli_draft")}
    assert found == {"cli_draft": "development folder"}


@pytest.mark.parametrize("words", [["tools", "--dev"], ["--dev", "no/such/folder", "tools"], ["--dev", "--", "a.png"]])
def test_a_folder_that_is_not_there_is_told(words, run):
    said = run(*words)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "--dev FOLDER" in said.err


def test_after_two_dashes_all_is_a_file(run, monkeypatch):
    opened = []
    monkeypatch.setattr("desktop_app.cli.open_window.open_window", lambda paths, console: opened.append(paths) or 0)
    assert run("--", "--dev").code == 0
    assert opened == [["--dev"]]
