"""Whom a tool may question, attack or use, and whom it is given when nobody is named."""

from __future__ import annotations

from collections.abc import Sequence

from desktop_app.api.errors import InputMissingError
from desktop_app.core.jobs.request import ModelSpec, Subject, TargetSpec
from desktop_app.core.kinds import fits, traits_of
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry, architecture_of

USUAL_TARGET = "denoise.deep"
"""Quick, differentiable, of use on any photo: what the window offers first, and a restoration has for its prior."""
_MEMBER = "_member_"  # in the ids of models that ship as an ensemble


def classifiers(snapshot: Snapshot) -> tuple[ModelEntry, ...]:
    """Return the models that a tool can question, our own before others'."""
    return tuple(model for model in snapshot.models if model.task == "classifier" and model.is_here)


def usual_model(asking: ToolEntry, snapshot: Snapshot) -> ModelEntry | None:
    """Return the classifier that a tool questions where nobody is named: its own choice, else the first."""
    found = classifiers(snapshot)
    return next((model for model in found if model.id == asking.usual_model), next(iter(found), None))


def networks_for(tool: ToolEntry, snapshot: Snapshot) -> tuple[ModelEntry, ...]:
    """Return the networks that a tool can run which leaves the choice to its user.

    Those that restore a photo by themselves; or those of the architecture of the tool's own network, where only the
    tool knows how to call it.
    """
    return tuple(model for model in snapshot.models if model.is_here and can_run(tool, model, snapshot))


def can_run(tool: ToolEntry, model: ModelEntry, snapshot: Snapshot) -> bool:
    """Return whether a tool that leaves the choice of its network to its user can run this one."""
    usual = snapshot.models_by_id.get(tool.properties.get(tool.network, {}).get("default", ""))
    if usual is not None and usual.task == "network":
        return model.task == "network" and architecture_of(model) == usual.id
    return bool(tool.network) and model.task == "restoration"


def targets(snapshot: Snapshot, asking: ToolEntry) -> tuple[ToolEntry, ...]:
    """Return the tools that can be questioned by another: the restorations that need a photo alone, but for itself."""
    return tuple(tool for tool in snapshot.tools if tool.id != asking.id and _can_be_target(tool))


def fellow_models(model: ModelEntry, snapshot: Snapshot) -> tuple[ModelEntry, ...]:
    """Return the other classifiers of the same classes, in the same order: an ensemble can ask them, too."""
    return tuple(one for one in classifiers(snapshot) if one.labels == model.labels and one.id != model.id)


def members(labels: Sequence[str], snapshot: Snapshot) -> tuple[ModelEntry, ...]:
    """Return the models that ship as an ensemble of these classes: whom an ensemble asks where nobody is named."""
    return tuple(one for one in classifiers(snapshot) if _MEMBER in one.id and tuple(one.labels) == tuple(labels))


def fellow_tools(tool: ToolEntry, asking: ToolEntry, snapshot: Snapshot) -> tuple[ToolEntry, ...]:
    """Return the other restorations of the same task that can be questioned, what is recommended for it first."""
    found = [one for one in targets(snapshot, asking) if one.task == tool.task and one.id != tool.id]
    return tuple(sorted(found, key=lambda one: not one.recommended_for))


def completed(subjects: tuple[Subject, ...], snapshot: Snapshot, asking: ToolEntry) -> tuple[Subject, ...]:
    """Return whom a tool is to question, with who is meant where nobody is named: a prior, a classifier, an ensemble.

    Raises
    ------
    InputMissingError
        If none is installed.
    """
    if not subjects and traits_of(asking.kind).can_be_target and any(fits(form, 0, 1) for form in asking.subjects):
        return (TargetSpec(USUAL_TARGET),)
    restorations = sum(isinstance(one, TargetSpec) for one in subjects)
    if restorations < len(subjects) or not any(fits(form, 1, restorations) for form in asking.subjects):
        return subjects
    if subjects and any(fits(form, 0, restorations) for form in asking.subjects):
        return subjects
    asks_one = any(fits(form, 1, restorations) and "classifiers" not in form for form in asking.subjects)
    if (model := usual_model(asking, snapshot)) is not None:
        several = () if asks_one else members(model.labels, snapshot)
        return (*(ModelSpec(one.id) for one in several or (model,)), *subjects)
    raise InputMissingError(f"{asking.id}: expected a classifier to question, found no model; add a plugin with one")


def _can_be_target(tool: ToolEntry) -> bool:
    is_enough = not tool.subjects and not any(given["required"] for given in tool.inputs)
    return traits_of(tool.kind).can_be_target and is_enough and not tool.reframes  # a crop restores nothing
