"""What is typed becomes what the schema says."""

from __future__ import annotations

import pytest

from desktop_app.api.errors import ParameterError
from desktop_app.cli.arguments import pairs, parameters, target
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.core.plugins.entries import ToolEntry

NULL = {"type": "null"}
TOOL = ToolEntry(
    id="a.b", kind="restoration", task="a", title="B", summary="S", version="1", plugin="a", plugin_version="1",
    distribution="d",
    schema={
        "$defs": {"Mode": {"type": "string", "enum": ["x", "y"]}},
        "properties": {
            "whole": {"type": "integer"},
            "real": {"type": "number"},
            "flag": {"type": "boolean"},
            "text": {"type": "string"},
            "mode": {"$ref": "#/$defs/Mode"},
            "choice": {"enum": [1, 2]},
            "only": {"const": "fixed"},
            "maybe": {"anyOf": [{"type": "number"}, NULL]},
            "label": {"anyOf": [{"type": "string"}, {"type": "integer"}, NULL]},
            "list": {"type": "array"},
            "table": {"type": "object"},
        },
    },
)


@pytest.mark.parametrize(("given", "expected"), [
    ("whole=3", 3), ("real=3", 3.0), ("real=1e-3", 0.001), ("flag=yes", True), ("flag=False", False), ("text=3", "3"),
    ("text=a=b", "a=b"), ("text=", ""), ("mode=x", "x"), ("choice=2", 2), ("only=fixed", "fixed"), ("maybe=2", 2.0),
    ("maybe=null", None), ("maybe=auto", None), ("label=3", 3), ("label=cat", "cat"), ("label=none", None),
    ("list=[1, 2]", [1, 2]), ('table={"a": 1}', {"a": 1}),
])
def test_a_value_is_typed(given, expected):
    ((_, value),) = parameters([given], TOOL).items()
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("given", ["whole=3.5", "real=x", "flag=maybe", "maybe=x", "list={}", "table=[]", "table=x"])
def test_another_type_is_refused(given):
    with pytest.raises(ParameterError, match=given.partition("=")[0]):
        parameters([given], TOOL)


def test_pairs_split_at_the_first_mark():
    assert pairs(["a=1", "b=c=d"], "-p") == {"a": "1", "b": "c=d"}
    with pytest.raises(ParameterError, match="twice"):
        pairs(["a=1", "a=2"], "-p")


def test_a_target_with_and_without_parameters():
    assert target("denoise.tv") == TargetSpec("denoise.tv", {})
    assert target('denoise.tv:{"a": {"b": ":"}}') == TargetSpec("denoise.tv", {"a": {"b": ":"}})
