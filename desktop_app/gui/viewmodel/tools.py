"""The tool list: grouped by kind and task, narrowed by a search."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from desktop_app.core.kinds import KINDS, traits_of
from desktop_app.core.plugins.entries import BUILT_IN
from desktop_app.gui.language import tr

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

T = TypeVar("T")
_SHORT = 3  # letters: so few occur in the middle of many a word
_STEM, _ENDING = 5, 5  # letters that akin words share, and that they may end in
_WORD = re.compile(r"[^\W_]+")


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
        What is looked for in the tool's title, id, summary, keywords, kind and task, as `found_by` has it.
    """
    found = found_by(with_one_recommended(tools), query, told_of)
    groups = [_kind_group(kind, [tool for tool in found if tool.kind == kind]) for kind in KINDS]
    shown = tuple(group for group in groups if group.tasks)
    return _best_first(shown, query) if query.split() else shown


def in_order(tools: Iterable[ToolEntry]) -> tuple[ToolEntry, ...]:
    """Return tools in the order of the tool list."""
    return tuple(tool for group in tool_tree(tools) for task in group.tasks for tool in task.tools)


def with_one_recommended(tools: Iterable[ToolEntry]) -> tuple[ToolEntry, ...]:
    """Return the tools with one of each task recommended at most: the program's own, else the first by id."""
    tools = tuple(tools)
    marked: dict[str, str] = {}
    for tool in sorted(tools, key=lambda tool: (tool.distribution != BUILT_IN, tool.id)):
        if tool.recommended_for:
            marked.setdefault(task_title(tool.task), tool.id)
    kept = set(marked.values())
    return tuple(tool if tool.id in kept or not tool.recommended_for else replace(tool, recommended_for="")
                 for tool in tools)


def rank(tool: ToolEntry, query: str) -> int:
    """Return how well a tool that fits a search does so, 0 the best.

    Its title, or its method's name in the id, is the query, or the query is a keyword of a recommended tool (0); its
    title begins with it, or it is a keyword (1); else every word begins a word of the title or of one keyword (2),
    stands somewhere in the title (3) or the id (4), or elsewhere (5).
    """
    title, words = tr(tool.title).casefold(), query.casefold().split()
    wanted, keywords = " ".join(words), [keyword.casefold() for keyword in tool.keywords]
    names = (title, tool.title.casefold(), tool.id, tool.id.rpartition(".")[2])
    if wanted in names or (tool.recommended_for and wanted in keywords):
        return 0
    if title.startswith(wanted) or wanted in keywords:
        return 1
    if any(all(_begins_word(text, word) for word in words) for text in (title, *keywords)):
        return 2
    places = (title, f"{title} {tool.id.casefold()}")
    return next((3 + place for place, text in enumerate(places) if all(word in text for word in words)), 5)


def relevance(tool: ToolEntry, query: str) -> tuple[bool, bool, int, bool]:
    """Return what hits are sorted by: mere mentions last, repairs before damage, the best and the usual first."""
    place = rank(tool, query)
    return place == 5, not traits_of(tool.kind).is_wanted, place, not tool.recommended_for


def _best_first(groups: tuple[KindGroup, ...], query: str) -> tuple[KindGroup, ...]:
    """Sort tools, tasks and kinds by their best hit; the order stays among equals."""
    places = {tool.id: relevance(tool, query) for group in groups for task in group.tasks for tool in task.tools}

    def of_task(task: TaskGroup) -> tuple[bool, bool, int, bool]:
        return min(places[tool.id] for tool in task.tools)

    def sorted_task(task: TaskGroup) -> TaskGroup:
        return task._replace(tools=tuple(sorted(task.tools, key=lambda tool: places[tool.id])))

    def sorted_kind(group: KindGroup) -> KindGroup:
        return group._replace(tasks=tuple(sorted(map(sorted_task, group.tasks), key=of_task)))

    return tuple(sorted(map(sorted_kind, groups), key=lambda group: of_task(group.tasks[0])))


def told_of(tool: ToolEntry) -> str:
    """Return all that is said about a tool."""
    told = (tool.title, tool.summary, traits_of(tool.kind).title, task_title(tool.task), tool.recommended_for)
    return " ".join((tool.id, *told, *map(tr, told), *tool.keywords))


def found_by(items: Iterable[T], query: str, told: Callable[[T], str]) -> list[T]:
    """Return the items that a search finds: every one of its words begins a word of what is told of them, in any case.

    Where it finds none so, those are found in which every word occurs, a short one at the beginning of a word; where
    there is none either, those that tell of a word akin to each, as `_are_akin` has it.

    Examples
    --------
    >>> [found_by(["Attack", "tta", "Denoise", "Grain", "Rain"], query, str) for query in ("rain", "noise", "tta")]
    [['Rain'], ['Denoise'], ['tta']]
    >>> [found_by(["Upscale", "Nacht"], query, str) for query in ("upscaling", "Nachtaufnahme", "up")]
    [['Upscale'], ['Nacht'], ['Upscale']]
    """
    words = query.casefold().split()
    texts = [(item, told(item).casefold()) for item in items]
    return [item for item, text in texts if all(_begins_word(text, word) for word in words)] or [
        item for item, text in texts if all(word in text for word in words if len(word) > _SHORT)
        and all(_begins_word(text, word) for word in words if len(word) <= _SHORT)
    ] or [
        item for item, text in texts if all(_begins_word(text, word) or _has_akin(text, word) for word in words)
    ]  # fmt: skip


def _has_akin(text: str, word: str) -> bool:
    return any(_are_akin(word, other) for other in _WORD.findall(text))


def _are_akin(typed: str, told: str) -> bool:
    """Return whether two words differ by their endings, or what is told begins or ends what was typed."""
    stem = next((place for place, (one, other) in enumerate(zip(typed, told, strict=False)) if one != other),
                min(len(typed), len(told)))  # fmt: skip
    if stem >= _STEM and len(typed) - stem <= _ENDING and len(told) - stem <= _ENDING:
        return True
    if stem == len(told):  # a plural, or the first part of a compound
        return stem >= _STEM or len(typed) - stem <= len(told) - _SHORT
    return len(told) > _STEM and typed.endswith(told)


def _begins_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![^\W_]){re.escape(word)}", text) is not None


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


def name_of(tool: ToolEntry) -> str:
    """Return what a list without headings calls a tool: what it is recommended for comes first.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> name_of(SimpleNamespace(title="BM3D", recommended_for="Remove noise"))
    'Remove noise · BM3D'
    """
    return f"{tool.recommended_for} · {tool.title}" if tool.recommended_for else tool.title


def _kind_group(kind: str, tools: list[ToolEntry]) -> KindGroup:
    known = {title: position for position, title in enumerate(TASK_TITLES.values())}
    titles = sorted({task_title(tool.task) for tool in tools}, key=lambda title: (known.get(title, 99), title))
    tasks = (
        TaskGroup(title, tuple(sorted((t for t in tools if task_title(t.task) == title), key=_usual_first)))
        for title in titles
    )
    return KindGroup(kind, traits_of(kind).title, tuple(tasks))


def _usual_first(tool: ToolEntry) -> tuple[bool, str]:
    return not tool.recommended_for, tool.title.casefold()
