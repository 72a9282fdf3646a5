"""Files that are written whole: what protects them, and what killed saves leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desktop_app.api.errors import InputError
from desktop_app.core import atomic
from desktop_app.core.atomic import ProtectedFileError, replaced_file, write_text, write_whole
from desktop_app.core.processes import host_mark

KILLED = """
import os, signal, sys
from pathlib import Path
from desktop_app.core.atomic import replaced_file
with replaced_file(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def first_save_of_a_start():
    """Forget which folders this process has saved to."""
    atomic._clear_leftovers.cache_clear()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows kills in another way")
@pytest.mark.parametrize("name", ["photo.png", "é" * 120 + ".png"], ids=["short", "as long as a name may be"])
def test_the_next_save_clears_what_a_killed_one_left(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    target.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 2
    assert target.read_bytes() == b"old"
    write_whole(tmp_path / "other.png", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["other.png", name])


def test_only_what_our_dead_processes_left_is_cleared(tmp_path: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead, alive, mark = int(gone.stdout), os.getppid(), host_mark()
    other = f"{int(mark, 16) ^ 1:08x}"
    cleared = [f".a.png.{mark}-{dead}-0123456789ab.part{end}" for end in ("", "-journal", "-wal", "-shm")]
    kept = [
        f".a.png.{mark}-{alive}-0123456789ab.part", f".a.png.{mark}-{os.getpid()}-0123456789ab.part",
        f".a.png.{other}-{dead}-0123456789ab.part", f"a.png.{mark}-{dead}-0123456789ab.part",
        ".a.png.0123456789ab.part", ".a.part", f".a.png.{mark}-{dead}-0123456789ab.part.txt",
    ]  # fmt: skip
    yesterday = time.time() - 25 * 3600
    for name in (*cleared, *kept):
        (tmp_path / name).touch()
    for name in (".b.png.0123456789ab.part", ".b.vlens.0123456789ab.part-journal"):  # of a version without processes
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (yesterday, yesterday))
    os.utime(tmp_path / ".a.part", (yesterday, yesterday))
    write_whole(tmp_path / "a.png", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a.png", *kept])


def test_a_read_only_file_is_replaced_only_when_that_is_said(tmp_path: Path) -> None:
    target = tmp_path / "kept.png"
    target.write_bytes(b"old")
    target.chmod(0o444)
    with pytest.raises(ProtectedFileError, match="read-only"):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    write_whole(target, b"new", overwrite="always")
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o444
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_became_read_only_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "kept.png"
    target.write_bytes(b"old")

    def write() -> None:
        with replaced_file(target) as file:
            file.write(b"new")
            target.chmod(0o444)

    with pytest.raises(ProtectedFileError, match="read-only"):
        write()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_exists_and_what_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(ProtectedFileError, match="exists"):
        write_whole(tmp_path / "a", b"new", overwrite="never")
    with pytest.raises(InputError, match="the folder"):
        write_whole(tmp_path, b"new", overwrite="always")


@pytest.mark.skipif(os.name == "nt", reason="modes are a matter of Unix")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_file_has_the_rights_that_its_user_wants(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "a", b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_text_with_a_name_that_is_no_text_is_written_and_json_reads_the_name_again(tmp_path: Path) -> None:
    facts = {"path": "caf\udce9.png", "ünï": 1}
    write_text(tmp_path / "facts.json", json.dumps(facts, ensure_ascii=False))
    assert json.loads((tmp_path / "facts.json").read_text(encoding="utf-8")) == facts
