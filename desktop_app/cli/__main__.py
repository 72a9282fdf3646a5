"""``python -m desktop_app.cli``: the same program, where the ``verilens`` command is not installed."""

from __future__ import annotations

import sys

from desktop_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
