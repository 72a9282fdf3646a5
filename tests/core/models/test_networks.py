"""Weights are checked before they are loaded, and networks come frozen."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from desktop_app.api import Cancelled, Model, ParameterError, PluginError, ToolError
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.models import networks as module_under_test
from desktop_app.core.models.digests import sha256_of
from desktop_app.core.models.filling import to_be_filled
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.core.models.networks import ModelStore, flags_restored, load_network
from desktop_app.core.models.weights import flushed
from desktop_app.core.plugins.entries import Snapshot

CPU = torch.device("cpu")


class Source:
    def __init__(self, model: Model) -> None:
        self.known = model

    def model(self, model_id: str) -> Model:
        return self.known

    def snapshot(self, *, reading: bool = True) -> Snapshot:
        return Snapshot()


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    weights = tmp_path / "linear.safetensors"
    save_file({"weight": torch.eye(2).half(), "bias": torch.tensor([0.0, 1.0]).half()}, weights)
    monkeypatch.setattr(module_under_test, "load_function", lambda path: lambda: nn.Linear(2, 2))
    return Model(
        id="classify.two", title="Two", task="classifier", builder="x:y", weights=weights, sha256=sha256_of(weights),
        labels=("a", "b"),
    )


def test_a_classifier_answers_in_float32_and_is_frozen(model: Model) -> None:
    classifier = ModelStore(Source(model)).classifier("classify.two", CPU)
    logits = classifier(torch.tensor([[3.0, 4.0]]))
    assert logits.tolist() == [[3.0, 5.0]]
    assert not any(weight.requires_grad for weight in classifier.module.parameters())
    assert not classifier.module.training


def test_a_network_is_loaded_once(model: Model) -> None:
    store = ModelStore(Source(model))
    assert store.network("classify.two", CPU) is store.network("classify.two", CPU)


def test_changed_weights_are_refused(model: Model) -> None:
    Path(model.weights).write_bytes(b"poison")
    with pytest.raises(PluginError, match="the file was changed"):
        ModelStore(Source(model)).network("classify.two", CPU)


def test_absent_weights_are_told(model: Model) -> None:
    Path(model.weights).unlink()
    with pytest.raises(PluginError, match=r"expected the weights file linear\.safetensors, found none"):
        ModelStore(Source(model)).network("classify.two", CPU)


def test_weights_that_do_not_fit_are_told_in_one_line(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_under_test, "load_function", lambda path: lambda: nn.Linear(3, 2))
    with pytest.raises(PluginError, match="expected weights that fit its network") as caught:
        ModelStore(Source(model)).network("classify.two", CPU)
    assert "\n" not in str(caught.value)


def _raise(error: BaseException) -> NoReturn:
    raise error


@pytest.mark.parametrize(("builder", "said"), [
    (lambda: _raise(SystemExit(3)), "SystemExit: 3"), (lambda: _raise(ValueError("a\n b")), "ValueError: a b"),
    (lambda: _raise(KeyboardInterrupt()), "KeyboardInterrupt"), (lambda: None, "NoneType"),
    (lambda: nn.Linear, "type"), (lambda _state: nn.Linear(3, 2), "TypeError"),
])  # fmt: skip
def test_a_builder_that_builds_nothing_is_told_as_its_models_fault(
    builder: Any, said: str, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_under_test, "load_function", lambda path: builder)
    with pytest.raises(PluginError, match=rf"^classify\.two: expected a network from .*, got {said}.*author$"):
        ModelStore(Source(model)).network("classify.two", CPU)


def test_a_builder_leaves_the_process_as_it_was(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def build() -> nn.Module:
        torch.set_default_dtype(torch.float64)
        return nn.Linear(2, 2, dtype=torch.float32)

    monkeypatch.setattr(module_under_test, "load_function", lambda path: build)
    ModelStore(Source(model)).network("classify.two", CPU)
    assert torch.get_default_dtype() is torch.float32


def test_the_users_ctrl_c_while_a_network_is_built_is_no_fault(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_under_test, "load_function", lambda path: lambda: _raise(KeyboardInterrupt()))
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        load_network(model, check=control.check)


class Answering(nn.Module):
    """Gives what it was made with, or raises it."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, images: torch.Tensor) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(("answer", "said"), [
    (ValueError("a\n b"), "ValueError: a b"), (SystemExit(4), "SystemExit: 4"), (RecursionError("deep"), "deep"),
    ((torch.zeros(1, 2),), "tuple"), ({"logits": torch.zeros(1, 2)}, "dict"), (torch.zeros(1, 2).numpy(), "ndarray"),
    (torch.zeros(1, 3), r"\(1, 3\)"), (torch.zeros(2, 2), r"\(2, 2\)"), (torch.zeros(2), r"\(2,\)"),
])  # fmt: skip
def test_what_is_no_answer_is_told_as_the_models_fault(answer: Any, said: str, model: Model) -> None:
    classifier = LoadedClassifier(model, Answering(answer))
    expected = r"^classify\.two: expected logits \(1, 2\) of photos of 5×4 pixels, got .*"
    with pytest.raises(ToolError, match=expected + said):
        classifier(torch.zeros(1, 3, 4, 5))


def test_an_answer_without_gradients_is_told_as_the_models_fault(model: Model) -> None:
    classifier = LoadedClassifier(model, Answering(torch.zeros(1, 2)))
    assert classifier(torch.zeros(1, 3, 4, 5)).tolist() == [[0.0, 0.0]]
    with pytest.raises(ToolError, match=r"gradients, got 'classify\.two', which answers without them.*attack\.square"):
        classifier(torch.zeros(1, 3, 4, 5).requires_grad_())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), torch.OutOfMemoryError(), Cancelled("it")])
def test_what_is_nobodys_fault_passes_as_it_is(error: BaseException, model: Model) -> None:
    with pytest.raises(type(error)):
        LoadedClassifier(model, Answering(error))(torch.zeros(1, 3, 4, 5))


def test_only_a_classifier_is_one(model: Model) -> None:
    with pytest.raises(ParameterError, match="expected a classifier"):
        ModelStore(Source(replace(model, task="network"))).classifier("classify.two", CPU)


def test_flags_come_back_after_an_error() -> None:
    net = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2)).eval().requires_grad_(False)


    def meddle() -> None:
        with flags_restored(net):
            net.train().requires_grad_(True)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        meddle()
    assert [part.training for part in net.modules()] == [False, False, False]
    assert not any(weight.requires_grad for weight in net.parameters())


class Slow:
    """Counts how often a network is loaded, and takes its time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, size: int = 4) -> None:
        self.loads: list[str] = []
        self.may_go = threading.Event()
        self.may_go.set()
        self.size = size
        monkeypatch.setattr(module_under_test, "load_network", self._load)

    def _load(self, descriptor: Model, _host: Any, check: Any) -> nn.Module:
        self.loads.append(descriptor.id)
        while not self.may_go.wait(0.01):
            check()
        return nn.Linear(self.size, self.size, bias=False)


class Many:
    def __init__(self, model: Model) -> None:
        self._model = model

    def model(self, model_id: str) -> Model:
        return replace(self._model, id=model_id)

    def snapshot(self, *, reading: bool = True) -> Snapshot:
        return Snapshot()


def test_however_many_ask_it_is_loaded_once_and_nobody_else_waits(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    store = ModelStore(Many(model))
    store.network("ready", CPU)
    slow.may_go.clear()
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(store.network, "slow", CPU) for _ in range(4)]
        assert store.network("ready", CPU) is store.network("ready", CPU)  # while the other is being loaded
        slow.may_go.set()
        assert len({id(one.result()) for one in futures}) == 1
    assert slow.loads == ["ready", "slow"]


def test_one_who_is_cancelled_leaves_the_others_their_network(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    slow.may_go.clear()
    store, is_cancelled = ModelStore(Many(model)), threading.Event()

    def check() -> None:
        if is_cancelled.is_set():
            raise Cancelled("cancelled")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.network, "net", CPU, check)
        while not slow.loads:
            time.sleep(0.01)
        second = pool.submit(store.network, "net", CPU)
        is_cancelled.set()
        with pytest.raises(Cancelled):
            first.result()
        slow.may_go.set()
        assert isinstance(second.result(), nn.Linear)


def test_networks_are_kept_within_a_budget_of_bytes(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)  # 64 bytes each
    store = ModelStore(Many(model), budget=5 * 64)
    for name in "abcde" * 2:
        store.network(name, CPU)
    assert slow.loads == list("abcde")
    slow.size = 40  # 6400 bytes: more than all the budget, and kept while it is the last
    store.network("large", CPU)
    store.network("large", CPU)
    assert slow.loads == [*"abcde", "large"]
    slow.size = 4
    store.network("f", CPU)
    store.network("large", CPU)
    assert slow.loads[-2:] == ["f", "large"]


def test_a_failed_load_is_tried_again(model: Model) -> None:
    store = ModelStore(Source(model))
    good = Path(model.weights).read_bytes()
    Path(model.weights).write_bytes(b"poison")
    with pytest.raises(PluginError):
        store.network("classify.two", CPU)
    Path(model.weights).write_bytes(good)
    assert store.network("classify.two", CPU) is store.network("classify.two", CPU)


def test_subnormal_weights_are_zeros() -> None:
    weights = torch.tensor([1e-40, -1e-39, 1e-37, 0.0, -2.0])
    assert flushed(weights).tolist() == [0.0, 0.0, pytest.approx(1e-37), 0.0, -2.0]
    assert torch.equal(flushed(torch.tensor([0, 1, -3])), torch.tensor([0, 1, -3]))


def test_subnormal_weights_are_found_wherever_they_are() -> None:
    weights = torch.ones(3, 70_000)
    weights[0, :5] = 0.0
    assert flushed(weights) is weights
    weights[2, -1] = -1e-42
    assert flushed(weights)[2, -1] == 0.0
    assert flushed(weights.double())[2, -1] == 0.0
    assert torch.equal(flushed(weights)[:2], weights[:2])
    assert flushed(torch.tensor([6e-8], dtype=torch.float16)).item() > 0.0  # no subnormal once it is float32


def test_first_weights_are_not_drawn_where_they_are_replaced() -> None:
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    with to_be_filled():
        net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2), nn.MultiheadAttention(4, 2))
        drawn = nn.init.trunc_normal_(torch.zeros(1000))  # no weight: as its builder means it
    assert torch.equal(torch.random.get_rng_state(), before)
    assert float(drawn.std()) > 0.5
    like = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2), nn.MultiheadAttention(4, 2))
    net.load_state_dict(like.state_dict())
    for name, value in like.state_dict().items():
        assert torch.equal(net.state_dict()[name], value)
    assert [type(part) for part in net] == [type(part) for part in like]
    assert all(isinstance(weight, nn.Parameter) and weight.requires_grad for weight in net.parameters())


def test_the_file_is_checked_while_the_network_is_built(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()
    plain = module_under_test.sha256_of

    def slow(path: Path, check: Any) -> str:
        begun.set()
        return plain(path, check)

    def build() -> nn.Module:
        assert begun.wait(10.0)
        return nn.Linear(2, 2)

    monkeypatch.setattr(module_under_test, "sha256_of", slow)
    monkeypatch.setattr(module_under_test, "load_function", lambda path: build)
    assert isinstance(ModelStore(Source(model)).network("classify.two", CPU), nn.Linear)


def test_a_changed_file_is_told_before_what_else_is_wrong_with_it(model: Model) -> None:
    save_file({"weight": torch.eye(3)}, model.weights)
    with pytest.raises(PluginError, match="the file was changed"):
        ModelStore(Source(model)).network("classify.two", CPU)


def test_a_check_of_a_file_ends_with_the_wait_for_it(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def endless(_path: Path, check: Any) -> str:
        try:
            while True:
                check()
                time.sleep(0.005)
        finally:
            ended.set()

    looks = iter(range(3))

    def check() -> None:
        if next(looks, None) is None:
            raise Cancelled("cancelled")

    monkeypatch.setattr(module_under_test, "sha256_of", endless)
    with pytest.raises(Cancelled):
        ModelStore(Source(model)).network("classify.two", CPU, check)
    assert ended.is_set()
    assert not [one for one in threading.enumerate() if one.name == "file check"]
