"""The guides cannot drift: their examples run, and nothing public is missing from them."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from desktop_app.api import AttackParams, InputSpec, Map, Model, Params, Run, SeverityParams, Tool
from desktop_app.api import hooks as api_hooks
from desktop_app.cli.command_table import COMMANDS
from desktop_app.core.application import Application

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDE = (ROOT / "docs" / "plugin-guide.md").read_text(encoding="utf-8")
USERS = (ROOT / "docs" / "users-guide.md").read_text(encoding="utf-8")


def examples() -> dict[str, str]:
    """Return the guide's files by the name in their first line."""
    blocks = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", GUIDE, re.DOTALL)
    return dict(blocks)


def test_the_ten_minute_plugin_passes_its_own_tests(tmp_path: Path) -> None:
    files = examples()
    assert set(files) == {"mine/descriptor.py", "mine/algorithm.py", "tests/test_mine.py"}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_ten_minute_plugin_runs_from_the_plugin_folder(home: Path) -> None:
    for name, text in examples().items():
        path = home / "data" / "plugins" / name
        if path.parent.name == "mine":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    program = [sys.executable, "-m", "desktop_app.cli", "plugins"]
    for words in (["trust", "mine"], ["check", "mine"]):
        done = subprocess.run([*program, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("described", [Tool, Model, Map, InputSpec, AttackParams, SeverityParams])
def test_the_fields_are_those_of_the_code(described: type[Any]) -> None:
    rows = GUIDE.partition(f"| field of `{described.__name__}` |")[2].partition("\n\n")[0].splitlines()[2:]
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    is_params = issubclass(described, Params)
    fields = list(described.model_fields) if is_params else [field.name for field in dataclasses.fields(described)]
    assert sorted(told) == sorted(fields)


def test_prepare_has_the_signature_that_the_host_calls() -> None:
    host = (ROOT / "desktop_app" / "core" / "jobs" / "runner.py").read_text(encoding="utf-8")
    assert "`prepare(images, params, run)`" in GUIDE
    assert "loaded.prepare, images, params" in host


def test_everything_a_run_offers_is_explained() -> None:
    offered = [name for name in vars(Run) if not name.startswith("_")]
    assert not [name for name in offered if not re.search(rf"`{name}\b", GUIDE)]


def test_every_hook_is_explained() -> None:
    hooks = [name for name in vars(api_hooks) if name.startswith("verilens_")]
    assert hooks
    assert not [name for name in hooks if f"`{name}()`" not in GUIDE]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    assert f"`verilens {command}" in USERS


def test_every_tool_has_its_page() -> None:
    tools = [entry for entry in Application().host.snapshot().tools if entry.distribution == "verilens"]
    assert tools
    missing = [entry.id for entry in tools if not (ROOT / "docs" / "methods" / f"{entry.id}.md").is_file()]
    assert not missing, f"write docs/methods/{missing[0]}.md"
