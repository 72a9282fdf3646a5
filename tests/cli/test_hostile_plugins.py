"""Every command works beside a plugin that does harm, and stdout with --json is one object whatever it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app.core.plugins import apart
from tests.core.plugins.hostile import FATAL, GOOD, MEDDLING, RAISING

HARMFUL = FATAL | RAISING
FolderPlugin = Callable[[str, str], Path]
DOES_NO_HARM = """
def run(images, params, run):
    exec(SOURCE)
    return Result(image=images)
"""


@pytest.mark.parametrize("case", HARMFUL)
def test_every_command_works_beside_it(case, run, folder_plugin, photo, tmp_path, monkeypatch):
    source, expected = HARMFUL[case]
    monkeypatch.setattr(apart, "LIMIT", 2.0 if "more than" in expected else 20.0)
    folder_plugin("cli_harmful", GOOD.replace("{name}", "cli_harmful") + source)
    said = run("plugins", "trust", "cli_harmful")
    assert (said.code, said.err.count("\n")) == (4, 1)
    assert expected in said.err
    assert run("apply", "denoise.dct", photo, "-o", tmp_path / "o.png", "--json").code == 0
    monkeypatch.setattr(apart, "describe", lambda one: pytest.fail(f"{one.name} was read"))
    for words in (["--safe-mode", "tools"], ["plugins", "list"], ["doctor"], ["plugins", "disable", "cli_harmful"],
                  ["tools"]):
        assert run(*words, "--json").json


def test_only_enabling_tries_again_what_ended_the_process(run, folder_plugin):
    folder_plugin("cli_fatal", "import os\nos._exit(3)")
    assert "code 3" in run("plugins", "enable", "cli_fatal").err
    plugins = {one["name"]: one for one in run("plugins", "list", "--json").json["plugins"]}
    assert plugins["cli_fatal"]["status"] == "quarantined"


def program(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "desktop_app.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


NOISES = [MEDDLING[case] for case in MEDDLING if "print" in case or "writes" in case]


def test_stdout_is_one_object_whatever_a_plugin_prints(folder_plugin, photo, tmp_path):
    noise = "\n".join(NOISES)
    source = GOOD.replace("{name}", "cli_noisy").replace("{module}", "cli_noisy")
    folder_plugin("cli_noisy", source + noise + f"\nSOURCE = {noise!r}\n" + DOES_NO_HARM)
    done = program("apply", "cli_noisy.keep", photo, "-o", tmp_path / "o.png", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tool"] == "cli_noisy.keep"
    assert done.stderr.count("noise") >= len(NOISES)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_what_is_said_is_said_though_a_tool_closes_the_output(words, folder_plugin, photo, tmp_path):
    closing = "\n".join(MEDDLING[case] for case in ("closes stdout", "closes the descriptors"))
    source = GOOD.replace("{name}", "cli_closing").replace("{module}", "cli_closing")
    folder_plugin("cli_closing", source + f"\nSOURCE = {closing!r}\n" + DOES_NO_HARM)
    done = program("apply", "cli_closing.keep", photo, "-o", tmp_path / "o.png", *words)
    assert done.returncode == 0, done.stderr
    assert "o.png" in done.stdout
    assert "No pixel was changed" in done.stderr


@pytest.mark.parametrize("source", ["raise SystemExit(0)", "raise KeyboardInterrupt", "import os\nos._exit(0)"])
def test_a_fault_at_use_is_told_in_one_line(source, folder_plugin, run, photo, tmp_path):
    flag = tmp_path / "flag"
    late = f"import pathlib\nif pathlib.Path({str(flag)!r}).exists():\n    " + source.replace("\n", "\n    ")
    folder_plugin("cli_late", GOOD.replace("{name}", "cli_late").replace("{module}", "cli_late") + late)
    flag.touch()
    words = ("apply", "cli_late.keep", photo, "-o", tmp_path / "o.png")
    done = program(*words)
    assert done.stdout == ""
    assert not (tmp_path / "o.png").exists()
    if "_exit" in source:
        assert "ended while it was imported" in program(*words).stderr
    else:
        assert done.stderr.count("\n") == 1
        assert done.returncode in (4, 130)


def test_the_next_run_tells_of_a_tool_that_ended_the_program_as_if_all_were_well(folder_plugin, run, photo, tmp_path):
    ending = "import os\nos._exit(0)"
    source = GOOD.replace("{name}", "cli_ending").replace("{module}", "cli_ending")
    folder_plugin("cli_ending", source + f"\nSOURCE = {ending!r}\n" + DOES_NO_HARM)
    done = program("apply", "cli_ending.keep", photo, "-o", tmp_path / "o.png")
    assert (done.returncode, (tmp_path / "o.png").exists()) == (0, False)
    words = ("apply", "denoise.dct", photo, "-o", tmp_path / "o.png")
    assert "ended while cli_ending.keep of the plugin cli_ending was at work" in run(*words).err
    assert "ended" not in run(*words).err
