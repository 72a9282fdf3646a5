"""Load networks by id: checked against their SHA-256, frozen, in eval mode, kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillLoading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from desktop_app.api.errors import Cancelled, ParameterError, PluginError, VerilensError
from desktop_app.core.faults import is_out_of_memory, one_line
from desktop_app.core.models.digests import sha256_of
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.core.models.weights import flushed
from desktop_app.core.plugins.loading import load_function
from desktop_app.core.surroundings import surroundings_restored

if TYPE_CHECKING:
    import torch
    from torch import nn

    from desktop_app.api.descriptors import Model
    from desktop_app.core.models.library import Library
    from desktop_app.core.plugins.entries import ModelEntry, Snapshot

_BUDGET = 1 << 30  # bytes of weights that are kept: five small nets stay, one of two gigabytes leaves for the next
_GLANCE = 0.1  # seconds between two looks at whether a wait was cancelled

Check = Callable[[], None]
_Key = tuple[str, str, str]  # id, SHA-256, device


def _never() -> None:
    """Check for nothing."""


class ModelSource(Protocol):
    """Where descriptors come from: the plugin host."""

    def model(self, model_id: str) -> Model:
        """Return a model's descriptor."""

    def snapshot(self, *, reading: bool = True) -> Snapshot:
        """Return all that plugins bring, described."""


class ModelStore:
    """Networks by id and device. Every method may be called from any thread; loading holds nobody up.

    Parameters
    ----------
    source : ModelSource
        The plugins.
    library : Library, optional
        The models that the user added.
    budget : int
        Bytes of weights that are kept; the one used last is kept in any case.
    """

    def __init__(self, source: ModelSource, library: Library | None = None, budget: int = _BUDGET) -> None:
        self._source, self._library, self._budget = source, library, budget
        self._loaded: OrderedDict[_Key, Future[nn.Module]] = OrderedDict()
        self._sizes: dict[_Key, int] = {}
        self._lock = threading.Lock()

    def descriptor(self, model_id: str) -> Model | ModelEntry:
        """Return what is known of a model.

        Raises
        ------
        ParameterError
            If there is none of that id.
        """
        added = None if self._library is None else self._library.entry(model_id)
        return self._source.model(model_id) if added is None else added

    def classifier(self, model_id: str, device: torch.device, check: Check = _never) -> LoadedClassifier:
        """Return a classifier on a device.

        Raises
        ------
        ParameterError
            If the id is unknown or names no classifier.
        PluginError
            If its weights are absent, changed or do not fit.
        """
        descriptor = self.descriptor(model_id)
        if descriptor.task != "classifier":
            raise ParameterError(f"expected a classifier, got {model_id!r} (a {descriptor.task}); choose another model")
        has_gradients = getattr(descriptor, "differentiable", True)
        return LoadedClassifier(descriptor, self.network(model_id, device, check), has_gradients)

    def network(self, model_id: str, device: torch.device, check: Check = _never) -> nn.Module:
        """Return a network on a device, frozen and in eval mode; however many ask for it, it is loaded once.

        Parameters
        ----------
        check : callable
            Called while it is loaded, or waited for; what it raises ends the wait.

        Raises
        ------
        ParameterError
            If the id is unknown.
        PluginError
            If its weights are absent, changed or do not fit.
        """
        descriptor = self.descriptor(model_id)
        key = (model_id, descriptor.sha256, str(device))
        while True:
            with self._lock:
                is_mine = key not in self._loaded
                future = self._loaded.setdefault(key, Future())
                self._loaded.move_to_end(key)
            if is_mine:
                self._load(key, descriptor, device, future, check)
            try:
                return _awaited(future, check)
            except Cancelled:
                check()  # the one who loaded was cancelled, not this one: load it here

    def _load(
        self, key: _Key, descriptor: Model | ModelEntry, device: torch.device, future: Future[nn.Module], check: Check
    ) -> None:
        try:
            module = _placed(load_network(descriptor, self._source, check), descriptor, device)
        except BaseException as error:  # noqa: BLE001 - whoever waits is told, and raises it
            with self._lock:
                self._loaded.pop(key, None)
            future.set_exception(error)
            return
        future.set_result(module)
        with self._lock:
            self._sizes[key] = _bytes_of(module)
            while len(self._loaded) > 1 and self._kept() > self._budget and self._drop():
                pass

    def _kept(self) -> int:
        return sum(self._sizes.get(key, 0) for key in self._loaded)

    def _drop(self) -> bool:
        """Let go of the network that was used longest ago; those that are being loaded stay."""
        oldest = next((key for key in list(self._loaded)[:-1] if key in self._sizes), None)
        if oldest is None:
            return False
        del self._loaded[oldest], self._sizes[oldest]
        return True


def _awaited(future: Future[nn.Module], check: Check) -> nn.Module:
    while True:
        try:
            return future.result(timeout=_GLANCE)
        except StillLoading:
            check()


def _placed(module: nn.Module, descriptor: Model | ModelEntry, device: torch.device) -> nn.Module:
    """Move a network to a device; a classifier's kernels are laid out by place, as convolutions read them fastest.

    A restoration's are laid out when it is run (`desktop_app.core.jobs.precision.run_body`).
    """
    import torch

    if descriptor.task != "classifier":
        return module.to(device)
    moved: nn.Module = module.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload] # not in stubs
    return moved


def _bytes_of(module: nn.Module) -> int:
    from itertools import chain

    return sum(part.numel() * part.element_size() for part in chain(module.parameters(), module.buffers()))


def load_network(descriptor: Model | ModelEntry, host: ModelSource | None = None, check: Check = _never) -> nn.Module:
    """Build a network on the CPU and fill in its weights, checked against their SHA-256.

    Parameters
    ----------
    descriptor : Model or ModelEntry
        Of a plugin, or of what the user added.
    host : ModelSource, optional
        Where architectures of added models come from.
    check : callable
        Called while the file is checked; may raise.

    Raises
    ------
    PluginError
        If the weights are absent, are not the ones described, or do not fit the network.
    """
    from desktop_app.core.models.filling import meanwhile
    from desktop_app.core.models.openers import reopened
    from desktop_app.core.plugins.entries import ModelEntry

    def built() -> nn.Module:
        if not isinstance(descriptor, ModelEntry):
            return _of_plugin(descriptor, check)
        if host is None:
            raise ParameterError(f"expected the plugins' host to load {descriptor.id!r}, got none")
        return reopened(descriptor, host)

    check_present(descriptor)
    if isinstance(descriptor, ModelEntry) and descriptor.loader.get("door") == "onnx":
        verify(descriptor, check)  # before another library's reader sees it
        return built()
    with meanwhile(lambda stop: verify(descriptor, stop), check):
        return built()


def _of_plugin(descriptor: Model, check: Check) -> nn.Module:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    module = _built(descriptor, check)
    try:
        weights = load_file(str(descriptor.weights))
        module.load_state_dict(
            {name: flushed(value.float() if value.is_floating_point() else value) for name, value in weights.items()}
        )
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise PluginError(
            f"{descriptor.id}: expected weights that fit its network, got {reason}; reinstall the model"
        ) from error
    module.requires_grad_(False).eval()
    if descriptor.task != "restoration":
        return module
    from desktop_app.core.models.restorer import Restorer

    restorer = Restorer(module, descriptor.channels, descriptor.scale, multiple=descriptor.multiple)
    return restorer.eval()


def _built(descriptor: Model, check: Check) -> nn.Module:
    """Call a plugin's builder, which leaves the process as it was; whatever else it does is told as its own fault."""
    from torch import nn

    from desktop_app.core.models.filling import to_be_filled

    expected = f"{descriptor.id}: expected a network from {descriptor.builder!r}"
    try:
        with surroundings_restored(), to_be_filled():
            module = load_function(descriptor.builder)()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            check()  # of one who was asked to stop: it was the user
        elif isinstance(error, VerilensError) or is_out_of_memory(error):
            raise
        raise PluginError(f"{expected}, got {one_line(error)}; report this to its author") from error
    if not isinstance(module, nn.Module):
        raise PluginError(f"{expected}, got {type(module).__name__}; report this to its author")
    return module


def verify(descriptor: Model | ModelEntry, check: Check = _never) -> None:
    """Compare a model's weights with their SHA-256.

    Raises
    ------
    PluginError
        If the file is absent or differs, or there is none to begin with.
    """
    path = check_present(descriptor)
    digest = sha256_of(path, check)
    if digest != descriptor.sha256:
        raise PluginError(
            f"{descriptor.id}: expected {path.name} with SHA-256 {descriptor.sha256[:12]}…, got {digest[:12]}…; "
            "the file was changed: reinstall the model"
        )


def check_present(descriptor: Model | ModelEntry) -> Path:
    """Return where a model's weights are.

    Raises
    ------
    PluginError
        If the file is absent, or there is none to begin with.
    """
    if not descriptor.weights:
        raise PluginError(f"{descriptor.id}: expected a model, got an architecture; add a file of it: models add FILE")
    path = Path(descriptor.weights)
    if not path.is_file():
        raise PluginError(f"{descriptor.id}: expected the weights file {path.name}, found none; reinstall the model")
    return path


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
