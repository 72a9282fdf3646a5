"""What users bring: opened without being run, tried on a photo, kept whole or not at all."""

from __future__ import annotations

import json
import pickle
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from desktop_app.api.errors import Cancelled, InputError, ParameterError, VerilensError
from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.models.adding import add_file, read_labels
from desktop_app.core.models.community import library
from desktop_app.core.models.published_names import spoken_of
from desktop_app.core.models.weights import read_weights, tensors_in
from desktop_app.core.plugins.entries import ModelEntry


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return Application(tmp_path_factory.mktemp("store"))


def dncnn(channels: int = 1, width: int = 8, layers: int = 9) -> dict[str, torch.Tensor]:
    """Return the weights of a small DnCNN that changes little."""
    torch.manual_seed(0)
    sizes = [channels, *[width] * (layers - 1), channels]
    convolutions = [nn.Conv2d(a, b, 3, padding=1) for a, b in pairwise(sizes)]
    return {
        f"model.{2 * index}.{name}": 0.1 * value.detach()
        for index, one in enumerate(convolutions)
        for name, value in one.state_dict().items()
    }


def add(application: Application, path: Path, **more: Any) -> ModelEntry:
    return add_file(path, application.library, application.host, **more)


def ids(application: Application) -> list[str]:
    return [entry.id for entry in application.library.entries()]


@pytest.mark.parametrize(
    ("suffix", "wrapped"),
    [(".pth", "plain"), (".pth", "params_ema"), (".pth", "module."), (".safetensors", "plain"),
     (".safetensors", "module.")],
)
def test_a_restorer_is_recognised_added_run_and_removed(
    application: Application, tmp_path: Path, suffix: str, wrapped: str
) -> None:
    path = tmp_path / f"small denoiser{suffix}"
    weights = dncnn() if wrapped != "module." else {f"module.{name}": value for name, value in dncnn().items()}
    if suffix == ".safetensors":
        save_file(weights, path)
    else:
        torch.save({"params": {}, "params_ema": weights} if wrapped == "params_ema" else weights, path)
    entry = add(application, path)
    try:
        assert (entry.id, entry.task, entry.architecture, entry.scale) == ("small_denoiser", "restoration", "DnCNN", 1)
        assert (entry.channels, entry.tiling, entry.reach) == ((1, 1), "exact", 16)
        assert entry in application.host.snapshot().models
        raster = Raster(np.random.default_rng(0).integers(0, 255, (65, 97, 3), dtype=np.uint8))
        whole, cut = (
            application.engine.run(
                ToolRequest("restore.model", subjects=(ModelSpec(entry.id),), tile=tile, precision="float32"), raster
            )
            for tile in ("none", 32)
        )
        assert whole.raster is not None
        assert cut.raster is not None
        assert cut.record.tile == 32
        np.testing.assert_allclose(cut.raster.planes(), whole.raster.planes(), atol=1 / 65535)
        assert (whole.record.model, whole.record.digests) == (entry.id, (entry.sha256,))
        again = application.engine.run(whole.record.request(), raster)
        assert again.raster is not None
    finally:
        application.library.remove(entry.id)
    assert ids(application) == []
    assert entry.id not in application.host.snapshot().models_by_id


class Bomb:
    def __reduce__(self) -> Any:
        return (print, ("boom",))


def _text(path: Path) -> None:
    path.write_text("hello, these are no weights at all\n" * 9)


def _pickle(path: Path) -> None:
    torch.save({"model.0.weight": torch.zeros(1), "more": Bomb()}, path)


def _old_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Bomb(), protocol=2))


def _new_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"weight": [0.0] * 9, "more": Bomb()}, protocol=4))


def _program(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", b"")
        archive.writestr("net/constants.pkl", b"")
        archive.writestr("net/code/__torch__.py", b"")


def _cut(path: Path) -> None:
    save_file(dncnn(), path)
    path.write_bytes(path.read_bytes()[:-100])


def _cut_archive(path: Path) -> None:
    torch.save(dncnn(), path)
    path.write_bytes(path.read_bytes()[:3000])


def _swollen(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(200 << 20))


def _nothing(path: Path) -> None:
    path.write_bytes(b"")


BAD = {
    _text: "which is none of them", _pickle: "could run any program", _old_pickle: "could run any program",
    _new_pickle: "asks for builtins.print and could run any program",
    _program: "a TorchScript file, which is a program", _cut: "expected whole weights", _swollen: "claim to unpack",
    _cut_archive: "damaged or cut short", _nothing: "which is none of them",
}  # fmt: skip


@pytest.mark.parametrize("write", BAD, ids=lambda write: write.__name__)
def test_what_is_no_sound_file_of_weights_is_refused_and_nothing_kept(
    application: Application, tmp_path: Path, write: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.pth"
    write(path)
    with pytest.raises(InputError, match=BAD[write]) as caught:
        add(application, path)
    assert "\n" not in str(caught.value)
    assert ids(application) == []
    assert not list(application.library.folder.glob(".*.part"))
    assert "boom" not in capsys.readouterr().out


def test_numbers_and_names_beside_the_weights_are_harmless(tmp_path: Path) -> None:
    path = tmp_path / "model.th"
    torch.save({"best": np.float64(0.9), "epoch": np.int64(3), "state_dict": dncnn()}, path)
    assert read_weights(path).keys() == dncnn().keys()


def test_averaged_weights_come_before_the_last_ones() -> None:
    old, new = torch.zeros(1), torch.ones(1)
    assert tensors_in({"params": {"a": old}, "params_ema": {"a": new}}) == {"a": new}


def test_what_nobody_knows_is_told_with_the_ways_out(application: Application, tmp_path: Path) -> None:
    path = tmp_path / "strange.safetensors"
    save_file({"strange.weight": torch.zeros(3, 3)}, path)
    with pytest.raises(ParameterError, match=r"--architecture NAME, or bring its architecture by a plugin"):
        add(application, path)
    with pytest.raises(ParameterError, match="expected an architecture of a plugin, spandrel, timm or torchvision"):
        add(application, path, architecture="resnot50")
    with pytest.raises(ParameterError, match="expected weights of"):
        add(application, path, architecture="resnet18")
    with pytest.raises(ParameterError, match="expected weights of timm's resnet18"):
        add(application, path, architecture="timm:resnet18")
    with pytest.raises(ParameterError, match="got 'timm:resnot50'"):
        add(application, path, architecture="timm:resnot50")


@pytest.mark.parametrize(("name", "spoken"), [
    ("resnet18-f37072fd", "resnet18"), ("my_vit_tiny_patch16_224", "vit_tiny_patch16_224"), ("preresnet18b", ""),
])  # fmt: skip
def test_a_file_s_name_may_speak_of_its_architecture(name: str, spoken: str) -> None:
    assert spoken_of(name) == spoken


@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_a_classifier_of_timm_is_named_with_its_library(
    application: Application, tmp_path: Path, ending: str
) -> None:
    torch.manual_seed(0)
    network = library("timm").create_model("mobilenetv3_small_050", pretrained=False, num_classes=3)
    path = tmp_path / f"mine.{ending}"
    save_file(network.state_dict(), path) if ending == "safetensors" else torch.save(network.state_dict(), path)
    (tmp_path / "names.txt").write_text("cat\ndog\nfox\n", encoding="utf-8")
    entry = add(
        application, path, model_id=f"timm-{ending}", architecture="timm:mobilenetv3_small_050",
        labels=tmp_path / "names.txt",
    )
    assert (entry.task, entry.architecture, entry.labels) == (
        "classifier", "timm:mobilenetv3_small_050", ("cat", "dog", "fox"))
    photo = torch.rand(1, 3, 40, 50, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert application.models.classifier(entry.id, torch.device("cpu"))(photo).shape == (1, 3)
    application.library.remove(entry.id)


@pytest.mark.parametrize("wrong", ["../escape", "a b", ".hidden", "x" * 81])
def test_an_id_is_a_plain_name(application: Application, tmp_path: Path, wrong: str) -> None:
    save_file(dncnn(), tmp_path / "m.safetensors")
    with pytest.raises(ParameterError, match="expected an id of letters"):
        add(application, tmp_path / "m.safetensors", model_id=wrong)


def test_a_file_may_not_have_the_name_of_the_library_s_own(application: Application, tmp_path: Path) -> None:
    torch.save(dncnn(), tmp_path / "model.json")
    with pytest.raises(InputError, match=r"got 'model\.json'; rename it"):
        add(application, tmp_path / "model.json")
    assert ids(application) == []


def test_an_id_is_taken_once(application: Application, tmp_path: Path) -> None:
    save_file(dncnn(), tmp_path / "m.safetensors")
    with pytest.raises(ParameterError, match="which is taken"):
        add(application, tmp_path / "m.safetensors", model_id="classify.cifar10_resnet")
    assert add(application, tmp_path / "m.safetensors", model_id="mine").title == "mine"
    with pytest.raises(ParameterError, match="which is taken"):
        add(application, tmp_path / "m.safetensors", model_id="mine")
    application.library.remove("mine")


def test_adding_can_be_cancelled_and_leaves_nothing(application: Application, tmp_path: Path) -> None:
    save_file(dncnn(), tmp_path / "m.safetensors")

    def say(share: float, _message: str) -> None:
        if share >= 0.9:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        add(application, tmp_path / "m.safetensors", say=say)
    assert ids(application) == []
    assert not list(application.library.folder.glob(".*.part"))


def test_a_full_disk_leaves_nothing(
    application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(dncnn(), tmp_path / "m.safetensors")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="no space left on device; nothing was added"):
        add(application, tmp_path / "m.safetensors")
    assert ids(application) == []
    assert not list(application.library.folder.glob(".*.part"))


def test_damaged_facts_cost_that_model_alone(
    application: Application, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_file(dncnn(), tmp_path / "m.safetensors")
    add(application, tmp_path / "m.safetensors", model_id="good")
    add(application, tmp_path / "m.safetensors", model_id="bad")
    (application.library.folder / "bad" / "model.json").write_text("{")
    assert ids(application) == ["good"]
    assert "its facts are damaged" in caplog.text
    caplog.clear()
    (application.library.folder / "bad" / "model.json").unlink()
    application.library.remove("good")


def test_weights_that_change_afterwards_are_refused(application: Application, tmp_path: Path) -> None:
    save_file(dncnn(), tmp_path / "m.safetensors")
    entry = add(application, tmp_path / "m.safetensors", model_id="changed")
    Path(entry.weights).write_bytes(b"poison")
    with pytest.raises(VerilensError, match="the file was changed"):
        application.models.network("changed", torch.device("cpu"))
    application.library.remove("changed")


def test_a_network_for_another_task_is_told(application: Application) -> None:
    raster = Raster(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(ParameterError, match=r"expected a network that restores, got 'classify\.cifar10_resnet'"):
        application.engine.run(ToolRequest("restore.model", {"network": "classify.cifar10_resnet"}), raster)
    with pytest.raises(ParameterError, match="expected one network, got a, b"):
        application.engine.run(ToolRequest("restore.model", {"network": "b"}, subjects=(ModelSpec("a"),)), raster)


def test_a_picture_of_gigapixels_is_refused_before_anything_runs(application: Application, tmp_path: Path) -> None:
    weights = dncnn(3)
    save_file(weights, tmp_path / "m.safetensors")
    entry = add(application, tmp_path / "m.safetensors", model_id="huge")
    facts = application.library.folder / "huge" / "model.json"
    facts.write_text(json.dumps({**entry.to_json(), "scale": 16384}))
    raster = Raster(np.zeros((4, 8, 3), np.uint8))
    with pytest.raises(ParameterError, match=r"expected a result of at most 1\.1 gigapixels, got 131072×65536 pixels"):
        application.engine.run(ToolRequest("restore.model", {"network": "huge"}), raster)
    application.library.remove("huge")


def test_strength_blends_with_the_photo(application: Application) -> None:
    raster = Raster(np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8))
    full, half, none = (
        application.engine.run(ToolRequest("restore.model", {"strength": strength}, precision="float32"), raster)
        for strength in (100.0, 50.0, 0.0)
    )
    assert full.raster is not None
    assert half.raster is not None
    assert none.raster is not None
    between = 0.5 * (raster.planes() + full.raster.planes())
    np.testing.assert_allclose(half.raster.planes(), between, atol=2 / 65535)
    np.testing.assert_allclose(none.raster.planes(), raster.planes(), atol=1 / 65535)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cat\ndog\n", ("cat", "dog")),
        ('["cat", "dog"]', ("cat", "dog")),
        ('{"1": ["n2", "dog"], "0": ["n1", "cat"]}', ("cat", "dog")),
    ],
)
def test_labels_are_lines_or_json(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    (tmp_path / "labels.txt").write_text(text)
    assert read_labels(tmp_path / "labels.txt") == names


@pytest.mark.parametrize("text", ["", "\n\n", "[", '{"a": 1}', "[[]]", "[null]", '{"0": "a", "2": "c"}'])
def test_labels_that_are_none_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.txt").write_text(text)
    with pytest.raises(InputError, match="class name"):
        read_labels(tmp_path / "labels.txt")


def test_an_entry_survives_being_written(application: Application, tmp_path: Path) -> None:
    save_file(dncnn(3), tmp_path / "m.safetensors")
    entry = add(application, tmp_path / "m.safetensors", model_id="kept")
    assert ModelEntry.from_json(json.loads(json.dumps(entry.to_json()))) == entry
    assert application.library.entry("kept") == entry
    application.library.remove("kept")
