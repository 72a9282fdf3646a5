"""What the tool list, the forms and the command line know without importing any plugin: the descriptor cache.

Standard library only, so that the window can fill its tool list before its first paint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from desktop_app.core.json_text import parsed_json

if TYPE_CHECKING:
    from desktop_app.api.descriptors import Model

Status = Literal["loaded", "disabled", "quarantined", "untrusted", "unread"]
Origin = Literal["entry point", "folder"]
BUILT_IN = "verilens"
"""The program's own distribution."""
_FORMAT = 2


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """Conversion to and from JSON, where a tuple is a list."""

    def to_json(self) -> dict[str, Any]:
        """Return the entry as a JSON-able mapping."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        TypeError
            If a field is missing or unknown.
        """
        return cls(**{name: tuple(part) if isinstance(part, list) else part for name, part in value.items()})


@dataclass(frozen=True, kw_only=True)
class ToolEntry(_Entry):
    """A tool as its plugin described it, without the plugin.

    Parameters
    ----------
    id, kind, task, title, summary, version, differentiable, stochastic, discrete, encoding, sources, align, memory,
    keywords, recommended_for, usual_model
        As in `desktop_app.api.Tool`.
    plugin, plugin_version, distribution : str
        The entry point's name (or the folder plugin's), its distribution's version and name.
    schema : mapping
        JSON Schema of the parameters; each property may carry the form's hints ``unit``, ``soft`` (slider's ends),
        ``step``, ``log`` and ``advanced``.
    reach : int or str
        In pixels; ``"whole"`` when the whole photo is needed, ``"params"`` when the parameters decide.
    scale : int or str
        Output size over input size; ``"params"`` when the parameters decide.
    reframes : bool
        Whether it lays the photo into another frame: what lies at a place of the output lay elsewhere before.
    inputs : tuple of mapping
        Each ``{"name", "kind", "help", "required"}``.
    subjects : tuple of str
        ``"classifier"`` and ``"restoration"``, as far as the tool can question them.
    models : tuple of str
        Ids of the networks that the tool itself loads.
    """

    id: str
    kind: str
    task: str
    title: str
    summary: str
    version: str
    plugin: str
    plugin_version: str
    distribution: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    reach: int | str = "whole"
    align: int = 1
    scale: int | str = 1
    reframes: bool = False
    inputs: tuple[Mapping[str, Any], ...] = ()
    subjects: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    differentiable: bool = False
    stochastic: bool = False
    discrete: bool = False
    encoding: str = "encoded"
    memory: float = 6.0
    network: str = ""
    sources: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    recommended_for: str = ""
    usual_model: str = ""

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """The parameters' schemas by name, in the order of the form."""
        found: Mapping[str, Mapping[str, Any]] = self.schema.get("properties", {})
        return found


@dataclass(frozen=True, kw_only=True)
class ModelEntry(_Entry):
    """A network: bundled by a plugin, added by the user, or catalogued and not here yet.

    Parameters
    ----------
    id, title, task, version, sha256, labels, licence, summary, sources, keys, aliases, scale, channels, reach, multiple
        As in `desktop_app.api.Model`.
    weights, card : str
        Paths; without weights it is an architecture, or still to be downloaded.
    plugin, plugin_version, distribution : str
        Who brings it; empty for one that the user added.
    origin : str
        ``"bundled"``, ``"added"`` or ``"catalogue"``.
    source, author, commercial : str
        Where it came from (a file, an address), who made it, and whether it may be used commercially.
    architecture, purpose : str
        What kind of network it is, and what for: ``superres``, ``denoise``, ``classify`` …
    bytes : int
        Of its file.
    differentiable : bool
        Whether gradients flow through it (an ONNX file has none).
    precisions : tuple of str
        What its body may run in.
    tiling : str
        ``"exact"`` tiles by its reach, ``"overlap"`` with a measured seam below 1/255, or ``"whole"`` photos only.
    minimum, square
        Sizes in pixels that it wants beside multiples of `multiple`.
    takes_mask : bool
        Whether it fills what a mask marks.
    memory : float
        Peak working memory over the bytes of the float32 input.
    loader : mapping
        How its file is opened: by which door, as which architecture, with which preprocessing.
    preflight : mapping
        What was found out of a classifier when it was added.
    urls : tuple of str
        Where it can be downloaded; a `page` is only to be looked at.
    """

    id: str
    title: str
    task: str
    version: str = "1.0"
    weights: str = ""
    sha256: str = ""
    labels: tuple[str, ...] = ()
    licence: str = ""
    card: str | None = None
    summary: str = ""
    sources: tuple[str, ...] = ()
    plugin: str = ""
    plugin_version: str = ""
    distribution: str = ""
    origin: str = "bundled"
    source: str = ""
    author: str = ""
    commercial: str = "unknown"
    architecture: str = ""
    purpose: str = ""
    bytes: int | None = None
    differentiable: bool = True
    precisions: tuple[str, ...] = ("float32", "bfloat16")
    tiling: str = "whole"
    scale: int = 1
    channels: tuple[int, ...] = (3, 3)
    reach: int | None = None
    multiple: int = 1
    minimum: int = 1
    square: bool = False
    takes_mask: bool = False
    memory: float = 40.0
    keys: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    loader: Mapping[str, Any] = field(default_factory=dict)
    preflight: Mapping[str, Any] = field(default_factory=dict)
    urls: tuple[str, ...] = ()
    page: str = ""

    @property
    def is_here(self) -> bool:
        """Whether its weights are on this machine; an architecture has none."""
        return bool(self.weights)


def architecture_of(model: Model | ModelEntry) -> str:
    """Return the id of the model whose architecture it is of: its own, unless it is a user's file of a plugin's."""
    loader = getattr(model, "loader", {})
    return str(loader["architecture"]) if loader.get("door") == "plugin" else model.id


@dataclass(frozen=True, kw_only=True)
class PluginEntry(_Entry):
    """One plugin and how it fares.

    Parameters
    ----------
    name : str
        The entry point's name, or the file's or folder's in the user's plugin folder.
    distribution, version : str
        What it was installed with; of a folder plugin ``"user folder"`` and ``""``.
    status : Status
        Only a loaded plugin has tools and models.
    reason : str
        Why it is not loaded, in a sentence; empty otherwise.
    seconds : float
        How long loading it took when it was last loaded (zero when it never was).
    tools, models : tuple of str
        Ids.
    location : str
        The file or folder that holds it.
    files : tuple of str
        Files outside its folder that its descriptors name (weights, cards); a change in one is a change in it.
    stamp : str
        Fingerprint of distribution, version and files: the key under which its descriptors are kept.
    trace : str
        The traceback of what it raised, for who mends it; empty where it raised nothing.
    """

    name: str
    distribution: str
    version: str
    status: Status = "loaded"
    reason: str = ""
    seconds: float = 0.0
    tools: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    origin: Origin = "entry point"
    location: str = ""
    files: tuple[str, ...] = ()
    stamp: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Snapshot:
    """All tools, models and plugins at one moment; `key` changes when any of them does."""

    tools: tuple[ToolEntry, ...] = ()
    models: tuple[ModelEntry, ...] = ()
    plugins: tuple[PluginEntry, ...] = ()
    key: str = ""

    @cached_property
    def tools_by_id(self) -> Mapping[str, ToolEntry]:
        """Tools by id."""
        return {entry.id: entry for entry in self.tools}

    @cached_property
    def models_by_id(self) -> Mapping[str, ModelEntry]:
        """Models by id."""
        return {entry.id: entry for entry in self.models}

    @cached_property
    def plugins_by_name(self) -> Mapping[str, PluginEntry]:
        """Plugins by name."""
        return {entry.name: entry for entry in self.plugins}

    def of(self, distribution: str) -> Snapshot:
        """Return the part of it that one distribution brings."""
        return Snapshot(
            tuple(one for one in self.tools if one.distribution == distribution),
            tuple(one for one in self.models if one.distribution == distribution),
            tuple(one for one in self.plugins if one.distribution == distribution),
            f"{self.key} {distribution}",
        )

    def to_json(self) -> dict[str, Any]:
        """Return the snapshot as a JSON-able mapping."""
        return {"format": _FORMAT, "key": self.key} | {
            part: [entry.to_json() for entry in getattr(self, part)] for part in ("tools", "models", "plugins")
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Snapshot:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError
            If it is of another format, or no snapshot at all.
        """
        if value["format"] != _FORMAT:
            raise ValueError(f"expected a descriptor cache of format {_FORMAT}, got {value['format']!r}")
        return cls(
            tuple(map(ToolEntry.from_json, value["tools"])),
            tuple(map(ModelEntry.from_json, value["models"])),
            tuple(map(PluginEntry.from_json, value["plugins"])),
            value["key"],
        )

    def write(self, path: Path) -> None:
        """Write the cache file in one step: a reader sees the old one or the new one, never a part.

        Raises
        ------
        OSError, InputError
            If its folder cannot be made, or the file cannot be written.
        """
        from desktop_app.core.atomic import write_text

        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(self.to_json(), ensure_ascii=False))

    @classmethod
    def read(cls, path: Path) -> Snapshot | None:
        """Read the cache file; None when there is none, or it is damaged or of another format."""
        try:
            return cls.from_json(parsed_json(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # a cache: whatever is wrong with it, it is made anew

