"""A plugin that does harm when it is imported costs nobody but itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import psutil
import pytest

from desktop_app.api.errors import Cancelled, PluginError
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.plugins import apart
from desktop_app.core.plugins.guarding import PluginGuard
from desktop_app.core.plugins.host import PluginHost
from desktop_app.core.plugins.unfinished import Journal
from desktop_app.core.processes import started_at
from desktop_app.core.settings import Settings
from desktop_app.testing.running import NoNetworks
from tests.core.plugins.conftest import GOOD as DIM
from tests.core.plugins.conftest import Announce, Start
from tests.core.plugins.hostile import FATAL, GOOD, MEDDLING, RAISING


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of what is described apart, as it happens."""
    names: list[str] = []
    describe = apart.describe
    monkeypatch.setattr(apart, "describe", lambda one: names.append(one.name) or describe(one))
    return names


@pytest.mark.parametrize("case", FATAL)
def test_what_ends_or_hangs_is_left_out_and_not_tried_again(
    case: str, announce: Announce, start: Start, described: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, expected = FATAL[case]
    monkeypatch.setattr(apart, "LIMIT", 2.0 if "more than" in expected else 20.0)
    announce("bad", source)
    snapshot = start().snapshot()
    assert snapshot.plugins_by_name["bad"].status == "quarantined"
    assert expected in snapshot.plugins_by_name["bad"].reason
    assert "denoise.tv" in snapshot.tools_by_id
    assert start().snapshot().plugins_by_name["bad"].reason == snapshot.plugins_by_name["bad"].reason
    assert described == ["bad"]


def test_nothing_that_an_import_began_goes_on(announce: Announce, start: Start, tmp_path: Path) -> None:
    note = tmp_path / "child"
    fork = f"""
import os, time
if os.fork() == 0:
    open({str(note)!r}, "w").write(str(os.getpid()))
    time.sleep(600)
while not os.path.exists({str(note)!r}):
    pass
"""
    announce("bad", GOOD.replace("{name}", "bad") + fork)
    assert start().snapshot().plugins_by_name["bad"].status == "loaded"
    child = psutil.Process(int(note.read_text() or 0)) if psutil.pid_exists(int(note.read_text() or 0)) else None
    assert child is None or child.status() == psutil.STATUS_ZOMBIE


def _algorithm_beside(announce: Announce, source: str) -> None:
    path = announce("bad", DIM.replace("{module}:run", "bad_algorithm:run"))
    path.with_name("bad_algorithm.py").write_text(f"{source}\ndef run(images, params, run):\n    return None\n")


@pytest.mark.parametrize(("source", "expected"), [
    ("import os; os._exit(7)", "code 7"), ("import os; os.kill(os.getpid(), 11)", "SIGSEGV"),
    ("while True: pass", "more than 2 s"),
])  # fmt: skip
def test_an_algorithm_whose_import_ends_the_process_costs_its_plugin_alone(
    source: str, expected: str, announce: Announce, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "LIMIT_OF_ALGORITHMS", 2.0 if "more than" in expected else 60.0)
    _algorithm_beside(announce, source)
    host = start()
    engine = Engine(host, NoNetworks(), guard=PluginGuard(host))
    with pytest.raises(PluginError, match=f"plugin bad: .*{expected}"):
        engine.load("bad.dim")
    assert host.plugin("bad").status == "quarantined"
    assert expected in start().snapshot().plugins_by_name["bad"].reason
    assert start().enable("bad").status == "loaded"


def test_an_algorithm_is_tried_apart_once_a_version(
    announce: Announce, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[str, ...]] = []
    try_it = apart.try_algorithms
    monkeypatch.setattr(
        apart, "try_algorithms", lambda one, what, check: tried.append(tuple(what)) or try_it(one, what, check))
    _algorithm_beside(announce, "")
    for host in (start(), start()):
        engine = Engine(host, NoNetworks(), guard=PluginGuard(host))
        for _ in range(2):
            assert callable(engine.load("bad.dim").function)
        sys.modules.pop("bad_algorithm")
    assert tried == [("bad_algorithm:run",)]
    assert start().snapshot().plugins_by_name["bad"].status == "loaded"


def test_cancel_is_heard_while_an_algorithm_is_tried_apart(
    announce: Announce, start: Start, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    _algorithm_beside(announce, f"import os, pathlib, time\n"
                      f"pathlib.Path({str(begun)!r}).write_text(str(os.getpid()))\ntime.sleep(50)")
    host, control = start(), JobControl()
    engine = Engine(host, NoNetworks(), guard=PluginGuard(host))

    def cancel_when_begun() -> None:
        while not (begun.is_file() and begun.read_text()):
            time.sleep(0.01)
        control.cancel()

    user = threading.Thread(target=cancel_when_begun, daemon=True)
    user.start()
    since = time.monotonic()
    with pytest.raises(Cancelled):
        engine.load("bad.dim", control)
    assert time.monotonic() - since < 40
    assert not psutil.pid_exists(int(begun.read_text()))
    entry = start().snapshot().plugins_by_name["bad"]
    assert entry.status == "loaded"
    assert not Journal(tmp_path / "cache" / "imports").was_tried("bad", entry.stamp)


def test_an_algorithm_that_dies_in_the_program_only_is_left_out_at_the_next_start(
    announce: Announce, start: Start, tmp_path: Path
) -> None:
    _algorithm_beside(announce, "")
    stamp = start().snapshot().plugins_by_name["bad"].stamp
    journal = Journal(tmp_path / "cache" / "imports")
    host = start()
    host.tool("bad.dim")
    with PluginGuard(host).importing("bad.dim"):
        note = next((tmp_path / "cache" / "imports").glob("bad.json"))
        assert json.loads(note.read_text()) == {"stamp": stamp, "process": [os.getpid(), started_at(os.getpid())]}
    assert journal.fault("bad", stamp) == ""
    assert journal.was_tried("bad", stamp)


def _guard_of_dim(announce: Announce, start: Start) -> PluginGuard:
    """Return what stands around `bad.dim`, which has been imported."""
    announce("bad", DIM)
    host = start()
    host.tool("bad.dim")
    return PluginGuard(host)


def test_the_next_start_knows_in_whose_tool_the_program_ended(
    announce: Announce, start: Start, tmp_path: Path
) -> None:
    guard = _guard_of_dim(announce, start)
    with guard.running("denoise.tv"), guard.running("bad.dim"):
        (note,) = (tmp_path / "cache" / "imports").glob("bad@run*.json")
        left = note.read_text()
        assert PluginGuard(start()).ended_runs() == []  # this process is at it
    assert not note.exists()
    ended = json.dumps(json.loads(left) | {"process": [os.getpid(), 0.0]})
    note.write_text(ended)
    note.with_name("torn@run1.json").write_text(ended[:20])
    assert PluginGuard(start()).ended_runs() == [("bad", "bad.dim")]
    assert PluginGuard(start()).ended_runs() == []
    assert start().snapshot().plugins_by_name["bad"].status == "loaded"


def test_a_tool_that_is_at_work_when_the_program_is_left_is_not_blamed(
    announce: Announce, start: Start, tmp_path: Path
) -> None:
    guard = _guard_of_dim(announce, start)
    with guard.running("bad.dim"):
        (note,) = (tmp_path / "cache" / "imports").glob("bad@run*.json")
        others = note.with_name("bad@run1-1.json")
        others.write_text(note.read_text())
        guard.leave()
        assert (note.exists(), others.exists()) == (False, True)


def test_enabling_one_reads_no_other(announce: Announce, start: Start, described: list[str]) -> None:
    announce("mine")
    announce("other")
    assert start().enable("mine").status == "loaded"
    assert described == ["mine"]
    assert start().snapshot().plugins_by_name["other"].status == "loaded"
    assert described == ["mine", "other"]


@pytest.mark.parametrize("case", RAISING)
def test_what_raises_is_left_out(case: str, announce: Announce, start: Start) -> None:
    source, expected = RAISING[case]
    announce("bad", GOOD.replace("{name}", "bad") + source)
    snapshot = start().snapshot()
    assert snapshot.plugins_by_name["bad"].status == "quarantined"
    assert expected in snapshot.plugins_by_name["bad"].reason
    assert "\n" not in snapshot.plugins_by_name["bad"].reason
    assert "denoise.tv" in snapshot.tools_by_id


@pytest.mark.parametrize("case", [case for case in MEDDLING if "print" not in case and "writes" not in case])
def test_what_a_plugin_meddles_with_is_put_back(case: str, announce: Announce, start: Start) -> None:
    import torch

    def shared() -> list[object]:
        return [
            os.getcwd(), dict(os.environ), list(warnings.filters), signal.getsignal(signal.SIGINT), sys.stdout,
            sys.excepthook, list(sys.path), sys.getrecursionlimit(), torch.get_default_dtype(),
        ]

    announce("odd", GOOD + MEDDLING[case])
    host = start()
    before = shared()
    assert host.tool("odd.keep").title == "Keep"
    assert shared() == before


def test_a_repaired_or_enabled_plugin_is_tried_again(announce: Announce, start: Start, described: list[str]) -> None:
    announce("bad", "import os\nos._exit(1)")
    start().snapshot()
    assert start().enable("bad").status == "quarantined"
    announce("bad", GOOD)
    assert start().snapshot().plugins_by_name["bad"].status == "loaded"
    assert described == ["bad"] * 3


DIES = "import os, pathlib\nif pathlib.Path({flag!r}).exists(): os._exit(9)\n"


def test_what_was_imported_when_the_program_died_is_left_out(
    announce: Announce, start: Start, tmp_path: Path, site: Path
) -> None:
    flag = tmp_path / "flag"
    announce("bad", DIES.format(flag=str(flag)) + GOOD)
    assert start().snapshot().plugins_by_name["bad"].status == "loaded"
    flag.touch()
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(site)!r})
from desktop_app.core.plugins.host import PluginHost
from desktop_app.core.settings import Settings
home = Path({str(tmp_path)!r})
PluginHost(home / "cache" / "tools.json", home / "user", Settings(home / "settings.json")).tool("bad.keep")
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    host = start()
    assert "ended while it was imported" in host.snapshot().plugins_by_name["bad"].reason
    with pytest.raises(PluginError, match="ended while it was imported"):
        start().tool("bad.keep")
    flag.unlink()
    assert start().enable("bad").status == "loaded"


def test_what_another_process_is_importing_is_no_fault(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.importing("mine", "stamp"):
        assert Journal(tmp_path).fault("mine", "stamp") == ""
        note = next(tmp_path.iterdir())
        note.write_text(json.dumps(json.loads(note.read_text()) | {"process": [os.getpid(), 1.0]}))
        assert "ended" in Journal(tmp_path).fault("mine", "stamp")
        assert Journal(tmp_path).fault("mine", "other stamp") == ""
    assert journal.fault("mine", "stamp") == ""


def test_a_journal_that_cannot_be_kept_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    with Journal(tmp_path / "file").importing("mine", "stamp"):
        assert "journal of imports cannot be kept" in caplog.text


def test_a_look_without_reading_describes_nobody(announce: Announce, start: Start, described: list[str]) -> None:
    announce("mine")
    assert start().snapshot(reading=False).plugins_by_name["mine"].status == "unread"
    assert start().disable("mine").status == "disabled"
    assert described == []
    assert start().enable("mine").status == "loaded"
    assert start().snapshot(reading=False).plugins_by_name["mine"].status == "loaded"


def test_safe_mode_uses_nobodys_plugins_and_keeps_what_is_known(
    announce: Announce, start: Start, described: list[str], tmp_path: Path
) -> None:
    announce("mine")
    start().snapshot()
    settings = Settings(tmp_path / "settings.json")
    safe = PluginHost(tmp_path / "cache" / "tools.json", tmp_path / "user", settings, safe_mode=True)
    assert {one.distribution for one in (safe.cached() or pytest.fail("no cache")).tools} == {"verilens"}
    assert {one.distribution for one in safe.snapshot().tools} == {"verilens"}
    with pytest.raises(PluginError, match="safe mode"):
        safe.tool("mine.dim")
    assert "mine.dim" in start().snapshot().tools_by_id
    assert described == ["mine"]
