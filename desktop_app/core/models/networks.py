"""Load networks by id: checked against their SHA-256, frozen, in eval mode, kept while there is room."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from desktop_app.api.errors import ParameterError, PluginError
from desktop_app.core.plugins.loading import load_function

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from desktop_app.api.descriptors import Model
    from desktop_app.core.plugins.entries import ModelEntry

_KEPT = 4
_CHUNK = 1 << 20


class ModelSource(Protocol):
    """Where descriptors come from: the plugin host."""

    def model(self, model_id: str) -> Model:
        """Return a model's descriptor."""


@dataclass(frozen=True, eq=False)
class LoadedClassifier:
    """A classifier ready to be questioned; implements `api.Classifier`."""

    descriptor: Model
    module: nn.Module

    @property
    def id(self) -> str:
        """The model's id."""
        return self.descriptor.id

    @property
    def labels(self) -> Sequence[str]:
        """Class names in the order of the logits."""
        return self.descriptor.labels

    def __call__(self, images: Tensor) -> Tensor:
        """Return float32 logits ``(N, K)``."""
        logits: Tensor = self.module(images)
        return logits.float()


class ModelStore:
    """Networks by id and device."""

    def __init__(self, source: ModelSource) -> None:
        self._source = source
        self._loaded: OrderedDict[tuple[str, str], nn.Module] = OrderedDict()
        self._lock = threading.Lock()

    def descriptor(self, model_id: str) -> Model:
        """Return a model's descriptor.

        Raises
        ------
        ParameterError
            If there is none of that id.
        """
        return self._source.model(model_id)

    def classifier(self, model_id: str, device: torch.device) -> LoadedClassifier:
        """Return a classifier on a device.

        Raises
        ------
        ParameterError
            If the id is unknown or names no classifier.
        PluginError
            If its weights are absent, changed or do not fit.
        """
        descriptor = self._source.model(model_id)
        if descriptor.task != "classifier":
            raise ParameterError(f"expected a classifier, got {model_id!r} (a {descriptor.task}); choose another model")
        return LoadedClassifier(descriptor, self.network(model_id, device))

    def network(self, model_id: str, device: torch.device) -> nn.Module:
        """Return a network on a device, frozen and in eval mode.

        Raises
        ------
        ParameterError
            If the id is unknown.
        PluginError
            If its weights are absent, changed or do not fit.
        """
        key = (model_id, str(device))
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = load_network(self._source.model(model_id)).to(device)
                while len(self._loaded) > _KEPT:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(key)
            return self._loaded[key]


def load_network(descriptor: Model) -> nn.Module:
    """Build a network on the CPU and fill in its weights, checked against their SHA-256.

    Raises
    ------
    PluginError
        If the weights are absent, are not the ones described, or do not fit the network.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    verify(descriptor)
    with torch.random.fork_rng(devices=[]):  # first weights are drawn at random, and replaced
        module: nn.Module = load_function(descriptor.builder)()
    try:
        weights = load_file(descriptor.weights)
        module.load_state_dict(
            {name: value.float() if value.is_floating_point() else value for name, value in weights.items()}
        )
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise PluginError(
            f"{descriptor.id}: expected weights that fit its network, got {reason}; reinstall the model"
        ) from error
    return module.requires_grad_(False).eval()


def verify(descriptor: Model | ModelEntry) -> None:
    """Compare a model's weights with their SHA-256.

    Raises
    ------
    PluginError
        If the file is absent or differs.
    """
    path = Path(descriptor.weights)
    if not path.is_file():
        raise PluginError(f"{descriptor.id}: expected the weights file {path.name}, found none; reinstall the model")
    digest = sha256_of(path)
    if digest != descriptor.sha256:
        raise PluginError(
            f"{descriptor.id}: expected {path.name} with SHA-256 {descriptor.sha256[:12]}…, got {digest[:12]}…; "
            "the file was changed: reinstall the model"
        )


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in lower-case hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def flags_restored(module: nn.Module) -> Iterator[None]:
    """Put back every submodule's train/eval flag and every weight's ``requires_grad``, whatever happens inside."""
    training = {part: part.training for part in module.modules()}
    gradients = {weight: weight.requires_grad for weight in module.parameters()}
    try:
        yield
    finally:
        for part, flag in training.items():
            part.training = flag
        for weight, flag in gradients.items():
            weight.requires_grad_(flag)
            weight.grad = None
