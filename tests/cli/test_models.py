"""``verilens models``: what it prints, what it refuses, and that the store stays as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from tests.core.models.test_library import dncnn


def test_a_file_is_added_told_verified_used_and_removed(run: Any, tmp_path: Path) -> None:
    save_file(dncnn(), tmp_path / "small.safetensors")
    added = run("models", "add", str(tmp_path / "small.safetensors"), "--id", "mine", "--json")
    assert added.code == 0
    payload = json.loads(added.out)
    assert set(payload) == {"id", "task", "architecture", "scale", "differentiable", "sha256", "licence"}
    assert (payload["id"], payload["task"], payload["architecture"]) == ("mine", "restoration", "DnCNN")
    listed = json.loads(run("models", "list", "--json").out)["models"]
    assert "mine" in [one["id"] for one in listed]
    assert json.loads(run("models", "info", "mine", "--json").out)["tiling"] == "exact"
    assert run("models", "verify", "mine").code == 0
    Path(json.loads(run("models", "info", "mine", "--json").out)["weights"]).write_bytes(b"x")
    assert run("models", "verify", "mine").code == 4
    assert run("models", "remove", "mine").code == 0
    assert "mine" not in [one["id"] for one in json.loads(run("models", "list", "--json").out)["models"]]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "absent.pth"), 3, "expected a model file, found none"),
        (("add", "TEXT"), 3, "which is none of them"),
        (("remove", "classify.cifar10_resnet"), 2, "disable the plugin"),
        (("info", "nothing"), 2, "nothing"),
        (("download", "4x-realesrgan-x4pluss"), 2, "did you mean"),
        (("catalogue", "--add", "absent.json"), 3, "expected a catalogue"),
    ],
)
def test_what_is_wrong_is_one_line(run: Any, tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    (tmp_path / "text.pth").write_text("no weights at all")
    done = run("models", *(str(tmp_path / "text.pth") if word == "TEXT" else word for word in words))
    assert done.code == code
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_the_catalogue_is_filtered(run: Any) -> None:
    found = json.loads(run("models", "catalogue", "--task", "jpeg", "--max-mb", "25", "--json").out)["models"]
    assert {one["purpose"] for one in found} == {"jpeg"}
    assert all(one["bytes"] <= 25e6 and not one["is_here"] for one in found)


def test_a_file_that_is_here_is_said_to_be(run: Any, tmp_path: Path) -> None:
    listed = json.loads(run("models", "list", "--json").out)["models"]
    bundled = next(one for one in listed if one["id"] == "denoise.dncnn_net")
    added = run("models", "add", bundled["weights"], "--id", "again", "--json")
    assert (added.code, json.loads(added.out)["id"]) == (0, "again")
    assert "here already as denoise.dncnn_net" in added.err


def test_names_in_a_file_do_not_steer_the_terminal(run: Any, tmp_path: Path) -> None:
    save_file({"a\x1b[31mb.weight": torch.zeros(2)}, tmp_path / "red.safetensors")
    done = run("models", "add", str(tmp_path / "red.safetensors"))
    assert (done.code, "\x1b" in done.err) == (2, False)
    assert r"a\x1b[31mb.weight" in done.err
