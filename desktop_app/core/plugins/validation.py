"""What a descriptor must keep to be registered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, get_args

from desktop_app.api.descriptors import API_VERSION, Encoding, InputKind, Kind, Model, ModelTask, Subject, Tool, Use
from desktop_app.api.errors import PluginError
from desktop_app.core.kinds import traits_of
from desktop_app.core.plugins.entries import BUILT_IN

if TYPE_CHECKING:
    from desktop_app.api.params import Params
    from desktop_app.core.plugins.candidate import Candidate

TASKS = frozenset([
    "denoise", "deblur", "superres", "lowlight", "dehaze", "derain", "underwater", "inpaint", "enhance", "restore",
    "attack", "defend", "uncertainty", "degrade", "classify",
])
"""First parts of the ids that the program's own plugins may use, and nobody else."""

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check(tools: Iterable[Tool], models: Iterable[Model], candidate: Candidate) -> None:
    """Hold a plugin's descriptors to the contract.

    Raises
    ------
    PluginError
        At the first fault: what was expected, what was got.
    """
    taken: set[str] = set()
    descriptors: list[Tool | Model] = [*tools, *models]
    for one in descriptors:
        faults = tool_faults(one) if isinstance(one, Tool) else model_faults(one)
        fault = next(faults, None) or id_fault(one.id, candidate) or _twice(one.id, taken)
        if fault:
            raise PluginError(f"{one.id!r}: {fault}")


def _twice(found: str, taken: set[str]) -> str | None:
    if found in taken:
        return "expected an id of its own, got it twice in one plugin; rename one"
    taken.add(found)
    return None


def id_fault(found: str, candidate: Candidate) -> str | None:
    """Return what is wrong with an id for this plugin, or None."""
    first = found.partition(".")[0]
    if candidate.distribution == BUILT_IN:
        return None if first in TASKS else f"expected an id that begins with one of {_either(TASKS)}, got {found!r}"
    if first in TASKS:
        return f"expected an id that begins with the plugin's name, got {first!r}, which is the program's own"
    wanted = f"{candidate.door or candidate.name}."
    return None if found.startswith(wanted) else f"expected an id that begins with {wanted!r}, got {found!r}"


def tool_faults(tool: Tool) -> Iterator[str]:
    """Yield all that is wrong with a tool's descriptor, but for its id's prefix."""
    yield from _common(tool)
    yield from _choice("kind", tool.kind, Kind)
    yield from _choice("encoding", tool.encoding, Encoding)
    if traits_of(str(tool.kind)).is_held_to_budget and tool.encoding != "encoded":
        yield (f"expected an attack on the photo's own numbers ('encoded'), got {tool.encoding!r}; leave its encoding "
               "out")
    for subject in tool.subjects:
        yield from _choice("subject", subject, Subject)
    if not (isinstance(tool.api, int) and 1 <= tool.api <= API_VERSION):
        yield f"expected an API version up to {API_VERSION}, got {tool.api!r}; update Verilens or the plugin"
    yield from _functions(algorithm=tool.algorithm, prepare=tool.prepare or "none:none")
    yield from _sizes(tool)
    yield from _inputs(tool)
    yield from _params(tool)


def model_faults(model: Model) -> Iterator[str]:
    """Yield all that is wrong with a model's descriptor, but for its id's prefix."""
    yield from _common(model)
    yield from _choice("task", model.task, ModelTask)
    yield from _choice("commercial use", model.commercial, Use)
    yield from _functions(builder=model.builder)
    for name in ("keys", "aliases", "labels"):
        if getattr(model, name) and not _are_words(getattr(model, name)):
            yield f"expected {name} as a tuple of words, got {getattr(model, name)!r}"
    yield from _sizes_of_pictures(model)
    if model.weights is None:
        if not model.keys:
            yield "expected weights, or the keys of a state dict by which files of users are recognised, got neither"
        return
    if not _SHA256.fullmatch(str(model.sha256)):
        yield f"expected a SHA-256 in lower-case hexadecimal, got {model.sha256!r}"
    if model.task == "classifier" and not model.labels:
        yield "expected a classifier's labels, got none"


def _sizes_of_pictures(model: Model) -> Iterator[str]:
    for name in ("scale", "multiple"):
        if not _at_least(getattr(model, name), 1):
            yield f"expected a {name} of 1 or more, got {getattr(model, name)!r}"
    if not (model.reach is None or _at_least(model.reach, 0)):
        yield f"expected a reach in whole pixels or None, got {model.reach!r}"
    channels = model.channels
    if not (isinstance(channels, list | tuple) and len(channels) == 2 and all(_at_least(one, 1) for one in channels)):
        yield f"expected channels as two whole numbers, in and out, got {channels!r}"


def _common(one: Tool | Model) -> Iterator[str]:
    if not _ID.fullmatch(str(one.id)):
        yield f"expected an id like 'task.method' in lower case, got {one.id!r}"
    for name in ("title", "version"):
        if not isinstance(getattr(one, name), str) or not getattr(one, name):
            yield f"expected a {name}, got {getattr(one, name)!r}"
    if isinstance(one, Tool) and not one.summary:
        yield "expected a summary, got none"
    if isinstance(one, Tool) and not _are_words(one.keywords):
        yield f"expected keywords as a tuple of words and phrases, got {one.keywords!r}"


def _are_words(words: object) -> bool:
    return isinstance(words, list | tuple) and all(isinstance(word, str) and word.strip() for word in words)


def _choice(name: str, got: object, choices: Any) -> Iterator[str]:
    if got not in get_args(choices):
        yield f"expected a {name} that is one of {_either(get_args(choices))}, got {got!r}"


def _functions(**paths: object) -> Iterator[str]:
    for name, path in paths.items():
        if not isinstance(path, str) or not _FUNCTION.fullmatch(path):
            yield f"expected {name} as 'package.module:function', got {path!r}"


def _sizes(tool: Tool) -> Iterator[str]:
    if not (tool.reach is None or callable(tool.reach) or _at_least(tool.reach, 0)):
        yield f"expected a reach in whole pixels, a function or None, got {tool.reach!r}"
    if not (callable(tool.scale) or _at_least(tool.scale, 1) or _is_fraction(tool)):
        yield f"expected a scale of 1 or more (below it only without a reach), or a function, got {tool.scale!r}"
    if tool.frame is not None and not (callable(tool.frame) and tool.reach is None and tool.scale == 1):
        yield "expected a frame that is a function, of a tool without reach and scale; leave those out"
    if not _at_least(tool.align, 1):
        yield f"expected an alignment of 1 pixel or more, got {tool.align!r}"
    if not (isinstance(tool.memory, int | float) and tool.memory > 0):
        yield f"expected memory as a positive multiple of the tile's bytes, got {tool.memory!r}"


def _is_fraction(tool: Tool) -> bool:
    return isinstance(tool.scale, Fraction) and (tool.scale >= 1 or (tool.scale > 0 and tool.reach is None))


def _at_least(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _inputs(tool: Tool) -> Iterator[str]:
    names = [spec.name for spec in tool.inputs]
    if len(set(names)) < len(names):
        yield f"expected inputs with names of their own, got {', '.join(names)}"
    for spec in tool.inputs:
        yield from _choice("kind of input", spec.kind, InputKind)


def _params(tool: Tool) -> Iterator[str]:
    from desktop_app.api.params import Params

    if tool.params is not None and not (isinstance(tool.params, type) and issubclass(tool.params, Params)):
        yield f"expected params that derive from desktop_app.api.Params, got {tool.params!r}"
        return
    names = set(tool.params.model_fields) if tool.params else set()
    if tool.network and tool.network not in names:
        yield f"expected a parameter {tool.network!r} that names the network, got none; add it to params"
    if traits_of(str(tool.kind)).is_held_to_budget:
        yield from _threat(tool.params, names)
    if tool.params is not None:
        yield from _schema(tool.params.model_json_schema)


def _threat(params: type[Params] | None, names: Collection[str]) -> Iterator[str]:
    from desktop_app.api.params import ThreatParams
    from desktop_app.core.threats.bound import kinds

    if params is None or not issubclass(params, ThreatParams):
        yield "expected an attack's params to declare a threat (derive them from AttackParams), got none"
    elif not set(params.SIZES) <= set(names):
        yield f"expected SIZES to name parameters ({', '.join(names)}), got {', '.join(params.SIZES)}"
    elif unknown := {one.kind for one in params().threat()} - kinds():
        yield f"expected a threat of {_either(kinds())}, got {_either(unknown)}"


def _schema(make: Callable[[], object]) -> Iterator[str]:
    from pydantic.errors import PydanticInvalidForJsonSchema

    try:
        json.dumps(make(), allow_nan=False)
    except (PydanticInvalidForJsonSchema, TypeError, ValueError) as error:
        yield f"expected params that a JSON Schema can describe, got {' '.join(str(error).split())}"


def _either(choices: Iterable[str]) -> str:
    return ", ".join(sorted(choices))
