"""Whom a tool may question, attack or use, and whom it is given when nobody is named."""

from __future__ import annotations

from desktop_app.api.errors import InputMissingError
from desktop_app.core.jobs.request import ModelSpec, Subject, TargetSpec
from desktop_app.core.kinds import fits, traits_of
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry, architecture_of

USUAL_TARGET = "denoise.deep"
"""Quick, differentiable, of use on any photo: what the window offers first, and a restoration has for its prior."""


def classifiers(snapshot: Snapshot) -> tuple[ModelEntry, ...]:
    """Return the models that a tool can question, our own before others'."""
    return tuple(model for model in snapshot.models if model.task == "classifier" and model.is_here)


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


def completed(subjects: tuple[Subject, ...], snapshot: Snapshot, asking: ToolEntry) -> tuple[Subject, ...]:
    """Return whom a tool is to question, with who is meant where nobody is named: a prior, or a classifier.

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
    for model in classifiers(snapshot):
        return (ModelSpec(model.id), *subjects)
    raise InputMissingError(f"{asking.id}: expected a classifier to question, found no model; add a plugin with one")


def _can_be_target(tool: ToolEntry) -> bool:
    is_enough = not tool.subjects and not any(given["required"] for given in tool.inputs)
    return traits_of(tool.kind).can_be_target and is_enough and not tool.reframes  # a crop restores nothing
