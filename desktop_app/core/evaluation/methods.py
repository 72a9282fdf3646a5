"""Who is asked about photos, and how: a model's softmax, or a tool that questions models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from desktop_app.api.errors import ParameterError
from desktop_app.core.evaluation.kept_answers import name_of
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.kinds import traits_of
from desktop_app.core.steps.whom import members

if TYPE_CHECKING:
    from desktop_app.core.models.loaded_classifier import LoadedClassifier
    from desktop_app.core.plugins.entries import Snapshot, ToolEntry

__all__ = ["SOFTMAX", "Asking", "Loaded", "askings"]

SOFTMAX = "softmax"
_FOLDED = {"augmentation": "tta_class", "tta": "tta_class"}  # as people call it
_DROPPING, _DROPOUT = "uncertainty.mc_dropout", "_dropout"  # at the end of the ids of models that ship for it

Loaded = Callable[[str], "LoadedClassifier"]


@dataclass(frozen=True, eq=False)
class Asking:
    """One way of asking.

    Parameters
    ----------
    method : str
        As a table says it.
    models : tuple of LoadedClassifier
        Who is asked.
    tool : ToolRequest, optional
        The tool by which; none for the softmax of the one model.
    version : str
        The tool's.
    """

    method: str
    models: tuple[LoadedClassifier, ...]
    tool: ToolRequest | None = None
    version: str = ""

    @property
    def model(self) -> str:
        """The model's id; of several the first's, and how many more."""
        more = len(self.models) - 1
        return self.models[0].id + (f" and {more} more" if more else "")

    @property
    def name(self) -> str:
        """Both, in a few words."""
        return f"{self.model}, {self.method}"

    @property
    def digest(self) -> str:
        """What tells its answers from another's."""
        facts = [asdict(self.tool) if self.tool else None, self.version]
        return name_of([*facts, [one.descriptor.sha256 for one in self.models]])


def askings(
    models: Sequence[str], methods: Sequence[tuple[str, Mapping[str, object]]], snapshot: Snapshot, loaded: Loaded,
    seed: int, device: str,
) -> list[Asking]:  # fmt: skip
    """Return every way of asking: each method with each model, or with all of them where it takes several.

    Parameters
    ----------
    models : sequence of str
        Ids of classifiers of the same classes.
    methods : sequence of (str, mapping)
        ``softmax``; a tool's id, or what stands after ``uncertainty.``, with its parameters; or the end of a model's
        id, which stands for that model's softmax.
    loaded : callable
        Returns a classifier by its id.

    Raises
    ------
    ParameterError
        If a method is none of these, or the models know different classes.
    """
    asked = [loaded(model) for model in models]
    found: list[Asking] = []
    for name, params in methods:
        tool = _tool(name, snapshot)
        if name == SOFTMAX:
            found += [Asking(SOFTMAX, (one,)) for one in asked]
        elif tool is None:
            found.append(Asking(SOFTMAX, (loaded(_model_ending(name, snapshot)),)))
        else:
            quiet = {"is_mapped": False} if "is_mapped" in tool.properties else {}
            several = "classifiers" in tool.subjects
            groups = [_members(asked, snapshot, loaded)] if several else [(one,) for one in asked]
            if tool.id == _DROPPING:
                groups = [(_with_dropout(one, snapshot, loaded),) for one in asked]
            found += [_by_tool(tool, {**quiet, **params}, group, seed, device) for group in groups]
    everyone = [one for asking in found for one in asking.models]
    other = next((one for one in everyone if tuple(one.labels) != tuple(asked[0].labels)), None)
    if other is not None:
        raise ParameterError(f"expected models of the same classes, got {asked[0].id} and {other.id}; evaluate them "
                             "one by one")
    return found


def _by_tool(
    tool: ToolEntry, params: Mapping[str, object], models: tuple[LoadedClassifier, ...], seed: int, device: str
) -> Asking:
    subjects = tuple(ModelSpec(one.id) for one in models)
    request = ToolRequest(tool.id, params, seed, subjects, device)
    return Asking(tool.id.rpartition(".")[2], models, request, tool.version)


def _tool(name: str, snapshot: Snapshot) -> ToolEntry | None:
    """Return the tool of that name which questions classifiers alone."""
    wanted = name if "." in name else f"uncertainty.{_FOLDED.get(name, name)}"
    found = snapshot.tools_by_id.get(wanted)
    if found is None or not traits_of(found.kind).measures or not {"classifier", "classifiers"} & set(found.subjects):
        return None
    return found


def _model_ending(name: str, snapshot: Snapshot) -> str:
    found = [model.id for model in snapshot.models
             if model.task == "classifier" and (model.id == name or model.id.endswith(f"_{name}"))]  # fmt: skip
    if len(found) != 1:
        methods = ", ".join(tool.id.rpartition(".")[2] for tool in snapshot.tools if _tool(tool.id, snapshot))
        raise ParameterError(f"expected a method ({SOFTMAX}, {methods}) or the end of a model's id, got {name!r}; "
                             "change --methods")
    return found[0]


def _with_dropout(one: LoadedClassifier, snapshot: Snapshot, loaded: Loaded) -> LoadedClassifier:
    """Return a model if it has dropout, else the bundled one of its classes that has, if there is one."""
    if any("Dropout" in type(layer).__name__ and getattr(layer, "p", 0.0) > 0.0 for layer in one.network.modules()):
        return one
    found = (loaded(model.id) for model in snapshot.models if model.id.endswith(_DROPOUT))
    return next((other for other in found if tuple(other.labels) == tuple(one.labels)), one)


def _members(
    asked: Sequence[LoadedClassifier], snapshot: Snapshot, loaded: Loaded
) -> tuple[LoadedClassifier, ...]:
    """Return all models that were named; of one alone the bundled members of an ensemble of its classes."""
    if len(asked) > 1:
        return tuple(asked)
    same = tuple(loaded(model.id) for model in members(asked[0].labels, snapshot))
    if len(same) < 2:
        raise ParameterError("expected several models for an ensemble, got one; name others with --model")
    return same
