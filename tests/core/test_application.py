"""The composition root: every part once, over one home, and none before it is asked for."""

from __future__ import annotations

import subprocess
import sys

from desktop_app.core.application import Application

LAZY = """
import sys
from desktop_app.core.application import Application
application = Application()
assert not {"numpy", "torch", "pydantic", "pluggy", "platformdirs"} & set(sys.modules)
application.models
assert "torch" not in sys.modules
"""


def test_making_it_imports_nothing():
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_part_is_made_once(tmp_path):
    application = Application(tmp_path)
    try:
        for name in ("settings", "host", "models", "engine", "session"):
            assert getattr(application, name) is getattr(application, name)
    finally:
        application.close()


def test_one_home_holds_it_all(tmp_path):
    application = Application(tmp_path)
    application.settings.set("theme", "dark")
    application.host.snapshot()
    assert (tmp_path / "data" / "settings.json").is_file()
    assert (tmp_path / "cache" / "tools.json").is_file()
    assert application.host.user_folder == tmp_path / "data" / "plugins"


def test_by_default_it_lives_in_the_users_home(home):
    application = Application()
    assert application.data == home / "data"
    assert application.cache == home / "cache"


def test_closing_what_was_never_opened():
    Application().close()
