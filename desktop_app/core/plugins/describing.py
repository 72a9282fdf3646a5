"""From a plugin's live descriptors to the entries that are kept in the cache."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

from desktop_app.api.descriptors import Model, Tool
from desktop_app.core.plugins.candidate import Candidate
from desktop_app.core.plugins.entries import ModelEntry, ToolEntry


def tool_entry(tool: Tool, candidate: Candidate) -> ToolEntry:
    """Return a tool's entry."""
    return ToolEntry(
        id=tool.id, kind=tool.kind, task=tool.task, title=tool.title, summary=tool.summary, version=tool.version,
        schema=tool.params.model_json_schema() if tool.params else {"type": "object", "properties": {}},
        reach="whole" if tool.reach is None else "params" if callable(tool.reach) else tool.reach,
        scale=_scale(tool), reframes=tool.frame is not None,
        align=tool.align, inputs=tuple(asdict(spec) for spec in tool.inputs), subjects=tuple(tool.subjects),
        models=tuple(tool.models), differentiable=tool.differentiable, stochastic=tool.stochastic,
        discrete=tool.discrete, encoding=tool.encoding, memory=tool.memory, network=tool.network,
        sources=tuple(tool.sources),
        keywords=tuple(tool.keywords), recommended_for=tool.recommended_for, usual_model=tool.usual_model,
        **_owner(candidate),
    )


def _scale(tool: Tool) -> int | str:
    """Return the scale as JSON has it: a fraction as text."""
    if callable(tool.scale) or tool.frame is not None:
        return "params"
    return str(tool.scale) if isinstance(tool.scale, Fraction) else tool.scale


def model_entry(model: Model, candidate: Candidate) -> ModelEntry:
    """Return a model's entry."""
    weights = Path(model.weights) if model.weights else None
    return ModelEntry(
        id=model.id, title=model.title, task=model.task, version=model.version, weights=str(weights or ""),
        sha256=model.sha256, labels=tuple(model.labels), licence=model.licence, commercial=model.commercial,
        card=str(model.card) if model.card else None, summary=model.summary, sources=tuple(model.sources),
        keys=tuple(model.keys), aliases=tuple(model.aliases), architecture=model.builder.rpartition(":")[0],
        bytes=weights.stat().st_size if weights is not None and weights.is_file() else None,
        scale=model.scale, channels=tuple(model.channels), reach=model.reach, multiple=model.multiple,
        tiling="whole" if model.reach is None else "exact", **_owner(candidate),
    )


def named_files(models: list[Model], location: Path | None) -> tuple[str, ...]:
    """Return the files that models name and that lie outside the plugin's own folder."""
    paths = [path for model in models for path in (model.weights, model.card) if path is not None]
    return tuple(sorted({str(path) for path in paths if not location or not Path(path).is_relative_to(location)}))


def _owner(candidate: Candidate) -> dict[str, Any]:
    return {
        "plugin": candidate.name, "plugin_version": candidate.version, "distribution": candidate.distribution,
    }
