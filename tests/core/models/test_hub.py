"""Classifiers by name from a hub: a local one, which redirects, tells a hash or none, and sends what it likes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.cli import main
from desktop_app.core.application import Application
from desktop_app.core.models import hub as module_under_test
from desktop_app.core.models.adding import download_and_add
from desktop_app.core.models.community import library
from desktop_app.core.models.hub import on_hub, unchecked
from desktop_app.core.plugins.entries import ModelEntry
from tests.support.serving import Answering, served

NAME = "test_resnet.r160_in1k"  # timm's own for tests: half a million weights
PLACE = f"/timm/{NAME}/resolve/main/model.safetensors"


@dataclass
class Hub:
    """What it keeps, and what it says of it."""

    content: bytes = b""
    digest: str | None = None
    asked: list[str] = field(default_factory=list)
    address: str = ""


@pytest.fixture(scope="module")
def weights() -> bytes:
    network = library("timm").create_model(NAME, pretrained=False)
    return save(dict(network.state_dict()))


@pytest.fixture
def hub(weights: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    state = Hub(weights, hashlib.sha256(weights).hexdigest())

    class Handler(Answering):
        def do_HEAD(self) -> None:
            self._answer(is_whole=False)

        def do_GET(self) -> None:
            self._answer(is_whole=True)

        def _answer(self, *, is_whole: bool) -> None:
            state.asked.append(f"{self.command} {self.path}")
            if self.path == PLACE:  # large files lie elsewhere; the hub itself says what they are
                told = {} if state.digest is None else {
                    "X-Linked-Etag": f'"{state.digest}"', "X-Linked-Size": str(len(state.content)),
                }
                return self.head(302, Location="/elsewhere", ETag='"not a hash"', **told)
            if self.path != "/elsewhere":
                return self.head(404)
            self.head(200, **{"Content-Length": str(len(state.content))})
            if is_whole:
                self.wfile.write(state.content)
            return None

    with served(Handler) as state.address:
        monkeypatch.setenv("HF_ENDPOINT", f"{state.address}/")
        yield state


def fetched(application: Application, name: str) -> ModelEntry:
    wanted = on_hub(name)
    return download_and_add(
        wanted, application.library, application.host, known=(wanted,), say=lambda _share, _text: None
    )


def test_a_classifier_comes_by_its_name_and_is_checked(hub: Hub, tmp_path: Path) -> None:
    application = Application(tmp_path)
    entry = fetched(application, f"timm:{NAME}")
    assert (entry.id, entry.task) == (f"timm.{NAME}", "classifier")
    assert (entry.licence, entry.commercial) == ("apache-2.0", "yes")
    assert (entry.sha256, entry.source) == (hub.digest, f"{hub.address}{PLACE}")
    assert hub.asked == [f"HEAD {PLACE}", f"GET {PLACE}", "GET /elsewhere"]
    assert len(entry.labels) == 1000
    assert entry.loader["preprocessing"]["size"] == 160  # of that training
    answer = application.models.classifier(entry.id, torch.device("cpu"))(torch.rand(1, 3, 64, 64))
    assert answer.shape == (1, 1000)
    assert np.isfinite(answer.numpy()).all()


def test_its_usual_training_is_meant_where_none_is_named(hub: Hub) -> None:
    assert on_hub("timm:test_resnet").id == f"timm.{NAME}"


def test_another_file_than_the_hub_says_is_refused(hub: Hub, tmp_path: Path) -> None:
    application = Application(tmp_path)
    hub.content = hub.content[:-1] + bytes([hub.content[-1] ^ 1])
    with pytest.raises(InputError, match="SHA-256 differs"):
        fetched(application, f"timm:{NAME}")
    assert application.library.entries() == ()


def test_a_hash_that_nobody_tells_is_said_to_be_missing(hub: Hub, tmp_path: Path) -> None:
    hub.digest = None
    assert "No hash" in unchecked(on_hub(f"timm:{NAME}"))
    application = Application(tmp_path)
    assert fetched(application, f"timm:{NAME}").sha256 == hashlib.sha256(hub.content).hexdigest()


def test_what_is_not_there_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParameterError, match="did you mean"):
        on_hub("timm:resnet81")
    with pytest.raises(ParameterError, match="expected a name of torchvision's"):
        on_hub("torchvision:resnet81")
    with pytest.raises(InputError, match="404"):
        on_hub("timm:test_vit.r160_in1k")
    monkeypatch.setenv("HF_ENDPOINT", "ftp://somewhere")
    with pytest.raises(InputError, match="begins with http"):
        on_hub(f"timm:{NAME}")


def test_torchvision_tells_its_hash_in_the_file_s_name() -> None:
    entry = on_hub("torchvision:resnet18")
    assert (entry.id, entry.sha256, entry.loader) == (
        "torchvision.resnet18", "f37072fd", {"architecture": "torchvision:resnet18"}
    )
    assert entry.urls[0].endswith("/resnet18-f37072fd.pth")


def test_weights_with_neither_hub_nor_address_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        def to_dict(self) -> dict[str, Any]:
            return {"architecture": "test_resnet"}

    timm = module_under_test.library("timm")
    monkeypatch.setattr(timm.models, "get_pretrained_cfg", lambda _name: Bare())
    with pytest.raises(ParameterError, match="has none to download"):
        on_hub("timm:test_resnet")


def test_the_command_line_downloads_by_name(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "download", f"timm:{NAME}", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == f"timm.{NAME}"
    hub.digest = None
    assert main(["models", "remove", f"timm.{NAME}"]) == 0
    main(["models", "download", f"timm:{NAME}"])
    assert "No hash" in capsys.readouterr().err
