"""From a file to a network that can be called: whose architecture is it, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from desktop_app.api.errors import InputError, ParameterError, VerilensError
from desktop_app.core.models.community import library
from desktop_app.core.models.filling import to_be_filled
from desktop_app.core.models.onnx_files import PATIENCE, OnnxNetwork, first_answer, look_through, measured_sizes
from desktop_app.core.models.published_names import library_of, named_classifier, spoken_of
from desktop_app.core.models.recognition import forms, likeliest, part_with, unwrapped
from desktop_app.core.models.restorer import Restorer
from desktop_app.core.models.weights import kind_of, read_weights
from desktop_app.core.plugins.loading import load_function
from desktop_app.core.plugins.naming import nearest
from desktop_app.numerics.preparation import Prepared, Preprocessing

if TYPE_CHECKING:
    from torch import Tensor, nn

    from desktop_app.api.descriptors import Model
    from desktop_app.core.plugins.entries import ModelEntry, Snapshot

    State = Mapping[str, Tensor]

_PURPOSES = {"SR": "superres", "FaceSR": "faces", "Inpainting": "inpaint", "Restoration": "restore"}


class Architectures(Protocol):
    """Where plugins' architectures come from: the plugin host."""

    def snapshot(self, *, reading: bool = True) -> Snapshot:
        """Return all that plugins bring, described."""

    def model(self, model_id: str) -> Model:
        """Return a descriptor."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A network, frozen and in eval mode, and what its `ModelEntry` says of it."""

    module: nn.Module
    facts: dict[str, Any]


def opened(path: Path, host: Architectures, wanted: str | None = None, labels: Sequence[str] = ()) -> Opened:
    """Open a file of a user's.

    Parameters
    ----------
    path : Path
        Weights, or an ONNX file.
    host : Architectures
        The plugins.
    wanted : str, optional
        The architecture's name; without it the file's own names have to tell.
    labels : sequence of str
        A classifier's class names.

    Raises
    ------
    InputError
        If the file is unsafe, damaged, or needs a library that is not installed.
    ParameterError
        If its architecture is not known, or is another than was said.
    """
    if kind_of(path) == "onnx":
        found = _from_onnx(path)
    else:
        state = read_weights(path)
        with to_be_filled():
            found = _named(state, path, host, wanted) if wanted else _recognised(state, path, host)
    found.module.requires_grad_(False).eval()
    if labels:
        found.facts["labels"] = tuple(labels)
    return found


def reopened(entry: ModelEntry, host: Architectures) -> nn.Module:
    """Return the network of an entry that was added, as `opened` found it then."""
    path, how = Path(entry.weights), entry.loader
    if how["door"] == "onnx":
        network: nn.Module = OnnxNetwork(path, how["one_by_one"])
        if entry.task == "restoration":
            return _restorer_of(entry, network)
        return Prepared(network, Preprocessing.from_json(how["preprocessing"]))
    state = read_weights(path)
    with to_be_filled():
        if how["door"] == "plugin":
            module = _from_plugin(unwrapped(state), host.model(how["architecture"]), path).module
        elif how["door"] == "spandrel":
            module = _from_spandrel(state, how["architecture"], path).module
        else:
            module = named_classifier(how["architecture"], unwrapped(state), how["door"]).network
    if "preprocessing" in how:
        module = Prepared(module, Preprocessing.from_json(how["preprocessing"]))
    return module.requires_grad_(False).eval()


def _restorer_of(entry: ModelEntry, network: nn.Module) -> Restorer:
    first, second = entry.channels
    return Restorer(network, (first, second), entry.scale, multiple=entry.multiple, minimum=entry.minimum)


def _recognised(state: State, path: Path, host: Architectures) -> Opened:
    """Return what a file's own names tell: plugins are asked first, then spandrel."""
    models = host.snapshot().models
    for names in forms(state):
        found = likeliest(names, models)
        if found is not None:
            return _from_plugin(names, host.model(found.id), path)
    return _from_spandrel(state, None, path)


def _named(state: State, path: Path, host: Architectures, wanted: str) -> Opened:
    """Return the file as the architecture of a name."""
    models = [one for one in host.snapshot().models if one.plugin]
    for one in models:
        if _plain(wanted) in {_plain(name) for name in (one.id, one.id.rpartition(".")[2], *one.aliases)}:
            return _from_plugin(unwrapped(state), host.model(one.id), path)
    known = [name for name in _spandrel_names() if _plain(name) == _plain(wanted)]
    if known:
        return _from_spandrel(state, known[0], path)
    found_in = library_of(wanted)
    if found_in is None:
        ids = [one.id for one in models]
        raise ParameterError(f"expected an architecture of a plugin, spandrel, timm or torchvision, got {wanted!r}; "
                             f"{nearest(wanted, [*ids, *_spandrel_names()])}")
    door, name = found_in
    found = named_classifier(name, unwrapped(state), door)
    loader = {"door": door, "architecture": name, "preprocessing": found.how.to_json()}
    facts = {
        "task": "classifier", "architecture": wanted, "purpose": "classify", "loader": loader, "labels": found.labels,
    }
    return Opened(Prepared(found.network, found.how), facts)


def _from_plugin(state: State, model: Model, path: Path) -> Opened:
    """Fill a plugin's network; what the built module says of itself counts more than its descriptor."""
    builder: Callable[..., Any] = load_function(model.builder)
    try:
        module = builder() if model.weights is not None else builder(dict(state := part_with(state, model.keys)))
        inner = module.network if isinstance(module, Prepared) else module
        inner.load_state_dict(dict(part_with(state, dict(inner.named_parameters()).keys())))
    except VerilensError:
        raise
    except (Exception, SystemExit) as error:
        raise _does_not_fit(path, model.title, error) from error
    facts: dict[str, Any] = {
        "task": model.task, "architecture": model.title, "loader": {"door": "plugin", "architecture": model.id},
        "purpose": "classify" if model.task == "classifier" else model.id.partition(".")[0],
        "labels": tuple(getattr(module, "labels", model.labels)),
    }
    if model.task != "restoration":
        return Opened(module, facts)
    scale, multiple = (int(getattr(module, name, getattr(model, name))) for name in ("scale", "multiple"))
    takes, gives = getattr(module, "channels", model.channels)
    reach = getattr(module, "reach", model.reach)
    tiled = {"tiling": "measure"} if reach is None else {"reach": reach, "tiling": "exact"}
    sizes = {"scale": scale, "channels": (takes, gives), "multiple": multiple}
    return Opened(Restorer(module, (takes, gives), scale, multiple=multiple), facts | sizes | tiled)


def _from_spandrel(state: State, wanted: str | None, path: Path) -> Opened:
    spandrel = library("spandrel")
    offered = [one.architecture for one in spandrel.MAIN_REGISTRY.architectures()
               if wanted in (None, str(one.architecture.id))]  # fmt: skip
    found = next(((one, names) for names in forms(state) for one in offered if _detects(one, names)), None)
    if found is None and wanted:
        found = offered[0], unwrapped(state)
    if found is not None:
        architecture, names = found
        try:
            return _of_descriptor(architecture.load(dict(names)))
        except Exception as error:
            raise _does_not_fit(path, architecture.name, error) from error
    some, name = ", ".join(sorted(state)[:3]), spoken_of(path.stem.casefold()) or "NAME"
    raise ParameterError(
        f"expected a network that Verilens, its plugins or spandrel know, got {path.name} with {some}…; name it with "
        f"--architecture {name}, or bring its architecture by a plugin (see the plugin author's guide)"
    )


def _detects(architecture: Any, names: State) -> bool:
    try:
        return bool(architecture.detect(dict(names)))
    except (KeyError, IndexError, AttributeError, TypeError, ValueError, RuntimeError):
        return False  # it looked into what is no file of its own


def _of_descriptor(found: Any) -> Opened:
    takes_mask = found.purpose == "Inpainting"
    wants = found.size_requirements
    channels = (found.input_channels, found.output_channels)
    # Its own call adds a clip to [0, 1] and forbids gradients; what it calls is kept under this name.
    module = Restorer(
        found.model, channels, found.scale, multiple=wants.multiple_of, minimum=max(1, wants.minimum),
        square=wants.square, takes_mask=takes_mask, call=found._call_fn,
    )
    can_be_cut = found.tiling.name == "SUPPORTED" and not wants.square
    name = str(found.architecture.id)
    return Opened(module, {
        "task": "restoration", "architecture": found.architecture.name, "purpose": _PURPOSES[found.purpose],
        "scale": found.scale, "channels": channels, "multiple": wants.multiple_of, "minimum": max(1, wants.minimum),
        "square": wants.square, "takes_mask": takes_mask,
        "precisions": ("float32", "bfloat16") if found.supports_bfloat16 else ("float32",),
        "tiling": "measure" if can_be_cut else "whole", "loader": {"door": "spandrel", "architecture": name},
    })


def _from_onnx(path: Path) -> Opened:
    shape, beside = look_through(path)
    batch, channels, height, width = shape
    one_by_one = isinstance(batch, int)
    network = OnnxNetwork(path, one_by_one, PATIENCE)
    fixed = isinstance(height, int) or isinstance(width, int)
    channels = channels if isinstance(channels, int) else 3
    size = height if isinstance(height, int) else 224
    answer = first_answer(network, channels, (height, width), path)
    loader = {"door": "onnx", "one_by_one": one_by_one}
    facts: dict[str, Any] = {
        "architecture": "ONNX", "differentiable": False, "precisions": ("float32",), "loader": loader, "beside": beside,
    }
    if answer.flatten(1).shape[1] == answer.shape[1] and answer.shape[1] > 1:
        if channels != 3 or (fixed and height != width):
            raise InputError(f"expected a classifier of square colour photos, got {path.name}, which takes {shape}; "
                             "export it so")
        how = Preprocessing(size=size, crop=0.0 if size < 64 else 0.875)
        loader["preprocessing"] = how.to_json()
        facts |= {"task": "classifier", "purpose": "classify", "labels": ()}
        return Opened(Prepared(network, how), facts)
    if fixed:
        raise InputError(f"expected an ONNX file that takes photos of any size, got {path.name}, which is fixed to "
                         f"{width}×{height} pixels; export it with dynamic height and width")
    facts |= {"task": "restoration", "purpose": "restore", "channels": (channels, answer.shape[1]), "tiling": "measure"}
    scale, multiple = measured_sizes(network, channels, path)
    facts |= {"scale": scale, "multiple": multiple, "purpose": "superres" if scale > 1 else "restore"}
    return Opened(Restorer(network, (channels, answer.shape[1]), scale, multiple=multiple), facts)


def _spandrel_names() -> list[str]:
    try:
        return [str(one.architecture.id) for one in library("spandrel").MAIN_REGISTRY.architectures()]
    except InputError:
        return []  # not installed: the names are those of plugins


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _does_not_fit(path: Path, title: str, error: BaseException) -> ParameterError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = (lines[-1] if lines else type(error).__name__)[:200]
    return ParameterError(f"expected weights of {title}, got {path.name}, which does not fit ({reason}); name another "
                          "architecture")
