"""Files that lie about what they hold: refused in one sentence, before their claims cost memory or time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.application import Application
from desktop_app.core.models.weights import read_weights
from tests.core.models.test_library import add, dncnn, ids


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return Application(tmp_path_factory.mktemp("store"))


def _in_itself(path: Path) -> None:
    whole: dict[str, Any] = {}
    whole["state_dict"] = whole
    torch.save(whole, path)


def _nested(path: Path) -> None:
    """Write dictionaries within one another thirty thousand times, as no pickler of Python's would."""
    torch.save({}, path)
    with zipfile.ZipFile(path) as archive:
        parts = {one.filename: archive.read(one) for one in archive.infolist()}
    text = b"\x80\x02" + b"}X\x0a\x00\x00\x00state_dict" * 30_000 + b"}" + b"s" * 30_000 + b"."
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, text if name.endswith("data.pkl") else content)


def _expanded(path: Path) -> None:
    torch.save({"model.0.weight": torch.zeros(1).expand(1_000_000, 1_000_000)}, path)


def _sparse(path: Path) -> None:
    torch.save({"model.0.weight": torch.eye(4).to_sparse()}, path)


def _without_numbers(path: Path) -> None:
    torch.save({name: part.to("meta") for name, part in dncnn().items()}, path)


def _complex(path: Path) -> None:
    save_file({name: part.to(torch.complex64) for name, part in dncnn().items()}, path)


def _whole_numbers(path: Path) -> None:
    save_file({name: (127 * part).to(torch.int8) for name, part in dncnn().items()}, path)


def _claiming_terabytes(path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**6, 10**6)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", header.getvalue() + bytes(100))


def _packed_otherwise(path: Path) -> None:
    np.savez(path.with_suffix(".npz"), a=np.zeros(3))
    content = bytearray(path.with_suffix(".npz").read_bytes())
    content[8] = content[content.find(b"PK\x01\x02") + 10] = 99  # a method of compression that nobody knows
    path.write_bytes(content)


UNSOUND: dict[Callable[[Path], None], str] = {
    _in_itself: "found no tensor", _nested: "found no tensor", _expanded: "claim to unpack to 4000000000000",
    _sparse: "is sparse", _without_numbers: "without numbers", _complex: "is complex64",
    _whole_numbers: "whole numbers alone", _claiming_terabytes: "cannot be read", _packed_otherwise: "cannot be read",
}  # fmt: skip


@pytest.mark.parametrize("write", UNSOUND, ids=lambda write: write.__name__)
def test_a_file_that_lies_is_refused_in_a_sentence(tmp_path: Path, write: Callable[[Path], None]) -> None:
    path = tmp_path / "model.pth"
    write(path)
    with pytest.raises(InputError, match=UNSOUND[write]) as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)


def test_tensors_that_share_their_numbers_are_no_lie(tmp_path: Path) -> None:
    shared = torch.ones(4, 4)
    torch.save({"encoder": shared, "decoder": shared, "bias": torch.zeros(1).expand(1000)}, tmp_path / "tied.pth")
    assert len(read_weights(tmp_path / "tied.pth")) == 3


@pytest.mark.parametrize("channels", [2, 5])
def test_a_network_for_other_channels_is_told(application: Application, tmp_path: Path, channels: int) -> None:
    save_file(dncnn(channels=channels), tmp_path / "bands.safetensors")
    with pytest.raises(ParameterError, match=f"takes {channels} and gives {channels} channels; photos have 1 or 3"):
        add(application, tmp_path / "bands.safetensors")
    assert ids(application) == []
