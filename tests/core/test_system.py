"""Without a display, or without Qt's libraries, the program says what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from desktop_app.core import system


@pytest.mark.parametrize(
    ("environment", "platform", "answer"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_display(environment: dict[str, str], platform: str, answer: bool) -> None:
    assert system.has_display(environment, platform) is answer


def test_missing_libraries_are_named_with_their_packages() -> None:
    sentence = system.install_sentence(["libEGL.so.1", "libodd.so.3"])
    assert "sudo apt-get install libegl1 libodd.so.3" in sentence


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux leaves Qt's libraries to the system")
def test_what_the_linker_cannot_find_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "_loads", lambda path: False)
    monkeypatch.setattr(system, "missing_libraries", lambda path: ["libEGL.so.1"])
    assert "apt-get install libegl1" in (system.qt_fault(off_screen=True) or "")


def test_an_absent_qt_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.importlib.util, "find_spec", lambda name: None)
    assert "pip install PySide6-Essentials" in (system.qt_fault() or "")


def test_a_library_that_loads_misses_nothing() -> None:
    assert system.missing_libraries(Path(sys.executable)) == []


def test_libraries_find_what_they_are_to_do_unless_the_user_said_otherwise() -> None:
    environment: dict[str, str] = {}
    system.prepare_libraries(environment)
    assert environment == {"OMP_WAIT_POLICY": "PASSIVE", "PYTORCH_ENABLE_MPS_FALLBACK": "1",
                           "PYDANTIC_DISABLE_PLUGINS": "__all__"}
    system.prepare_libraries(environment, for_window=True)
    assert environment["NUMPY_MADVISE_HUGEPAGE"] == "0"
    environment["OMP_WAIT_POLICY"] = "ACTIVE"
    system.prepare_libraries(environment)
    assert environment["OMP_WAIT_POLICY"] == "ACTIVE"
