"""By which endings of their names photos are looked for, in folders and in dialogs; what a file is its content says."""

from __future__ import annotations

__all__ = ["READABLE", "WRITABLE"]

READABLE = frozenset({
    ".avif", ".bmp", ".gif", ".j2k", ".jp2", ".jpe", ".jpeg", ".jpg", ".pam", ".pbm", ".pfm", ".pgm", ".png", ".pnm",
    ".ppm", ".tif", ".tiff", ".webp",
})  # fmt: skip
WRITABLE = frozenset({".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
