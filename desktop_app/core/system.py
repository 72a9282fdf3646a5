"""The process and its surroundings: asked and set before Qt and torch are imported."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

# Debian's and Ubuntu's package of each library that Qt links but its wheel does not bring.
_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}


def prepare_libraries(environment: MutableMapping[str, str] = os.environ, *, for_window: bool = False) -> None:
    """Say what torch, numpy and pydantic read once, when they are imported, unless the user has said otherwise.

    Torch's threads are to sleep while they wait for each other: by default they spin, which on cores that others use
    too (the window's own thread is one) made an attack forty times slower. What an Apple GPU cannot do, the CPU does.
    Pydantic is to load no plugins of its own: looking for them, it stumbles over any malformed distribution.

    Parameters
    ----------
    environment : mapping
        The process's own, or another's to be.
    for_window : bool
        Whether a user waits for photos one by one. Numpy is then not to ask for huge pages: where memory is in pieces,
        the kernel makes room for them as a photo is first written to, which takes longer than its decoding. A batch
        uses the same memory again and again, and gains by them.
    """
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    environment.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    environment.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if for_window:
        environment.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")


def has_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Return whether a window can be shown: always on macOS and Windows, elsewhere if a display is named."""
    if environment.get("QT_QPA_PLATFORM"):
        return True
    return not platform.startswith("linux") or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def qt_fault(*, off_screen: bool = False) -> str | None:
    """Return one sentence on why Qt cannot start here, with the command that mends it; None when it can.

    Parameters
    ----------
    off_screen : bool
        Whether no window is to be shown, so that the libraries of the X server are not needed.
    """
    spec = importlib.util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return "expected PySide6, which draws the window, found none; install it: pip install PySide6-Essentials"
    if not sys.platform.startswith("linux"):
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "Qt"
    needed = [folder / "lib" / "libQt6Widgets.so.6"]
    needed += [] if off_screen else [folder / "plugins" / "platforms" / "libqxcb.so"]
    missing = sorted({name for path in needed if not _loads(path) for name in missing_libraries(path)})
    return install_sentence(missing) if missing else None


def install_sentence(libraries: list[str]) -> str:
    """Return what is missing and the command that installs it, as far as Debian's package names are known."""
    packages = " ".join(sorted(_PACKAGES.get(name, name) for name in libraries))
    return (
        f"expected the system libraries that Qt needs, missing {', '.join(libraries)}; "
        f"install them: sudo apt-get install {packages}"
    )


def missing_libraries(path: Path) -> list[str]:
    """Return the names of the libraries that a shared object links and that this system lacks."""
    import shutil
    import subprocess

    linker = shutil.which("ldd")
    if linker is None:
        return []
    listing = subprocess.run([linker, str(path)], capture_output=True, text=True, check=False).stdout
    return [line.split("=>")[0].strip() for line in listing.splitlines() if "not found" in line]


def _loads(path: Path) -> bool:
    """Return whether the linker can load a library; what it loads, Qt would load next anyway."""
    import ctypes

    try:
        ctypes.CDLL(str(path))
    except OSError:
        return False
    return True
