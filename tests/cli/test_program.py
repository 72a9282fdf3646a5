"""The commands around `apply`, and the way to the window."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app import __version__
from desktop_app.api.resources import bundled
from desktop_app.core.plugins import loading

WINDOW = """
import sys, types
app = types.ModuleType("desktop_app.gui.app")
heavy = {"typer", "numpy", "torch", "pydantic", "rich"}
app.run = lambda paths, application: print(sorted(heavy & set(sys.modules)), paths) or 7
sys.modules["desktop_app.gui.app"] = app
from desktop_app.cli import main
sys.exit(main(sys.argv[1:]))
"""

TOOLS = """
import sys
from desktop_app.cli import main
code = main(["tools", "--json"])
assert not {"torch", "numpy", "PySide6", "matplotlib"} & set(sys.modules)
sys.exit(code)
"""

INTERRUPTED = """
import sys
class CtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            raise KeyboardInterrupt
sys.meta_path.insert(0, CtrlC())
from desktop_app.cli import main
sys.exit(main(["tools", "--json"]))
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Take the window's place; returns the files that it was opened with, each time."""
    opened: list[list[str]] = []
    module = types.ModuleType("desktop_app.gui.app")
    module.run = lambda paths, application: opened.append(paths) or 0
    monkeypatch.setitem(sys.modules, "desktop_app.gui.app", module)
    return opened


def test_the_window_needs_no_command_line_library():
    done = python(WINDOW, "photo.jpg")
    assert (done.returncode, done.stdout) == (7, "[] ['photo.jpg']\n"), done.stderr


def test_files_open_the_window(run, window, tmp_path):
    (tmp_path / "bare").touch()
    assert run().code == 0
    assert run("a.jpg", "b.png").code == 0
    assert run(tmp_path / "bare").code == 0
    assert run("--", "tools").code == 0
    assert window == [[], ["a.jpg", "b.png"], [str(tmp_path / "bare")], ["tools"]]


def test_without_a_display_the_window_says_so(run, window, monkeypatch):
    monkeypatch.setattr("desktop_app.cli.open_window.has_display", lambda: False)
    said = run()
    assert (said.code, window) == (1, [])
    assert "display" in said.err


@pytest.mark.parametrize(("words", "fragment"), [
    (["recipe"], "recipe --help"), (["aply"], "apply"), (["--colour"], "--colour"), (["plugins", "paint"], "paint"),
    (["tools", "--kind", "magic"], "'magic'"), (["models", "info"], "MODEL"), (["plugins"], "command"),
])
def test_wrong_arguments(run, words, fragment):
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1, said.err
    assert fragment in said.err


def test_help_names_every_command(run):
    said = run("--help")
    assert said.code == 0
    assert all(name in said.out for name in ("tools", "apply", "models", "metrics", "plugins", "doctor"))
    assert "--maps" in run("apply", "-h").out


def test_the_version(run):
    assert run("--version").out == f"verilens {__version__}\n"


@pytest.mark.parametrize("module", ["cli.console", "core.system", "cli.program", "cli.tools", "core.application"])
def test_ctrl_c_while_the_program_starts(module):
    done = python(INTERRUPTED, f"desktop_app.{module}")
    cancelled = "cancelled; nothing more was written"
    assert (done.returncode, done.stderr) == (130, f"verilens: {cancelled}\n")
    assert json.loads(done.stdout) == {"error": {"exit_code": 130, "message": cancelled}}


def test_tools_are_listed_without_torch():
    done = python(TOOLS)
    assert done.returncode == 0, done.stderr
    tools = {tool["id"]: tool for tool in json.loads(done.stdout)["tools"]}
    assert {"denoise.nlm", "denoise.tv", "attack.pgd", "uncertainty.tta", "uncertainty.mc_dropout",
            "degrade.gaussian_noise"} <= set(tools)
    tool = tools["attack.pgd"]
    assert {"id", "kind", "task", "title", "plugin", "version", "parameters"} <= set(tool)
    assert tool["parameters"]["properties"]["eps"]["unit"] == "levels"


def test_tools_of_a_kind(run):
    found = run("tools", "--kind", "attack", "--json").json["tools"]
    assert {tool["kind"] for tool in found} == {"attack"}
    words = run("tools", "--kind", "attack").out
    assert "attack.pgd" in words
    assert "denoise.tv" not in words


def test_metrics(run, tmp_path):
    rng = np.random.default_rng(5)
    clean = rng.integers(40, 200, (32, 40, 3), dtype=np.uint8)
    noisy = (clean + rng.integers(-20, 20, clean.shape)).astype(np.uint8)
    for name, pixels in (("clean", clean), ("noisy", noisy)):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    files = (tmp_path / "noisy.png", "--reference", tmp_path / "clean.png")
    difference = (noisy.astype(float) - clean)[4:-4, 4:-4] / 255
    rgb = run("metrics", *files, "--crop", 4, "--json").json
    assert rgb["psnr"] == pytest.approx(-10 * np.log10(np.mean(difference**2)), abs=1e-4)
    grey = difference @ np.array([65.481, 128.553, 24.966]) / 255
    y = run("metrics", *files, "--crop", 4, "--channels", "y", "--json").json
    assert y["psnr"] == pytest.approx(-10 * np.log10(np.mean(grey**2)), abs=1e-3)
    assert "BT.601" in y["convention"]
    assert "PSNR" in run("metrics", *files).out


def test_metrics_without_a_reference(run, photo):
    said = run("metrics", photo, "--json").json
    assert (said["reference"], said["niqe"]) == (None, None)  # 24×20 pixels are too few
    assert said["uiqm"] > 0 < said["uciqe"]
    assert "96×96" in said["notes"][0]
    assert said["statistics"] is None
    assert "Panetta" in run("metrics", photo).out
    assert run("metrics", bundled("samples/camera.png"), "--json").json["niqe"] > 1


def test_a_niqe_says_by_which_statistics(run):
    path = bundled("samples/camera.png")
    said = run("metrics", path, "--json").json
    assert said["niqe"] > 0
    assert "BSDS500" in said["statistics"]
    assert said["statistics"] in run("metrics", path).out


def test_metrics_errors(run, photo, tmp_path):
    assert run("metrics", photo, "--channels", "y").code == 2  # grey, and too small for NIQE
    assert run("metrics", photo, "--reference", photo, "--crop", 10).code == 2
    refused = run("metrics", photo, "--reference", bundled("samples/camera.png"))
    assert refused.code == 2
    assert "24×20" in refused.err
    assert run("metrics", photo, "--reference", tmp_path / "none.png").code == 3


def test_doctor(run, classifier):
    said = run("doctor", "--json")
    assert said.code == 0
    report = said.json
    assert {"verilens", "python", "devices", "libraries", "plugins", "models", "folders", "window"} <= set(report)
    assert report["devices"][-1]["id"] == "cpu"
    assert [model["fault"] for model in report["models"] if model["id"] == "cli_tiny.net"] == [None]
    assert {"name", "status", "seconds", "reason"} <= set(report["plugins"][0])
    words = run("doctor").out
    assert "device cpu" in words
    assert "plugin denoise.tv" in words


def test_doctor_tells_how_a_plugin_failed_where_that_is_wanted(run, monkeypatch):
    real = loading.import_plugin

    def fails(candidate):
        if candidate.name == "denoise.tv":
            raise RuntimeError("half made")
        return real(candidate)

    monkeypatch.setattr(loading, "import_plugin", fails)
    assert "RuntimeError: half made" in run("doctor").out
    assert "Traceback" not in run("doctor").out
    assert "line" in run("doctor", "--debug").out.partition("Traceback")[2]


def test_doctor_where_no_plugin_was_ever_put(run, tmp_path, monkeypatch):
    monkeypatch.setenv("VERILENS_HOME", str(tmp_path / "fresh"))
    said = run("doctor", "--json")
    assert said.code == 0
    plugins = said.json["folders"]["plugins"]
    assert (plugins["exists"], plugins["bytes"]) == (False, 0)


def test_models(run, classifier):
    assert "cli_tiny.net" in [model["id"] for model in run("models", "list", "--json").json["models"]]
    assert run("models", "info", "cli_tiny.net", "--json").json["labels"] == list("abcdef")
    assert run("models", "verify", "cli_tiny.net").out == "cli_tiny.net: as described\n"
    assert run("models", "info", "cli_tiny.nut").code == 2


def test_damaged_weights_are_found(run, classifier):
    classifier.write_bytes(b"x" + classifier.read_bytes()[1:])
    said = run("models", "verify", "cli_tiny.net", "--json")
    assert said.code == 4
    assert "SHA-256" in said.json["models"][0]["fault"]
    assert said.err.count("\n") == 1


def test_switching_a_plugin(run):
    assert run("plugins", "disable", "denoise.tv").code == 0
    assert "denoise.tv" not in [tool["id"] for tool in run("tools", "--json").json["tools"]]
    entries = {entry["name"]: entry for entry in run("plugins", "list", "--json").json["plugins"]}
    assert entries["denoise.tv"]["status"] == "disabled"
    assert run("plugins", "enable", "denoise.tv", "--json").json["status"] == "loaded"
    assert run("plugins", "enable", "denoise.tw").code == 2


def test_a_plugin_that_stays_out_is_an_error(run, home):
    folder = home / "data" / "plugins"
    folder.mkdir(parents=True)
    (folder / "cli_stranger.py").write_text("raise RuntimeError('boo')")
    assert "untrusted" in run("plugins", "list").out
    assert run("plugins", "enable", "cli_stranger").code == 4
    said = run("plugins", "trust", "cli_stranger")
    assert said.code == 4
    assert "boo" in said.err


def test_a_new_plugin_works_and_conforms(run, home, tmp_path, photo):
    said = run("plugins", "new", "cli_fresh", "--folder", tmp_path, "--json")
    assert said.code == 0
    root = Path(said.json["folder"])
    assert "cli_fresh.descriptor" in (root / "pyproject.toml").read_text()
    (home / "data" / "plugins").mkdir(parents=True)
    (root / "cli_fresh").rename(home / "data" / "plugins" / "cli_fresh")
    assert run("plugins", "trust", "cli_fresh").code == 0
    assert run("apply", "cli_fresh.sharpen", photo, "-o", tmp_path / "o.png").code == 0
    checked = run("plugins", "check", "cli_fresh", "--json")
    assert (checked.code, checked.json["findings"]) == (0, [])


def test_the_new_plugins_own_tests_pass(run, tmp_path, monkeypatch):
    root = Path(run("plugins", "new", "cli_tested", "--folder", tmp_path, "--json").json["folder"])
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.syspath_prepend(str(root / "tests"))
    own = importlib.import_module("test_cli_tested")
    own.test_a_flat_picture_stays_as_it_is()
    cases = [case for case in own.conformance_cases(own.TOOL) if case.name in ("descriptor", "parameters")]
    assert len(cases) == 2
    for case in cases:
        own.test_conformance(case)


@pytest.mark.parametrize(("name", "code"), [("Mine", 2), ("denoise", 2), ("json", 2), ("a-b", 2)])
def test_a_new_plugins_name(run, tmp_path, name, code):
    assert run("plugins", "new", name, "--folder", tmp_path).code == code
    assert list(tmp_path.iterdir()) == []


def test_a_new_plugin_overwrites_nothing(run, tmp_path):
    (tmp_path / "cli_twice").mkdir()
    assert run("plugins", "new", "cli_twice", "--folder", tmp_path).code == 3
    assert run("plugins", "new", "cli_twice", "--folder", tmp_path / "none").code == 3


def test_main_py_is_the_same_program():
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, root / "main.py", "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"verilens {__version__}\n")
