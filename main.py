"""Starts Verilens: ``python main.py …`` is the same program as ``verilens …``."""

from __future__ import annotations

import sys

from desktop_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
