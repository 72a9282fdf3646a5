"""A tool that runs a network of the user's choice has that network's sizes, wherever the network was named."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from desktop_app.api import Params, Tool, param
from desktop_app.api.errors import InputMissingError, ParameterError
from desktop_app.core.jobs import fitting
from desktop_app.core.jobs.loaded import Sizes
from desktop_app.core.jobs.request import ModelSpec, Subject, TargetSpec, ToolRequest
from desktop_app.core.plugins.entries import ModelEntry


class NetworkParams(Params):
    model: str = param("", help="Which network.")


class UsualParams(Params):
    model: str = param("usual", help="Which network.")


def tool(params: Any = NetworkParams, network: str = "model") -> Tool:
    return Tool(id="t", title="T", kind="restoration", summary="For tests.", version="1", algorithm="a:b",
                params=params, network=network, memory=3.0)  # fmt: skip


def names(request: ToolRequest) -> tuple[Any, ...]:
    """Return where a request names its network, for the tool and for the record."""
    return request.params.get("model"), [one for one in request.subjects if isinstance(one, ModelSpec)]


@pytest.mark.parametrize(("params", "subjects", "chosen"), [
    ({}, ("a",), "a"), ({"model": "a"}, (), "a"), ({"model": "a"}, ("a",), "a"), ({"model": ""}, ("a",), "a"),
    ({}, (), "usual"),
])  # fmt: skip
def test_a_network_named_anywhere_is_named_everywhere(
    params: dict[str, str], subjects: tuple[str, ...], chosen: str
) -> None:
    other = TargetSpec("fake.blur")
    given: tuple[Subject, ...] = (*map(ModelSpec, subjects), other)
    request = fitting.with_network(tool(UsualParams), ToolRequest("t", {"more": 1, **params}, subjects=given))
    assert names(request) == (chosen, [ModelSpec(chosen)])
    assert other in request.subjects
    assert request.params["more"] == 1
    assert fitting.with_network(tool(UsualParams), request) == request


@pytest.mark.parametrize(("params", "subjects"), [({"model": "a"}, ("b",)), ({}, ("a", "b")), ({"model": "a"}, "aa")])
def test_two_networks_are_refused_by_their_names(params: dict[str, str], subjects: tuple[str, ...]) -> None:
    with pytest.raises(ParameterError, match=r"expected one network, got [ab], [ab]"):
        fitting.with_network(tool(), ToolRequest("t", params, subjects=tuple(map(ModelSpec, subjects))))


def test_a_request_that_names_none_stays_as_it_is() -> None:
    request = ToolRequest("t", {}, subjects=(TargetSpec("fake.blur"),))
    assert fitting.with_network(tool(), request) is request
    questioned = ToolRequest("t", {}, subjects=(ModelSpec("a"), ModelSpec("b")))
    assert fitting.with_network(tool(network=""), questioned) is questioned


class Known:
    """One network under every name."""

    def __init__(self, **facts: Any) -> None:
        self.facts = {"title": "N", "task": "restoration", "version": "1", "weights": "w", "sha256": "0"} | facts

    def descriptor(self, model_id: str) -> ModelEntry:
        return ModelEntry(id=model_id, **self.facts)


@pytest.mark.parametrize(("reach", "multiple", "scale", "memory", "differentiable"), [
    (None, 1, 1, 20.0, True), (12, 8, 4, 5.0, False),
])  # fmt: skip
def test_the_tool_takes_on_what_its_network_needs(
    reach: int | None, multiple: int, scale: int, memory: float, differentiable: bool
) -> None:
    known = Known(reach=reach, multiple=multiple, scale=scale, memory=memory, differentiable=differentiable)
    made = fitting.fitted(tool(), NetworkParams(model="a"), known)
    assert (made.id, made.reach, made.align, made.scale) == ("t", reach, multiple, scale)
    assert (made.memory, made.differentiable) == (memory, differentiable)


def test_what_is_no_network_for_it_is_refused_and_one_of_its_own_is_left_alone() -> None:
    plain = tool(network="")
    assert fitting.fitted(plain, None, Known()) is plain
    with pytest.raises(InputMissingError, match="--model"):
        fitting.fitted(tool(), NetworkParams(), Known())
    with pytest.raises(ParameterError, match=r"'a' .*classifier"):
        fitting.fitted(tool(), NetworkParams(model="a"), Known(task="classifier"))


class Parts:
    """Networks of several kinds, by name; of no other name."""

    def __init__(self, **tasks: str) -> None:
        self.tasks = tasks

    def descriptor(self, model_id: str) -> ModelEntry:
        if model_id not in self.tasks:
            raise ParameterError(f"no {model_id}")
        task, _, architecture = self.tasks[model_id].partition(" of ")
        loader = {"door": "plugin", "architecture": architecture} if architecture else {}
        return ModelEntry(id=model_id, title="N", task=task, loader=loader, reach=7)


def test_one_adapted_from_the_tools_own_network_stands_in_for_it_and_no_other() -> None:
    there = Parts(usual="network", mine="network of usual", other="network of elsewhere", free="restoration")
    with_own_sizes = tool(UsualParams)
    for name in ("usual", "mine"):
        assert fitting.fitted(with_own_sizes, UsualParams(model=name), there) is with_own_sizes
    for name in ("other", "free"):
        with pytest.raises(ParameterError, match=f"expected 'usual' or a network adapted from it, got '{name}'"):
            fitting.fitted(with_own_sizes, UsualParams(model=name), there)
    assert fitting.fitted(with_own_sizes, UsualParams(model="free"), Parts(free="restoration")).reach == 7


@pytest.mark.parametrize(("height", "width", "scale", "is_refused"), [
    (1 << 14, 1 << 14, 2, False), (1 << 14, (1 << 14) + 1, 2, True), (1 << 16, 1 << 16, 1, False),
    (1 << 15, 1 << 15, Fraction(3, 2), True), (1 << 14, 1 << 14, Fraction(3, 2), False),
])  # fmt: skip
def test_only_what_is_enlarged_beyond_a_gigapixel_is_refused(
    height: int, width: int, scale: Any, is_refused: bool
) -> None:
    if is_refused:
        with pytest.raises(ParameterError, match=r"at most 1\.1 gigapixels"):
            fitting.check_size(tool(), height, width, Sizes(None, Fraction(scale), 1))
    else:
        fitting.check_size(tool(), height, width, Sizes(None, Fraction(scale), 1))
