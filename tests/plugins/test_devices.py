"""Every built-in tool keeps to its photos' device: shown in a process apart, since a device cannot be taken back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_CHECKS = Path(__file__).with_name("elsewhere_checks.py")


def test_tools_and_engine_work_elsewhere() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(_CHECKS)]
    done = subprocess.run(
        command, env=environment, cwd=_CHECKS.parents[2], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
