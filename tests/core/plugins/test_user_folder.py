"""Nothing in the user's plugin folder runs until the user says so, and not after it changed."""

from __future__ import annotations

import importlib.util
import json
import os
import py_compile
import sys
from pathlib import Path

import pytest

from desktop_app.api.errors import ParameterError, PluginError
from desktop_app.core.plugins.loading import load_function

DESCRIPTOR = """
from desktop_app.api import Tool, hookimpl

@hookimpl
def verilens_tools():
    return [Tool(id="{name}.flip", title="Flip", kind="restoration", summary="Flips.", version="1",
                 algorithm="{name}{sub}:run")]
"""


@pytest.fixture
def package(tmp_path, site) -> Path:
    folder = tmp_path / "user" / "folder_mine"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "descriptor.py").write_text(DESCRIPTOR.format(name="folder_mine", sub=".algorithm"))
    (folder / "algorithm.py").write_text("def run(): return 'flipped'\n")
    return folder


def test_a_stranger_is_shown_and_not_run(package, start, tmp_path):
    marker = tmp_path / "ran"
    (package / "descriptor.py").write_text(f"open({str(marker)!r}, 'w')")
    entry = start().snapshot().plugins_by_name["folder_mine"]
    assert (entry.status, entry.origin, entry.tools) == ("untrusted", "folder", ())
    assert not marker.exists()


def test_a_trusted_package_runs_at_every_start(package, start):
    assert start().trust("folder_mine").status == "loaded"
    for module in [name for name in sys.modules if name.startswith("folder_mine")]:
        del sys.modules[module]
    host = start()
    tool = host.tool("folder_mine.flip")
    assert load_function(tool.algorithm)() == "flipped"


def test_a_single_file_is_a_plugin(tmp_path, site, start):
    (tmp_path / "user").mkdir()
    source = DESCRIPTOR.format(name="folder_single", sub="") + "\ndef run(): return 1\n"
    (tmp_path / "user" / "folder_single.py").write_text(source)
    host = start()
    host.trust("folder_single")
    assert load_function(host.tool("folder_single.flip").algorithm)() == 1


@pytest.mark.parametrize("change", ["edit", "add", "rename", "remove"])
def test_a_changed_plugin_is_a_stranger_again(change, package, start):
    start().trust("folder_mine")
    algorithm = package / "algorithm.py"
    if change == "edit":
        algorithm.write_text("def run(): return 'stolen'\n")
    elif change == "add":
        (package / "more.py").write_text("")
    elif change == "rename":
        algorithm.rename(package / "algorithm2.py")
    else:
        algorithm.unlink()
    assert start().snapshot().plugins_by_name["folder_mine"].status == "untrusted"


def test_a_change_after_the_start_is_noticed_before_the_tool_is_used(package, start):
    host = start()
    host.trust("folder_mine")
    (package / "algorithm.py").write_text("def run(): return 'stolen'\n")
    with pytest.raises(PluginError, match="changed files"):
        host.tool("folder_mine.flip")
    assert host.snapshot().plugins_by_name["folder_mine"].status == "untrusted"


def test_enabling_is_not_trusting(package, start):
    assert start().enable("folder_mine").status == "untrusted"


def test_forged_bytecode_is_not_run(package, start):
    host = start()
    host.snapshot()
    source = package / "__init__.py"
    forged = package / "forged.py"
    forged.write_text("raise RuntimeError('forged')")
    cached = importlib.util.cache_from_source(str(source))
    py_compile.compile(str(forged), cfile=cached, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    forged.unlink()
    assert host.trust("folder_mine").status == "loaded"


def test_bytecode_forged_while_the_program_runs_is_not_run(package, start):
    host = start()
    host.trust("folder_mine")
    assert host.tool("folder_mine.flip")
    forged = package.parent / "forged.py"
    forged.write_text("def run(): return 'stolen'")
    cached = importlib.util.cache_from_source(str(package / "algorithm.py"))
    py_compile.compile(str(forged), cfile=cached, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    assert load_function(host.tool("folder_mine.flip").algorithm)() == "flipped"


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_link_inside_a_plugin_is_refused(is_folder, package, start, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir() if is_folder else outside.touch()
    (package / "link").symlink_to(outside)
    with pytest.raises(PluginError, match="link"):
        start().trust("folder_mine")


def test_a_link_that_appears_after_trust_is_not_followed(package, start, tmp_path):
    host = start()
    host.trust("folder_mine")
    (package / "__pycache__").symlink_to(tmp_path)
    with pytest.raises(PluginError, match="link"):
        host.tool("folder_mine.flip")


def test_a_plugin_that_is_a_link_is_trusted_as_what_it_points_to(package, start, tmp_path):
    package.rename(tmp_path / "elsewhere")
    package.symlink_to(tmp_path / "elsewhere")
    host = start()
    assert host.trust("folder_mine").status == "loaded"
    (tmp_path / "elsewhere" / "algorithm.py").write_text("def run(): return 'stolen'\n")
    with pytest.raises(PluginError, match="changed files"):
        host.tool("folder_mine.flip")


def test_a_name_that_is_no_text_is_a_name(package, start):
    odd = Path(os.fsdecode(os.fsencode(package) + b"/odd\xff.txt"))
    odd.write_text("one")
    assert start().trust("folder_mine").status == "loaded"
    odd.write_text("two")
    assert start().snapshot().plugins_by_name["folder_mine"].status == "untrusted"


@pytest.mark.parametrize("kept", [5, {"folder_mine": 5}, ["a"], None, "all"])
def test_trust_that_was_written_by_hand_is_none(kept, package, start, tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps({"plugins.trusted": kept, "plugins.disabled": [kept, {}]}))
    assert start().snapshot().plugins_by_name["folder_mine"].status == "untrusted"
    assert start().trust("folder_mine").status == "loaded"


def test_what_is_no_file_is_refused_and_not_waited_for(package, start):
    os.mkfifo(package / "pipe.py")
    with pytest.raises(PluginError, match="which is none"):
        start().trust("folder_mine")


@pytest.mark.parametrize("name", ["more.so", "more.pyc", "more.pth", "more.zip", "sub/more.abi3.so", ".hidden"])
def test_whatever_appears_after_trust_ends_it(name, package, start):
    start().trust("folder_mine")
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).touch()
    assert start().snapshot().plugins_by_name["folder_mine"].status == "untrusted"


def test_a_file_and_a_folder_of_one_name_are_not_taken_for_each_other(package, start):
    package.with_suffix(".py").write_text("raise RuntimeError")
    found = [one.status for one in start().snapshot().plugins if one.name.startswith("folder_mine")]
    assert found == ["untrusted", "quarantined"]


def test_a_plugin_cannot_take_a_modules_name(tmp_path, site, start):
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "wave.py").write_text("")
    entry = start().trust("wave")
    assert entry.status == "quarantined"
    assert "'wave'" in entry.reason


def test_a_name_that_python_cannot_import(tmp_path, site, start):
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "my-plugin.py").write_text("")
    assert start().snapshot().plugins_by_name["my-plugin"].status == "quarantined"


def test_an_installed_plugin_is_not_trusted_by_hand(announce, start):
    announce("mine")
    with pytest.raises(ParameterError, match="mine_plugin_dist"):
        start().trust("mine")


def test_what_is_no_plugin_is_left_alone(tmp_path, start):
    user = tmp_path / "user"
    (user / "notes").mkdir(parents=True)
    for name in ("README.md", "_draft.py", ".hidden.py"):
        (user / name).write_text("raise RuntimeError")
    assert all(one.origin == "entry point" for one in start().snapshot().plugins)
