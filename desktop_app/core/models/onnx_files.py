"""ONNX files: looked through before they are run, and networks without gradients afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import torch
from torch import Tensor, nn

from desktop_app.api.errors import InputError
from desktop_app.core.faults import words_of
from desktop_app.core.models.community import library

_TINY, _MOST_SCALE = 8, 64
_OWN_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
"""Whose operators onnxruntime knows itself; any other would come from a library beside the file."""
PATIENCE = 60.0
"""Seconds that an answer to a small picture may take while a file is tried: a file may hold a loop without an end."""


class EndlessNetworkError(InputError):
    """A network that does not come to an answer to a small picture."""


class OnnxNetwork(nn.Module):
    """Run an ONNX file on the CPU; no gradient flows through it.

    Parameters
    ----------
    path : Path
        The file, checked by `look_through`.
    one_by_one : bool
        Whether its batch is fixed to one.
    patience : float, optional
        Seconds after which an answer is given up; none where a large photo may take as long as it takes.
    """

    def __init__(self, path: Path, one_by_one: bool = False, patience: float | None = None) -> None:
        super().__init__()
        runtime = self._runtime = library("onnxruntime")
        options = runtime.SessionOptions()
        options.log_severity_level = 4  # what goes wrong is raised, and said once
        options.intra_op_num_threads = torch.get_num_threads()
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise _refused(path, words_of(error)) from error
        self._input = self._session.get_inputs()[0].name
        self._one_by_one, self._patience, self._path = one_by_one, patience, path

    def forward(self, images: Tensor) -> Tensor:
        """Return the first output of ``(N, C, H, W)`` float32.

        Raises
        ------
        EndlessNetworkError
            If it takes longer than there is patience.
        """
        parts = torch.split(images.detach().float().cpu(), 1 if self._one_by_one else max(1, len(images)))
        answers = [self._answer(part.contiguous()) for part in parts]
        return torch.cat([torch.from_numpy(answer) for answer in answers]).to(images.device)

    def _answer(self, images: Tensor) -> Any:
        fed = {self._input: images.numpy()}
        if self._patience is None:
            return self._session.run(None, fed)[0]
        options = self._runtime.RunOptions()
        watch = Timer(self._patience, setattr, (options, "terminate", True))
        watch.daemon = True
        watch.start()
        try:
            return self._session.run(None, fed, options)[0]
        except Exception as error:
            if not options.terminate:
                raise
            raise EndlessNetworkError(
                f"expected an ONNX file that answers to a small picture within {self._patience:g} s, got "
                f"{self._path.name}, which does not come to an end; get it from somebody else"
            ) from error
        finally:
            watch.cancel()


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
        raise _refused(path, words_of(error)) from error
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
    sizes = inputs[0].type.tensor_type.shape.dim  # some exporters write -1 for any size
    shape = [size.dim_value if size.dim_value > 0 else size.dim_param or None for size in sizes]
    if len(shape) != 4:
        raise InputError(f"expected an ONNX file whose input is (N, C, H, W), got {shape} in {path.name}; export it so")
    return shape, sorted(set(beside))


def first_answer(network: nn.Module, channels: int, wanted: tuple[Any, Any], path: Path) -> Tensor:
    """Return what an ONNX file answers to a plain picture: of few pixels first, since it may enlarge it by anything.

    Parameters
    ----------
    network : nn.Module
        Takes ``(1, C, H, W)`` float32 in [0, 1].
    channels : int
        C.
    wanted : tuple
        Height and width where the file fixes them to numbers.

    Raises
    ------
    InputError
        If it fails, does not answer with fractions, or enlarges by more than a photo could be.
    """
    fixed = [side for side in wanted if isinstance(side, int)]
    for size in fixed[:1] or (_TINY, 64, 224):
        height, width = (side if isinstance(side, int) else size for side in wanted)
        try:
            answer: Tensor = network(torch.full((1, channels, height, width), 0.5))
        except EndlessNetworkError:
            raise
        except Exception as error:
            if size in (_TINY, 64) and not fixed:
                continue  # it wants larger ones
            raise InputError(f"expected an ONNX file that takes a photo of {size} pixels, got {path.name}, which fails "
                             f"({words_of(error)}); export it with float32 inputs") from error
        if answer.ndim == 4 and answer.shape[-1] > _MOST_SCALE * width:
            raise InputError(f"expected an ONNX file that enlarges by {_MOST_SCALE} at most, got {path.name}, which "
                             f"makes {answer.shape[-1]} pixels of {width}; no photo could be given to it")
        if size != _TINY or fixed:
            break
    if not answer.is_floating_point():
        raise InputError(f"expected an ONNX file that answers with float32 numbers, got {path.name}, which answers "
                         f"with {str(answer.dtype).removeprefix('torch.')}; export it without that conversion")
    return answer


def measured_sizes(network: nn.Module, channels: int, path: Path) -> tuple[int, int]:
    """Return scale and multiple of a network of which nobody says them: the smallest multiple that it answers.

    Raises
    ------
    InputError
        If its answers to ``(1, C, H, W)`` float32 are no pictures of one scale.
    """
    for multiple in (1, 2, 4, 8, 16, 32, 64):
        side = 64 + (multiple if multiple < 64 else 0)
        try:
            answer = network(torch.full((1, channels, side, side), 0.5))
        except EndlessNetworkError:
            raise
        except Exception:  # noqa: BLE001 - onnxruntime's errors have no common base: a larger multiple is tried
            continue
        scale = answer.shape[-1] / side
        if scale == int(scale) >= 1 and answer.shape[-2] == answer.shape[-1]:
            return int(scale), multiple
    raise InputError(f"expected a network that gives a picture as large as the photo or a multiple of it, got "
                     f"{path.name}, which does not; it cannot restore photos")


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
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
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
