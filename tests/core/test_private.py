"""What is the user's stays the user's, whatever the umask; what is exported follows it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.core.application import Application
from desktop_app.core.imaging.files import save_photo
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import MapLayer, Outcome, StepRecord
from desktop_app.core.private import private_file, private_folder
from desktop_app.core.steps.kept import keep_kernel, keep_mask

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes are a matter of Unix")

WIDTH, HEIGHT = 30, 20


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Set a umask for a test, and return it."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return a small photo."""
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)).save(path)
    path.chmod(0o644)
    return path


def made_outcome() -> Outcome:
    """Return a step with a picture and a map."""
    values = np.linspace(0, 1, WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)
    record = StepRecord("denoise.tv", "restoration", "Total variation", "denoise.tv", "1", {}, 0)
    layer = MapLayer("spread", "uncertainty", "levels", "High where it is unsure.", "inferno", values)
    return Outcome(record, Raster(np.zeros((HEIGHT, WIDTH, 3), np.uint16)), (layer,))


def rights(folder: Path) -> dict[str, int]:
    """Return the mode of every file and folder below one, and its own."""
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}


def test_all_that_the_program_keeps_is_the_users_alone(tmp_path: Path, photo: Path, umask: int) -> None:
    home = private_folder(tmp_path / "home")
    application = Application(home)
    try:
        document = application.session.open_photo(photo)
        document.commit(document.root, made_outcome())
        document.flush()
        application.settings.set("theme", "dark")
        keep_mask(np.zeros((HEIGHT, WIDTH), np.uint8), application.inputs)
        keep_kernel(np.ones((3, 3), np.float32), application.inputs)
        found = rights(home)
    finally:
        application.close()
    assert {Path(name).suffix for name in found} >= {".vlens", ".vlens-wal", ".vlens-shm", ".lock", ".png", ".tif"}
    opened = {name: oct(mode) for name, mode in found.items() if mode & 0o077}
    assert set(opened) <= {"data/settings.json"}  # nothing of a photo is in it, and its folder is closed
    assert {found[name] for name in ("data", "data/session", "data/inputs")} == {0o700}


@pytest.mark.parametrize("umask", [0o000, 0o022], ids=oct, indirect=True)
def test_what_is_opened_again_is_closed_to_others(tmp_path: Path, photo: Path, umask: int) -> None:
    folder = tmp_path / "home" / "data" / "session"
    first = Application(tmp_path / "home")
    first.session.open_photo(photo).commit("s0", made_outcome())
    first.close()
    for path in folder.iterdir():
        path.chmod(0o666)
    folder.chmod(0o777)
    again = Application(tmp_path / "home")
    again.session.recover(again.session.recoverable()[0])
    assert {mode & 0o077 for mode in rights(folder).values()} == {0}
    again.close()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct, indirect=True)
def test_what_is_exported_follows_the_umask(tmp_path: Path, photo: Path, umask: int) -> None:
    application = Application(tmp_path / "home")
    document = application.session.open_photo(photo)
    document.save_as(tmp_path / "work.vlens")
    save_photo(tmp_path / "out.png", document.raster("s0"), document.metadata)
    application.close()
    for name in ("work.vlens", "out.png"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_file_that_is_there_keeps_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"kept")
    path.chmod(0o644)
    assert private_file(path).read_bytes() == b"kept"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_home_of_ones_own_is_all_that_is_touched(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = tmp_path / "absent"
    monkeypatch.setenv("VERILENS_HOME", str(absent))
    application = Application(tmp_path / "home")
    document = application.session.open_photo(photo)
    document.commit(document.root, made_outcome())
    application.settings.set("theme", "dark")
    keep_mask(np.zeros((HEIGHT, WIDTH), np.uint8), application.inputs)
    application.host.snapshot()
    application.close()
    assert not absent.exists()
