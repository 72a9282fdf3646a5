"""The tool list: grouped by kind and task, narrowed by a search."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from desktop_app.core.plugins.entries import ToolEntry

KIND_TITLES = {
    "restoration": "Restore",
    "attack": "Attack",
    "uncertainty": "Uncertainty",
    "degradation": "Degrade",
}
TASK_TITLES = {
    "denoise": "Denoise",
    "deblur": "Deblur",
    "superres": "Super-resolution",
    "lowlight": "Low light",
    "dehaze": "Dehaze",
    "derain": "Derain",
    "underwater": "Underwater",
    "inpaint": "Inpaint",
    "enhance": "Enhance",
    "restore": "Several tasks",
    "attack": "On a picture",
    "defend": "Defend",
    "uncertainty": "Of a result",
    "degrade": "Make a test photo",
}


class TaskGroup(NamedTuple):
    """The tools of one task."""

    title: str
    tools: tuple[ToolEntry, ...]


class KindGroup(NamedTuple):
    """The tasks of one kind of tool; `is_flat` where a task level would say nothing new."""

    kind: str
    title: str
    tasks: tuple[TaskGroup, ...]

    @property
    def is_flat(self) -> bool:
        """Whether the tools hang directly below the kind."""
        return len(self.tasks) == 1 and self.kind != "restoration"


def tool_tree(tools: Iterable[ToolEntry], query: str = "") -> tuple[KindGroup, ...]:
    """Return the groups, in the order of the contract's kinds, of the tools that fit a search.

    Parameters
    ----------
    tools : iterable of ToolEntry
        All that were discovered.
    query : str
        Every one of its words must occur in the tool's title, id, summary, kind or task; case does not matter.
    """
    words = query.casefold().split()
    found = [tool for tool in tools if fits(tool, words)]
    groups = (_kind_group(kind, [tool for tool in found if tool.kind == kind]) for kind in KIND_TITLES)
    return tuple(group for group in groups if group.tasks)


def fits(tool: ToolEntry, words: Iterable[str]) -> bool:
    """Return whether every word (lower case) occurs somewhere in what is said about a tool."""
    text = " ".join((tool.title, tool.id, tool.summary, KIND_TITLES.get(tool.kind, ""), task_title(tool.task)))
    return all(word in text.casefold() for word in words)


def task_title(task: str) -> str:
    """Return what the list calls a task; a third party's task is called by its own name."""
    return TASK_TITLES.get(task.rpartition(".")[2], task.rpartition(".")[2].replace("_", " ").capitalize())


def _kind_group(kind: str, tools: list[ToolEntry]) -> KindGroup:
    known = {title: position for position, title in enumerate(TASK_TITLES.values())}
    titles = sorted({task_title(tool.task) for tool in tools}, key=lambda title: (known.get(title, 99), title))
    tasks = (
        TaskGroup(title, tuple(sorted((t for t in tools if task_title(t.task) == title), key=_by_title)))
        for title in titles
    )
    return KindGroup(kind, KIND_TITLES[kind], tuple(tasks))


def _by_title(tool: ToolEntry) -> str:
    return tool.title.casefold()
