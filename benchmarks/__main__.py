"""``python -m benchmarks [NAME…] [--output FILE]``."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.timing import table
from desktop_app.core.system import prepare_libraries

# Each module has a function measure() -> list[Row] and a docstring that says what is compared with what.
NAMES = (
    "startup", "canvas", "engine", "desk", "window", "responsiveness", "quality", "tuned", "attacks", "models",
    "lab", "peers",
)  # fmt: skip


def main() -> None:
    """Run the benchmarks that were named, and print or write their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"out of {', '.join(NAMES)}; all when none is named")
    parser.add_argument("--output", type=Path, help="a Markdown file for the tables")
    given = parser.parse_args()
    unknown = set(given.names) - set(NAMES)
    if unknown:
        parser.error(f"expected names out of {', '.join(NAMES)}, got {', '.join(sorted(unknown))}")
    prepare_libraries(for_window=given.names == ["window"])  # as the program does before numpy and torch are imported
    parts = [f"# Benchmarks\n\n{_machine()}"]
    for name in given.names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        parts.append(f"## {name.capitalize()}\n\n{(module.__doc__ or '').strip()}\n\n{table(module.measure())}")
        print(parts[-1], flush=True)
    if given.output:
        given.output.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _machine() -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. Medians of alternating runs."
    )


if __name__ == "__main__":
    main()
