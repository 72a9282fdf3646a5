"""The descriptor cache: what goes in comes out, and reading it imports next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys

from desktop_app.core.plugins.entries import ModelEntry, PluginEntry, Snapshot, ToolEntry

TOOL = ToolEntry(
    id="a.b", kind="attack", task="a", title="B", summary="S", version="1", plugin="a", plugin_version="2",
    distribution="d", schema={"properties": {"eps": {"type": "number", "soft": [0, 32]}}},
    inputs=({"name": "mask", "kind": "mask", "help": "h", "required": True},), subjects=("classifier",),
)
SNAPSHOT = Snapshot(
    (TOOL,),
    (ModelEntry(id="a.m", title="M", task="classifier", version="1", weights="w", sha256="0" * 64, labels=("x", "y")),),
    (PluginEntry(name="a", distribution="d", version="2", tools=("a.b",), files=("w",), seconds=0.25),),
    "key",
)

CACHED_ONLY = """
import sys
from pathlib import Path
from desktop_app.core.application import Application
application = Application()
application.host.cached()
heavy = {"pluggy", "pydantic", "numpy", "torch", "importlib.metadata", "PySide6"} & set(sys.modules)
assert not heavy, heavy
"""


def test_a_snapshot_survives_the_cache(tmp_path):
    path = tmp_path / "new" / "tools.json"
    SNAPSHOT.write(path)
    assert Snapshot.read(path) == SNAPSHOT
    assert [file.name for file in path.parent.iterdir()] == ["tools.json"]


def test_an_older_format_is_not_read(tmp_path):
    path = tmp_path / "tools.json"
    path.write_text(json.dumps(SNAPSHOT.to_json() | {"format": 0}))
    assert Snapshot.read(path) is None


def test_look_up_by_name():
    assert SNAPSHOT.tools_by_id["a.b"] is TOOL
    assert SNAPSHOT.models_by_id["a.m"].labels == ("x", "y")
    assert SNAPSHOT.plugins_by_name["a"].seconds == 0.25
    assert TOOL.properties["eps"]["soft"] == [0, 32]


def test_reading_the_cache_imports_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", CACHED_ONLY], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
