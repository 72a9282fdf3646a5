"""Two processes on one project: the second is told, and a killed one locks nobody out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.core.atomic import ProtectedFileError
from desktop_app.core.document import holders
from desktop_app.core.processes import started_at, this_host

ROOT = Path(__file__).resolve().parents[3]

STARTED = started_at(os.getppid())

OPENED = """
import sys
from pathlib import Path
from desktop_app.core.document.session import Session
session = Session(Path(sys.argv[1]))
document = session.open_project(Path(sys.argv[2]))
print("open", flush=True)
if sys.stdin.readline() == "close\\n":
    session.close()
"""


@pytest.fixture
def project(sessions, photo, tmp_path) -> Path:
    """Return a project that nobody has open."""
    path = tmp_path / "work.vlens"
    document = sessions().open_photo(photo)
    document.save_as(path)
    document.close()
    return path


@pytest.fixture
def other_process(project, tmp_path) -> Iterator[subprocess.Popen[str]]:
    """Return another process that has the project open."""
    command = [sys.executable, "-c", OPENED, str(tmp_path / "elsewhere"), str(project)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def lock_of(project: Path) -> Path:
    return project.with_name(f".{project.name}.lock")


def test_the_second_process_is_told_and_replaces_nothing_unasked(other_process, project, session, make_outcome):
    document = session.open_project(project)
    (notice,) = document.notices
    assert f"work.vlens is open in process {other_process.pid} on {this_host()} too" in notice
    before = project.read_bytes()
    document.commit("s0", make_outcome(1))
    with pytest.raises(ProtectedFileError, match=f"process {other_process.pid}"):
        document.save_as(project)
    assert project.read_bytes() == before
    document.save_as(project.with_name("mine.vlens"))
    assert json.loads(lock_of(project).read_bytes())["process"] == other_process.pid
    document.save_as(project, overwrite="always")
    document.save_as(project)  # it was asked, and told: from now on the other one is
    assert json.loads(lock_of(project).read_bytes())["process"] == os.getpid()
    assert list(session.open_project(project).states) == ["s0", "s1"]


def test_a_read_only_project_is_replaced_only_when_that_is_said(project, session):
    document = session.open_project(project)
    document.rename("s0", "changed")
    project.chmod(0o444)
    for overwrite in ("never", "unprotected"):
        with pytest.raises(ProtectedFileError):
            document.save_as(project, overwrite=overwrite)
    assert document.is_modified
    document.save_as(project, overwrite="always")
    assert not document.is_modified
    assert session.open_project(project).states["s0"].title == "changed"


def test_a_project_that_was_closed_is_free(other_process, project, session):
    other_process.communicate("close\n")
    assert not lock_of(project).exists()
    assert session.open_project(project).notices == ()
    assert json.loads(lock_of(project).read_bytes())["process"] == os.getpid()


def test_the_claim_of_a_killed_process_is_taken_over(other_process, project, session):
    other_process.kill()
    other_process.wait()
    assert lock_of(project).exists()
    document = session.open_project(project)
    assert document.notices == ()
    document.save_as(project)
    document.close()
    assert not lock_of(project).exists()


def test_one_process_may_open_a_project_twice(project, session):
    one, other = session.open_project(project), session.open_project(project)
    assert one.notices == other.notices == ()
    one.close()
    assert lock_of(project).exists()
    other.save_as(project)
    other.close()
    assert not lock_of(project).exists()


def test_saving_elsewhere_moves_the_claim(project, session):
    document = session.open_project(project)
    document.save_as(project.with_name("other.vlens"))
    assert not lock_of(project).exists()
    assert lock_of(project.with_name("other.vlens")).exists()


@pytest.mark.parametrize(
    ("content", "is_told"),
    [
        (b"", False), (b"\xff\xfe", False), (b"[]", False), (b"{}", False), (b"[" * 999, False), (b"x" * 5000, False),
        (b'{"host": 1, "process": 2, "started": 3}', False),
        (json.dumps({"host": "far away", "process": 1, "started": 0.0}).encode(), True),
        (json.dumps({"host": "far away", "process": 0, "started": 0.0}).encode(), False),
        (json.dumps({"host": this_host(), "process": os.getppid(), "started": 1.0}).encode(), False),
        (json.dumps({"host": this_host(), "process": os.getppid(), "started": (STARTED or 0) - 1.5}).encode(), False),
        (json.dumps({"host": this_host(), "process": os.getppid(), "started": (STARTED or 0) + 0.5}).encode(), True),
        (json.dumps({"host": this_host(), "process": os.getppid(), "started": STARTED}).encode(), True),
    ],
    ids=[
        "empty", "no text", "a list", "nothing", "deep", "long", "wrong types", "another machine", "no process",
        "number used again", "number used again soon", "a clock that was set", "alive",
    ],
)  # fmt: skip
def test_what_counts_as_a_claim(project, content, is_told):
    lock_of(project).write_bytes(content)
    assert (holders.other_holder(project) is not None) == is_told
    assert (holders.claim(project) is not None) == is_told
    holders.release(project)
    assert lock_of(project).exists() == is_told
