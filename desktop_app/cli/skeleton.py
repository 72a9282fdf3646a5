"""A plugin that works and passes the conformance kit, to go on from: what ``verilens plugins new`` writes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.plugins.validation import TASKS

_PYPROJECT = '''[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "verilens-NAME"
version = "0.1.0"
description = "A plugin for Verilens."
requires-python = ">=3.11"
dependencies = ["verilens"]

# Verilens finds the plugin by this entry point; the tools' ids begin with its name.
[project.entry-points."verilens.plugins"]
NAME = "NAME.descriptor"

[tool.hatch.build.targets.wheel]
packages = ["NAME"]
'''

_DESCRIPTOR = '''"""What Verilens knows of the tool before it runs: imports neither torch nor the algorithm."""

from __future__ import annotations

from desktop_app.api import Params, Tool, hookimpl, param


class SharpenParams(Params):
    """What can be set."""

    amount: float = param(0.5, help="More makes edges stand out more.", ge=0, le=5, soft=(0, 2), step=0.05)
    radius: int = param(2, help="More sharpens coarser detail.", unit="px", ge=1, le=50, soft=(1, 10))


@hookimpl
def verilens_tools() -> list[Tool]:
    """Return the plugin's tools."""
    return [
        Tool(
            id="NAME.sharpen",
            title="Sharpen (NAME)",
            kind="restoration",
            summary="Makes edges stand out by adding what a blur takes away.",
            version="0.1",
            algorithm="NAME.algorithm:run",
            params=SharpenParams,
            reach=lambda params: params.radius,  # how far a pixel looks: the photo can be cut into exact tiles
            differentiable=True,
        )
    ]
'''

_ALGORITHM = '''"""The method itself, a pure function; imported when the tool first runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.api import Result, Run
from torch.nn.functional import avg_pool2d, pad

if TYPE_CHECKING:
    from NAME.descriptor import SharpenParams
    from torch import Tensor


def run(images: Tensor, params: SharpenParams, run: Run) -> Result:
    """Sharpen by unsharp masking.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, nominally in [0, 1].
    params : SharpenParams
        What the user set.
    run : Run
        Progress, cancellation, seeds, further inputs.
    """
    run.check()
    radius = params.radius
    blurred = avg_pool2d(pad(images, (radius,) * 4, mode="replicate"), 2 * radius + 1, stride=1)
    return Result(image=images + params.amount * (images - blurred))
'''

_TEST = '''"""The tool keeps the host's contract, and does what it says."""

from __future__ import annotations

import pytest
import torch
from desktop_app.testing import call_tool, conformance_cases
from NAME.descriptor import verilens_tools

(TOOL,) = verilens_tools()


@pytest.mark.parametrize("case", conformance_cases(TOOL), ids=str)
def test_conformance(case):
    case()


def test_a_flat_picture_stays_as_it_is():
    flat = torch.full((1, 3, 8, 8), 0.5)
    torch.testing.assert_close(call_tool(TOOL, flat).image, flat)
'''

_README = '''# NAME

A plugin for Verilens. `NAME/descriptor.py` says what the tool is, `NAME/algorithm.py` is the method.

    pip install -e .                  # Verilens finds it at its next start
    verilens plugins check NAME       # the conformance kit
    verilens apply NAME.sharpen photo.jpg -o sharper.png -p amount=1
    pytest

Without packaging: copy the inner folder `NAME` into the plugin folder that `verilens doctor` names, and
`verilens plugins trust NAME`.
'''

_FILES = {
    "pyproject.toml": _PYPROJECT,
    "README.md": _README,
    "NAME/__init__.py": '"""A plugin for Verilens."""\n',
    "NAME/descriptor.py": _DESCRIPTOR,
    "NAME/algorithm.py": _ALGORITHM,
    "tests/test_NAME.py": _TEST,
}


def write(name: str, parent: Path) -> tuple[Path, list[Path]]:
    """Write a new plugin's folder below `parent`.

    Parameters
    ----------
    name : str
        Of the plugin, its package, and its ids' first part.
    parent : Path
        An existing folder.

    Returns
    -------
    tuple
        The new folder, and its files.

    Raises
    ------
    ParameterError
        If the name cannot be a package's, or is taken.
    InputError
        If there is no such parent, or its folder of that name is there already.
    """
    _check(name)
    root = parent / name
    if not parent.is_dir():
        raise InputError(f"expected a folder at {str(parent)!r} for the plugin, found none; make it first")
    if root.exists():
        raise InputError(f"expected a new folder {str(root)!r}, but it exists; choose another name or --folder")
    files = []
    for path, content in _FILES.items():
        file = root / path.replace("NAME", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content.replace("NAME", name), encoding="utf-8")
        files.append(file)
    return root, files


def _check(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ParameterError(f"expected a name of lower-case letters, digits and _, got {name!r}; choose another")
    if name in TASKS:
        raise ParameterError(f"expected a name of its own, got {name!r}, which begins the program's own ids")
    if importlib.util.find_spec(name) is not None:
        raise ParameterError(f"expected a name that no module has, got {name!r}; choose another")
