"""ONNX files: looked through before they are run, and networks without gradients afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from desktop_app.api.errors import InputError
from desktop_app.core.models.community import library

_OWN_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
"""Whose operators onnxruntime knows itself; any other would come from a library beside the file."""


class OnnxNetwork(nn.Module):
    """Run an ONNX file on the CPU; no gradient flows through it.

    Parameters
    ----------
    path : Path
        The file, checked by `look_through`.
    one_by_one : bool
        Whether its batch is fixed to one.
    """

    def __init__(self, path: Path, one_by_one: bool = False) -> None:
        super().__init__()
        runtime = library("onnxruntime")
        options = runtime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = torch.get_num_threads()
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise _refused(path, _short(error)) from error
        self._input = self._session.get_inputs()[0].name
        self._one_by_one = one_by_one

    def forward(self, images: Tensor) -> Tensor:
        """Return the first output of ``(N, C, H, W)`` float32."""
        parts = torch.split(images.detach().float().cpu(), 1 if self._one_by_one else max(1, len(images)))
        answers = [self._session.run(None, {self._input: part.contiguous().numpy()})[0] for part in parts]
        return torch.cat([torch.from_numpy(answer) for answer in answers]).to(images.device)


def look_through(path: Path) -> tuple[list[Any], list[Path]]:
    """Return the shape that a file's input has (names and numbers), and the files with its weights beside it.

    Raises
    ------
    InputError
        If it is damaged, has several inputs, needs another library's operators, has data outside its folder, or lies
        about a size.
    """
    onnx = library("onnx")
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:
        raise _refused(path, _short(error)) from error
    if not model.HasField("graph") or not model.graph.node:
        raise _refused(path, "it holds no network")
    strange = {node.domain for node in _nodes(model)} - set(_OWN_DOMAINS)
    if strange:
        raise InputError(f"expected ONNX's own operators, got {path.name}, which needs {', '.join(sorted(strange))}, a "
                         "library of its author's; export it with standard operators")
    beside: list[Path] = []
    for tensor in _tensors(model):
        beside += _data_of(tensor, path, onnx)
    stored = {tensor.name for tensor in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in stored]
    if len(inputs) != 1:
        raise InputError(f"expected an ONNX file with one input, the photo, got {len(inputs)} in {path.name}; export "
                         "it so")
    shape = [size.dim_value or size.dim_param or None for size in inputs[0].type.tensor_type.shape.dim]
    if len(shape) != 4:
        raise InputError(f"expected an ONNX file whose input is (N, C, H, W), got {shape} in {path.name}; export it so")
    return shape, sorted(set(beside))


def _nodes(model: Any) -> Iterator[Any]:
    """Yield all nodes, those of graphs within nodes and of functions too."""
    waiting = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while waiting:
        node = waiting.pop()
        yield node
        for attribute in node.attribute:
            waiting += attribute.g.node
            waiting += [inner for graph in attribute.graphs for inner in graph.node]


def _tensors(model: Any) -> Iterator[Any]:
    yield from model.graph.initializer
    for sparse in model.graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in _nodes(model):
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for graph in (attribute.g, *attribute.graphs):
                yield from graph.initializer


def _data_of(tensor: Any, path: Path, onnx: Any) -> Iterator[Path]:
    """Yield the file that holds a tensor's numbers where it is another, after holding its size against them."""
    count = 1
    for size in tensor.dims:
        count *= size
    if tensor.data_location != onnx.TensorProto.EXTERNAL:
        if count < 0 or count > max(1, tensor.ByteSize()) * 8:
            raise _refused(path, f"the tensor {tensor.name!r} claims {count} numbers that are not there")
        return
    facts = {entry.key: entry.value for entry in tensor.external_data}
    place = (path.parent / facts.get("location", "")).resolve()
    if not place.is_relative_to(path.parent.resolve()) or (path.parent / facts.get("location", "")).is_symlink():
        raise InputError(f"expected data beside {path.name}, got {facts.get('location')!r}, which lies elsewhere; do "
                         "not trust the file")
    if not place.is_file():
        raise InputError(f"expected the data {facts.get('location')!r} beside {path.name}, found none; get it as well")
    try:
        offset, length = (int(facts.get(name) or 0) for name in ("offset", "length"))
    except ValueError as error:
        raise _refused(path, f"the tensor {tensor.name!r} does not say where its numbers are") from error
    if offset < 0 or length < 0 or offset + length > place.stat().st_size or not 0 <= count <= place.stat().st_size * 8:
        raise _refused(path, f"the tensor {tensor.name!r} claims more than {place.name} holds")
    yield place


def _refused(path: Path, reason: str) -> InputError:
    return InputError(f"expected a sound ONNX file, got {path.name}: {reason}; get it again, or export it anew")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
