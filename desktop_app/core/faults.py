"""What code of others raises: whether memory ran out, and what it says, in one line."""

from __future__ import annotations

_LONGEST = 300  # characters of another's error that a line holds


def one_line(error: BaseException) -> str:
    """Return an error's name and text as one line of what can be printed, whatever it holds."""
    try:
        # Escapes of terminals among it: they would colour or hide what stands around them.
        text = " ".join("".join(each if each.isprintable() else " " for each in str(error)).split())
    except Exception as broken:  # noqa: BLE001 - an error of a plugin may fail even to say what it is
        text = f"and its text fails with {type(broken).__name__}"
    return ": ".join(part for part in (type(error).__name__, text[:_LONGEST]) if part)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out; torch's CPU allocator has no exception of its own."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator: can't allocate memory" in str(error)
