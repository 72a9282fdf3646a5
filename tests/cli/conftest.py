"""A home with a small photo, a small classifier, and plugins that misbehave when they run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop_app.cli import main

CLASSIFIER = """
import hashlib
from pathlib import Path

from desktop_app.api import Model, hookimpl

def build():
    import torch
    return torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten(), torch.nn.Dropout(0.3),
                               torch.nn.Linear(48, 6))

@hookimpl
def verilens_models():
    weights = Path(__file__).parent / "tiny.safetensors"
    return [Model(id="cli_tiny.net", title="Tiny", task="classifier", builder="cli_tiny:build", weights=weights,
                  sha256=SHA, labels=tuple("abcdef"), licence="MIT")]
"""

TOOLS = """
from desktop_app.api import Tool, hookimpl

def fail(images, params, run):
    raise RuntimeError("the method fell over")

def chat(images, params, run):
    from desktop_app.api import Result
    print("hello from a plugin")
    return Result(image=images)

@hookimpl
def verilens_tools():
    return [Tool(id=f"cli_rough.{name}", title=name, kind="restoration", summary="Does.", version="1", reach=0,
                 algorithm=f"cli_rough:{name}") for name in ("fail", "chat", "absent")]
"""


@dataclass(frozen=True)
class Said:
    """What one run of the program said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program in this process."""

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in arguments])
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A colour PNG of 24×20 pixels with some structure."""
    pixels = np.random.default_rng(1).integers(60, 200, (20, 24, 3), dtype=np.uint8)
    pixels[5:15, 6:18] = (200, 90, 60)
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder_plugin(home: Path, run: Run) -> Iterator[Callable[[str, str], Path]]:
    """Put a file into the user's plugin folder and trust it."""
    names: list[str] = []

    def write(name: str, source: str) -> Path:
        path = home / "data" / "plugins" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        names.append(name)
        run("plugins", "trust", name)
        return path

    yield write
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def rough(folder_plugin: Callable[[str, str], Path]) -> Path:
    """Tools that raise, print and are not there."""
    return folder_plugin("cli_rough", TOOLS)


@pytest.fixture
def classifier(home: Path, folder_plugin: Callable[[str, str], Path]) -> Path:
    """A classifier of six classes with a dropout layer; returns its weights file."""
    import hashlib

    import torch
    from safetensors.torch import save_file

    weights = home / "data" / "plugins" / "tiny.safetensors"
    weights.parent.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(3)
    save_file({"3.weight": torch.randn(6, 48, generator=generator), "3.bias": torch.zeros(6)}, weights)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    folder_plugin("cli_tiny", CLASSIFIER.replace("SHA,", f"{digest!r},"))
    return weights
