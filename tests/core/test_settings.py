"""Settings survive damage, full disks and each other."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from desktop_app.api.errors import InputError
from desktop_app.core import atomic
from desktop_app.core.settings import Settings, cache_folder, data_folder


def test_what_is_set_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.json"
    settings = Settings(path)
    assert settings.get("theme", "system") == "system"
    settings.set("theme", "dark")
    settings.set("recent", ["été.jpg"])
    assert settings.get("theme") == "dark"
    again = Settings(path)
    assert (again.get("theme"), again.get("recent"), again.warning) == ("dark", ["été.jpg"], None)


@pytest.mark.parametrize("content", [b"{broken", b"[1, 2]", b"\xff\xfe\x00", b""])
def test_a_damaged_file_is_moved_aside_and_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings = Settings(path)
    assert settings.get("theme", "system") == "system"
    assert settings.warning is not None
    assert "settings.damaged.json" in settings.warning
    assert (tmp_path / "settings.damaged.json").read_bytes() == content
    settings.set("theme", "dark")
    assert Settings(path).warning is None


@pytest.mark.parametrize(("value", "default"), [(5, []), ({}, ""), ([], {}), (None, []), ("x", {})])
def test_a_value_of_another_type_counts_as_none(tmp_path: Path, value: object, default: object) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"name": value}))
    assert Settings(path).get("name", default) == default
    assert Settings(path).get("name") == value


def test_a_value_that_cannot_be_kept_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.json"
    settings = Settings(path)
    settings.set("theme", "dark")
    with pytest.raises(TypeError):
        settings.set("theme", object())

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(InputError, match="no space"):
        settings.set("theme", "light")
    assert settings.get("theme") == "dark"
    assert json.loads(path.read_text()) == {"theme": "dark"}
    assert list(tmp_path.iterdir()) == [path]


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    threads = [threading.Thread(target=settings.set, args=(f"name{i}", i)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [Settings(tmp_path / "settings.json").get(f"name{i}") for i in range(12)] == list(range(12))


def test_who_asks_does_not_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.set("theme", "dark")
    asked: list[str] = []

    def busy(_descriptor: int) -> None:
        asking = threading.Thread(target=lambda: asked.append(settings.get("theme")))
        asking.start()
        asking.join(timeout=10)

    monkeypatch.setattr(atomic.os, "fsync", busy)
    settings.set("theme", "light")
    assert asked[:1] == ["dark"]
    assert settings.get("theme") == "light"


def test_the_home_variable_moves_both_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERILENS_HOME", str(tmp_path))
    assert (data_folder(), cache_folder()) == (tmp_path / "data", tmp_path / "cache")
    assert data_folder().is_dir()
    (tmp_path / "file").touch()
    monkeypatch.setenv("VERILENS_HOME", str(tmp_path / "file"))
    with pytest.raises(InputError, match="VERILENS_HOME"):
        data_folder()


def test_without_it_the_folders_are_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VERILENS_HOME")
    for name, folder in (("HOME", "home"), ("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    if sys.platform != "linux":
        pytest.skip("the variables are those of Linux")
    assert (data_folder(), cache_folder()) == (tmp_path / "data" / "verilens", tmp_path / "cache" / "verilens")


def test_settings_import_nothing_heavy() -> None:
    code = (
        "import sys; from desktop_app.core.settings import Settings, data_folder; data_folder();"
        "print([m for m in ('numpy', 'torch', 'pydantic', 'PySide6', 'PIL') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
