"""What code of others raises: whether memory ran out, and what it says, in one line."""

from __future__ import annotations

_LONGEST, _SHORT = 300, 200  # characters of another's error that a line holds, alone or within a sentence


def one_line(error: BaseException) -> str:
    """Return an error's name and text as one line of what can be printed, whatever it holds."""
    return ": ".join(part for part in (type(error).__name__, _text(error)[:_LONGEST]) if part)


def words_of(error: BaseException) -> str:
    """Return an error's text as one short line of what can be printed, or its name where it says nothing."""
    return _text(error)[:_SHORT] or type(error).__name__


def _text(error: BaseException) -> str:
    try:
        # Escapes of terminals among it: they would colour or hide what stands around them.
        return " ".join("".join(each if each.isprintable() else " " for each in str(error)).split())
    except Exception as broken:  # noqa: BLE001 - an error of a plugin may fail even to say what it is
        return f"and its text fails with {type(broken).__name__}"


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out; torch's CPU allocator has no exception of its own."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator: can't allocate memory" in str(error)
