"""The tool list: grouped by kind and task, narrowed by a search."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from desktop_app.core.kinds import KINDS, traits_of

if TYPE_CHECKING:
    from desktop_app.core.plugins.entries import ToolEntry

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
        return len(self.tasks) == 1 and not traits_of(self.kind).spans_tasks


def tool_tree(tools: Iterable[ToolEntry], query: str = "") -> tuple[KindGroup, ...]:
    """Return the groups of the tools that fit a search: in the order of the contract's kinds, or the best hit first.

    Parameters
    ----------
    tools : iterable of ToolEntry
        All that were discovered.
    query : str
        Every one of its words must occur in the tool's title, id, summary, kind or task; case does not matter.
    """
    words = query.casefold().split()
    found = [tool for tool in tools if fits(tool, words)]
    groups = [_kind_group(kind, [tool for tool in found if tool.kind == kind]) for kind in KINDS]
    shown = tuple(group for group in groups if group.tasks)
    return _best_first(shown, query) if words else shown


def in_order(tools: Iterable[ToolEntry]) -> tuple[ToolEntry, ...]:
    """Return tools in the order of the tool list."""
    return tuple(tool for group in tool_tree(tools) for task in group.tasks for tool in task.tools)


def rank(tool: ToolEntry, query: str) -> int:
    """Return how well a tool that fits a search does so, 0 the best.

    Its title, or its method's name in the id, is the query (0), or its title begins with it (1); else every word begins
    a word of the title (2), stands somewhere in the title (3) or the id (4), or elsewhere (5).
    """
    title, words = tool.title.casefold(), query.casefold().split()
    wanted = " ".join(words)
    if wanted in (title, tool.id, tool.id.rpartition(".")[2]):
        return 0
    if title.startswith(wanted):
        return 1
    if all(any(part.startswith(word) for part in re.findall(r"\w+", title)) for word in words):
        return 2
    places = (title, f"{title} {tool.id.casefold()}")
    return next((3 + place for place, text in enumerate(places) if all(word in text for word in words)), 5)


def _best_first(groups: tuple[KindGroup, ...], query: str) -> tuple[KindGroup, ...]:
    """Sort tools, tasks and kinds by their best hit; the order stays among equals."""
    ranks = {tool.id: rank(tool, query) for group in groups for task in group.tasks for tool in task.tools}

    def of_task(task: TaskGroup) -> int:
        return min(ranks[tool.id] for tool in task.tools)

    def sorted_task(task: TaskGroup) -> TaskGroup:
        return task._replace(tools=tuple(sorted(task.tools, key=lambda tool: ranks[tool.id])))

    def sorted_kind(group: KindGroup) -> KindGroup:
        return group._replace(tasks=tuple(sorted(map(sorted_task, group.tasks), key=of_task)))

    return tuple(sorted(map(sorted_kind, groups), key=lambda group: of_task(group.tasks[0])))


def fits(tool: ToolEntry, words: Iterable[str]) -> bool:
    """Return whether every word (lower case) occurs somewhere in what is said about a tool."""
    text = " ".join((tool.title, tool.id, tool.summary, traits_of(tool.kind).title, task_title(tool.task)))
    return all(word in text.casefold() for word in words)


def task_title(task: str) -> str:
    """Return what the list calls a task; a third party's task is called by its own name."""
    return TASK_TITLES.get(task.rpartition(".")[2], task.rpartition(".")[2].replace("_", " ").capitalize())


def full_title(tool: ToolEntry) -> str:
    """Return a tool's title with its task before it, unless the title begins with that.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> full_title(SimpleNamespace(task="denoise", title="BM3D"))
    'Denoise: BM3D'
    >>> full_title(SimpleNamespace(task="dehaze", title="Dehaze: dark channel"))
    'Dehaze: dark channel'
    """
    task = task_title(tool.task)
    return tool.title if tool.title.casefold().startswith(task.casefold()) else f"{task}: {tool.title}"


def _kind_group(kind: str, tools: list[ToolEntry]) -> KindGroup:
    known = {title: position for position, title in enumerate(TASK_TITLES.values())}
    titles = sorted({task_title(tool.task) for tool in tools}, key=lambda title: (known.get(title, 99), title))
    tasks = (
        TaskGroup(title, tuple(sorted((t for t in tools if task_title(t.task) == title), key=_by_title)))
        for title in titles
    )
    return KindGroup(kind, traits_of(kind).title, tuple(tasks))


def _by_title(tool: ToolEntry) -> str:
    return tool.title.casefold()
