"""Whose architecture a file's tensors are of, by their names and sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.api.errors import ParameterError
from desktop_app.core.json_text import parsed_json

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.core.plugins.entries import ModelEntry

    State = Mapping[str, Tensor]

_WRAPPINGS = ("module.", "netG.", "net_g.", "generator.", "_orig_mod.")
"""What training in parallel, or beside a second network, puts before every name."""

_HOLDERS = ("model.", "net.", "network.", "generator.", "module.")
"""Under what a training's checkpoint has its network, where it has others beside it: critics, losses, their weights."""

_LENGTH = 8  # bytes before a safetensors file's table of contents, which say how long it is
_MOST = 1 << 24  # bytes of such a table that are looked at


def likeliest(state: State, models: Iterable[ModelEntry]) -> ModelEntry | None:
    """Return the plugins' model whose architecture a state dict is of; None where it is of none.

    A file of the very names and sizes of a bundled one comes before one that has the keys of an architecture, which
    another may have too; best is what has both.

    Parameters
    ----------
    state : mapping of str to Tensor
        Of any shapes.
    models : iterable of ModelEntry
        Those that the user added are left out: they are files, not architectures.
    """
    sizes = {name: tuple(part.shape) for name, part in state.items()}
    ranks = {0: None, 1: None, 2: None, 3: None} | {
        2 * (_sizes_in(one) == sizes) + (bool(one.keys) and set(one.keys) <= sizes.keys()): one
        for one in reversed([one for one in models if one.plugin])
    }
    return ranks[3] or ranks[2] or ranks[1]


def _sizes_in(model: ModelEntry) -> Mapping[str, tuple[int, ...]] | None:
    """Return the shapes in a bundled model's file, by name; None where it has none, or none that can be read."""
    if not model.weights:
        return None
    try:
        with Path(model.weights).open("rb") as stream:
            length = int.from_bytes(stream.read(_LENGTH), "little")
            table = parsed_json(stream.read(min(length, _MOST)))
        return {name: tuple(one["shape"]) for name, one in table.items() if name != "__metadata__"}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None  # whoever loads that model says what is wrong with it


def forms(state: State) -> Iterator[State]:
    """Yield a state dict without wrappings, then without whatever else all names begin with; tensors of any shape.

    Last comes what lies under a name that a network has in a checkpoint, where others lie beside it.
    """
    state = unwrapped(state)
    yield state
    first = {name.partition(".")[0] for name in state}
    if len(first) == 1 and all("." in name for name in state):
        yield _below(state, f"{next(iter(first))}.")
    else:
        yield from (below for holder in _HOLDERS if (below := _below(state, holder)))


def part_with(state: State, wanted: Collection[str]) -> State:
    """Return the part of a state dict, of any shapes, that has all the names wanted, without what stands before them.

    Where there is none it is returned as it is: whoever fills a network with it says what is missing.

    Raises
    ------
    ParameterError
        If there are two such parts: a network and its average, a teacher and its pupil.
    """
    if not wanted or all(name in state for name in wanted):
        return state
    one = max(wanted, key=len)
    before = [name.removesuffix(one) for name in state if name.endswith(f".{one}")]
    fitting = [start for start in before if all(start + name in state for name in wanted)]
    if len(fitting) > 1:
        raise ParameterError(f"expected weights of one network, got {len(fitting)} of the same form, under "
                             f"{' and '.join(fitting)}; save the one that is wanted alone")
    return _below(state, fitting[0]) if fitting else state


def _below(state: State, start: str) -> State:
    return {name.removeprefix(start): value for name, value in state.items() if name.startswith(start)}


def unwrapped(state: State) -> State:
    """Return a state dict, of any shapes, without what training put before every name."""
    for wrapping in _WRAPPINGS:
        if all(name.startswith(wrapping) for name in state):
            return unwrapped({name.removeprefix(wrapping): value for name, value in state.items()})
    return state
