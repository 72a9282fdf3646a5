"""ONNX files: run where they are sound, refused where not; without gradients they say which tool would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from desktop_app.api.errors import InputError, ParameterError, ToolError
from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.models import openers
from desktop_app.core.models.adding import add_file
from desktop_app.core.models.onnx_files import OnnxNetwork
from desktop_app.core.plugins.entries import ModelEntry


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return Application(tmp_path_factory.mktemp("onnx"))


def constant(name: str, values: Any, kind: Any = np.float32) -> TensorProto:
    return numpy_helper.from_array(np.array(values, kind), name)


def save(path: Path, nodes: list[Any], initializers: list[Any], **more: Any) -> Path:
    size, kind = more.pop("size", ("h", "w")), more.pop("kind", TensorProto.FLOAT)
    graph = helper.make_graph(
        nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, *size])],
        [helper.make_tensor_value_info("y", kind, None)], initializers,
    )
    opsets = [helper.make_opsetid("", 17), *more.pop("opsets", [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.save(model, path, **more)
    return path


def upscaler(path: Path, scale: int = 2, **more: Any) -> Path:
    """An enlargement by repetition."""
    resize = helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="nearest", nearest_mode="floor",
                              coordinate_transformation_mode="asymmetric")
    return save(path, [resize], [constant("scales", [1, 1, scale, scale])], **more)


def classifier(path: Path, classes: int = 3, is_softmax: bool = False, **more: Any) -> Path:
    """Logits that are linear in the mean of each channel."""
    weights = 9.0 * np.eye(3, classes)
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["means"]), helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits" if is_softmax else "y"]),
    ]
    nodes += [helper.make_node("Softmax", ["logits"], ["y"], axis=1)] if is_softmax else []
    return save(path, nodes, [constant("weights", weights)], **more)


def add(application: Application, path: Path, **more: Any) -> ModelEntry:
    return add_file(path, application.library, application.host, **more)


@pytest.fixture
def kept_nothing(application: Application) -> Any:
    yield
    assert application.library.entries() == ()


def test_a_restorer_enlarges_grey_and_colour_in_tiles_and_whole(application: Application, tmp_path: Path) -> None:
    entry = add(application, upscaler(tmp_path / "twice.onnx"))
    assert (entry.task, entry.scale, entry.differentiable, entry.tiling) == ("restoration", 2, False, "exact")
    for channels in (1, 3):
        raster = Raster(np.random.default_rng(0).integers(0, 255, (65, 97, channels), dtype=np.uint8))
        for tile in ("none", 32):
            request = ToolRequest("restore.model", subjects=(ModelSpec("twice"),), tile=tile)
            large = application.engine.run(request, raster).raster
            assert large is not None
            wanted = raster.planes().repeat(2, 1).repeat(2, 2)
            np.testing.assert_allclose(large.planes(), wanted, atol=1 / 65535)
    application.library.remove("twice")


def test_what_enlarges_much_is_tried_on_few_pixels(
    application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    plain = OnnxNetwork.forward

    def noted(network: OnnxNetwork, images: torch.Tensor) -> torch.Tensor:
        answer = plain(network, images)
        sizes.append(answer.shape[-1] * answer.shape[-2])
        return answer

    monkeypatch.setattr(OnnxNetwork, "forward", noted)
    entry = add(application, upscaler(tmp_path / "large.onnx", 64))
    application.library.remove(entry.id)
    assert (entry.scale, entry.tiling) == (64, "whole")
    assert max(sizes) < 20e6
    with pytest.raises(InputError, match="enlarges by 64 at most"):
        add(application, upscaler(tmp_path / "huge.onnx", 500))
    assert max(sizes) < 20e6


def test_a_classifier_answers_and_has_no_gradients(application: Application, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("red\ngreen\nblue\n")
    entry = add(application, classifier(tmp_path / "hue.onnx"), labels=tmp_path / "labels.txt", normalisation="none")
    assert (entry.task, entry.labels, entry.preflight["gives"]) == ("classifier", ("red", "green", "blue"), "logits")
    found = application.models.classifier("hue", torch.device("cpu"))
    red = torch.zeros(1, 3, 40, 50)
    red[:, 0] = 1.0
    assert found.labels[int(found(red).argmax())] == "red"
    with pytest.raises(ToolError, match="expected a model with gradients, got 'hue', an ONNX file"):
        found(red.requires_grad_(True))
    with pytest.raises(ToolError, match="expected a model with layers to look into"):
        _ = found.module
    raster = Raster(np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(ToolError, match=r"attack\.square, attack\.hopskipjump or attack\.sparse, which only ask"):
        application.engine.run(ToolRequest("attack.pgd", subjects=(ModelSpec("hue"),)), raster)
    for name in ("attack.square", "attack.hopskipjump", "attack.sparse", "attack.spatial", "attack.natural"):
        params = {"queries": 50} if name not in ("attack.spatial", "attack.natural") else {}
        asked = application.engine.run(ToolRequest(name, params, subjects=(ModelSpec("hue"),)), raster)
        assert asked.report["queries"] >= 1
    looking = ToolRequest("attack.square", {"attribution": True}, subjects=(ModelSpec("hue"),))
    with pytest.raises(ParameterError, match=r"gradients for the maps of where it looks.*leave attribution off"):
        application.engine.run(looking, raster)
    application.library.remove("hue")


def test_probabilities_are_told_and_made_logits(application: Application, tmp_path: Path) -> None:
    entry = add(application, classifier(tmp_path / "soft.onnx", is_softmax=True), normalisation="none")
    assert entry.preflight["network"]["gives"] == "probabilities"
    assert entry.preflight["gives"] == "logits"
    photo = torch.rand(2, 3, 30, 30, generator=torch.Generator().manual_seed(0))
    found = application.models.classifier("soft", torch.device("cpu"))
    means = torch.nn.functional.interpolate(photo, (256, 256), mode="bilinear", antialias=True)[..., 16:240, 16:240]
    wanted = (9.0 * means.mean((2, 3))).softmax(1)
    torch.testing.assert_close(found(photo).softmax(1), wanted, atol=2e-3, rtol=0)
    application.library.remove("soft")


@pytest.mark.usefixtures("kept_nothing")
def test_labels_are_as_many_as_the_outputs(application: Application, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("red\ngreen\n")
    with pytest.raises(ParameterError, match="expected 3 labels, one for each output"):
        add(application, classifier(tmp_path / "hue.onnx"), labels=tmp_path / "labels.txt")


@pytest.mark.usefixtures("kept_nothing")
def test_a_restorer_of_one_size_is_refused(application: Application, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fixed to 64×48 pixels; export it with dynamic height and width"):
        add(application, upscaler(tmp_path / "fixed.onnx", size=(48, 64)))


@pytest.mark.usefixtures("kept_nothing")
def test_operators_of_strangers_are_refused(application: Application, tmp_path: Path) -> None:
    node = helper.make_node("Explode", ["x"], ["y"], domain="evil.corp")
    path = save(tmp_path / "custom.onnx", [node], [], opsets=[helper.make_opsetid("evil.corp", 1)])
    with pytest.raises(InputError, match=r"which needs evil\.corp, a library of its author's"):
        add(application, path)


def with_outside(path: Path, location: str, length: int | str = 4) -> Path:
    """A brightening whose factor lies in another file."""
    tensor = TensorProto(name="factor", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", "0"), ("length", str(length))):
        tensor.external_data.add(key=key, value=value)
    return save(path, [helper.make_node("Mul", ["x", "factor"], ["y"])], [tensor])


@pytest.mark.usefixtures("kept_nothing")
@pytest.mark.parametrize("location", ["../outside.bin", "/etc/passwd", "link.bin"])
def test_data_outside_its_folder_is_refused(application: Application, tmp_path: Path, location: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "outside.bin").write_bytes(np.array([1, 1, 2, 2], np.float32).tobytes())
    (folder / "link.bin").symlink_to(tmp_path / "outside.bin")
    with pytest.raises(InputError, match="which lies elsewhere; do not trust the file"):
        add(application, with_outside(folder / "net.onnx", location))


@pytest.mark.usefixtures("kept_nothing")
def test_a_place_that_is_no_number_is_refused(application: Application, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(bytes(4))
    path = with_outside(tmp_path / "net.onnx", "data.bin", length="many")
    with pytest.raises(InputError, match="does not say where its numbers are"):
        add(application, path)


@pytest.mark.usefixtures("kept_nothing")
def test_sizes_that_lie_are_refused(application: Application, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(bytes(16))
    with pytest.raises(InputError, match=r"claims more than data\.bin holds"):
        add(application, with_outside(tmp_path / "net.onnx", "data.bin", length=1 << 40))
    tensor = TensorProto(name="scales", data_type=TensorProto.FLOAT, dims=[1 << 40], raw_data=bytes(16))
    path = save(tmp_path / "lie.onnx", [helper.make_node("Resize", ["x", "", "scales"], ["y"])], [tensor])
    with pytest.raises(InputError, match="numbers that are not there"):
        add(application, path)


def test_data_beside_the_file_come_along(application: Application, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(np.array([1.5], np.float32).tobytes())
    entry = add(application, with_outside(tmp_path / "beside.onnx", "data.bin"))
    assert (entry.task, entry.scale) == ("restoration", 1)
    assert (Path(entry.weights).parent / "data.bin").is_file()
    application.library.remove("beside")


@pytest.mark.usefixtures("kept_nothing")
@pytest.mark.parametrize("content", [b"\x08\x07 no protobuf \xff\xff", b"\x08\x07", b"plain text"])
def test_what_is_no_onnx_file_is_told(application: Application, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.onnx").write_bytes(content)
    with pytest.raises(InputError, match="expected a sound ONNX file"):
        add(application, tmp_path / "broken.onnx")


@pytest.mark.usefixtures("kept_nothing")
def test_sparse_data_outside_its_folder_are_refused(application: Application, tmp_path: Path) -> None:
    values = TensorProto(name="v", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    values.external_data.add(key="location", value="../outside.bin")
    (tmp_path / "outside.bin").write_bytes(bytes(4))
    (tmp_path / "folder").mkdir()
    indices = helper.make_tensor("i", TensorProto.INT64, [1], [0])
    sparse = onnx.SparseTensorProto(values=values, indices=indices, dims=[1])
    nodes = [helper.make_node("Constant", [], ["c"], sparse_value=sparse), helper.make_node("Mul", ["x", "c"], ["y"])]
    with pytest.raises(InputError, match="which lies elsewhere; do not trust the file"):
        add(application, save(tmp_path / "folder" / "net.onnx", nodes, []))


def test_a_size_of_minus_one_is_any_size(application: Application, tmp_path: Path) -> None:
    entry = add(application, upscaler(tmp_path / "any.onnx", size=(-1, -1)))
    application.library.remove(entry.id)
    assert (entry.task, entry.scale) == ("restoration", 2)


@pytest.mark.usefixtures("kept_nothing")
def test_answers_that_were_rounded_are_refused(application: Application, tmp_path: Path) -> None:
    node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.UINT8)
    with pytest.raises(InputError, match="answers with uint8; export it without that conversion"):
        add(application, save(tmp_path / "bytes.onnx", [node], [], kind=TensorProto.UINT8))


@pytest.mark.usefixtures("kept_nothing")
def test_what_fails_when_it_runs_is_said_once(
    application: Application, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    nodes = [helper.make_node("ConstantOfShape", ["s"], ["c"]), helper.make_node("ReduceMax", ["c"], ["m"], keepdims=0),
             helper.make_node("Mul", ["x", "m"], ["y"])]
    with pytest.raises(InputError, match="which fails"):
        add(application, save(tmp_path / "large.onnx", nodes, [constant("s", [1 << 60], np.int64)]))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("kind", [classifier, upscaler])
def test_a_loop_without_an_end_is_given_up_and_refused(
    kind: Any, application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a file that comes to its end does so in time is not asked of the machine: one that never does is."""
    monkeypatch.setattr(openers, "PATIENCE", 0.2)
    file = kind(tmp_path / "endless.onnx")
    net = onnx.load(file)
    net.graph.node[-1].output[0] = "before"
    number = helper.make_tensor_value_info("turn", TensorProto.INT64, [])
    goes_on = [helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("on", "still")]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("value", "next")]
    nodes = [helper.make_node("Identity", ["on"], ["still"]), helper.make_node("Neg", ["value"], ["next"])]
    body = helper.make_graph(nodes, "turn", [number, goes_on[0], values[0]], [goes_on[1], values[1]])
    net.graph.node.append(helper.make_node("Loop", ["turns", "go", "before"], ["y"], body=body))
    net.graph.initializer.extend([constant("turns", 2**40, np.int64), constant("go", True, np.bool_)])
    onnx.save(net, file)
    with pytest.raises(InputError, match=r"within 0\.2 s, got endless\.onnx, which does not come to an end"):
        add_file(file, application.library, application.host)
    assert not any("endless" in entry.id for entry in application.library.entries())
