"""A state dict of a network that a plugin brings is known again: as the very file by its hash, else by its sizes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from desktop_app.api.errors import ParameterError
from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.models.adding import add_file
from desktop_app.core.models.recognition import likeliest, part_with
from desktop_app.core.plugins.entries import ModelEntry


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return Application(tmp_path_factory.mktemp("recognition"))


@pytest.fixture(scope="module")
def brought(application: Application) -> list[ModelEntry]:
    return [one for one in application.host.snapshot().models if one.plugin and one.weights]


@pytest.fixture
def adding(application: Application) -> Iterator[Any]:
    made: list[str] = []

    def add(path: Path) -> ModelEntry:
        entry = add_file(path, application.library, application.host, model_id=f"again{len(made)}")
        made.append(entry.id)
        return entry

    yield add
    for one in made:
        application.library.remove(one)


def test_trained_on_weights_of_every_network_of_ours_are_recognised(brought: list[ModelEntry]) -> None:
    for file in {one.weights for one in brought}:
        state = {name: value + 0.5 for name, value in load_file(file).items()}
        found = likeliest(state, brought)
        assert found is not None, file
        own = load_file(found.weights)  # several are of one network: members of an ensemble
        assert {name: value.shape for name, value in own.items()} == {name: part.shape for name, part in state.items()}


def test_a_plain_state_dict_of_a_network_of_ours_becomes_a_model(
    adding: Any, brought: list[ModelEntry], tmp_path: Path, application: Application
) -> None:
    one = next(one for one in brought if one.id == "denoise.deep_blind")
    weights = {f"module.{name}": value * 1.01 for name, value in load_file(one.weights).items()}
    torch.save({"params_ema": weights}, tmp_path / "mine.pth")
    entry = adding(tmp_path / "mine.pth")
    assert (entry.task, entry.loader["architecture"], entry.licence) == ("restoration", one.id, "")
    raster = Raster(np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8))
    done = application.engine.run(ToolRequest("restore.model", subjects=(ModelSpec(entry.id),)), raster)
    assert done.raster is not None


@pytest.mark.parametrize("beside", [(), ("criterion.weight",)])
def test_a_network_in_a_checkpoint_of_a_trainer_is_opened_and_opened_again(
    beside: tuple[str, ...], adding: Any, brought: list[ModelEntry], tmp_path: Path, application: Application
) -> None:
    one = next(one for one in brought if one.id == "denoise.deep_blind")
    weights = {f"model.{name}": value * 1.01 for name, value in load_file(one.weights).items()}
    weights |= {name: torch.ones(3) for name in beside}
    torch.save({"state_dict": weights, "epoch": 3}, tmp_path / "last.ckpt")
    entry = adding(tmp_path / "last.ckpt")
    raster = Raster(np.random.default_rng(0).integers(0, 255, (20, 24, 3), dtype=np.uint8))
    done = application.engine.run(ToolRequest("restore.model", subjects=(ModelSpec(entry.id),)), raster)
    assert done.raster is not None


def test_the_part_that_a_network_wants_is_found_below_any_name() -> None:
    wanted = ("stem.weight", "head.bias")
    bare = {name: torch.ones(2) for name in wanted}
    lying = {f"a.b.{name}": value for name, value in bare.items()}
    others = {"loss.head.bias": torch.zeros(2), "head.bias.more": torch.zeros(2)}
    for state in (bare, lying, lying | others):
        assert set(part_with(state, wanted)) == set(wanted)
    assert part_with(others, wanted) == others
    assert part_with(lying, ()) == lying
    with pytest.raises(ParameterError, match=r"got 2 of the same form, under a\.b\. and ema\.;"):
        part_with(lying | {f"ema.{name}": value for name, value in bare.items()}, wanted)


def test_a_bundled_file_is_known_by_its_hash(adding: Any, brought: list[ModelEntry]) -> None:
    classifiers, denoisers = ("cifar10_member_3", "cifar10_equivariant"), ("deep_blind", "dncnn_net")
    for wanted in (*(f"classify.{name}" for name in classifiers), *(f"denoise.{name}" for name in denoisers)):
        one = next(one for one in brought if one.id == wanted)
        entry = adding(Path(one.weights))
        assert (entry.title, entry.licence, entry.task, entry.labels) == (one.title, one.licence, one.task, one.labels)
        assert entry.loader["architecture"] == one.id


def test_an_architecture_is_named_by_its_bundled_model(
    application: Application, brought: list[ModelEntry], tmp_path: Path
) -> None:
    one = next(one for one in brought if one.id == "classify.cifar10_robust")
    save_file({name: value + 0.01 for name, value in load_file(one.weights).items()}, tmp_path / "mine.safetensors")
    entry = add_file(tmp_path / "mine.safetensors", application.library, application.host, architecture=one.id)
    try:
        assert entry.loader["architecture"] == one.id
    finally:
        application.library.remove(entry.id)


def test_names_that_others_have_too_come_last(tmp_path: Path) -> None:
    save_file({"head.weight": torch.zeros(2, 3), "tail.weight": torch.zeros(5)}, tmp_path / "a.safetensors")
    exact = ModelEntry(id="a", title="A", task="network", plugin="a", weights=str(tmp_path / "a.safetensors"))
    keyed = ModelEntry(id="b", title="B", task="restoration", plugin="b", keys=("head.weight",))
    state = {"head.weight": torch.ones(2, 3), "tail.weight": torch.ones(5)}
    assert likeliest(state, [keyed, exact]) is exact
    assert likeliest({**state, "tail.weight": torch.ones(6)}, [exact, keyed]) is keyed
    assert likeliest({"tail.weight": torch.ones(5)}, [exact, keyed]) is None
    (tmp_path / "a.safetensors").write_bytes(b"no table of contents")
    assert likeliest(state, [exact, keyed]) is keyed
