"""By which endings of their names photos are looked for, in folders and in dialogs; what a file is its content says."""

from __future__ import annotations

__all__ = ["JPEG", "RAW", "READABLE", "WRITABLE"]

READABLE = frozenset({
    ".arw", ".avif", ".bmp", ".cr2", ".cr3", ".dng", ".exr", ".gif", ".heic", ".heif", ".hif", ".j2k", ".jp2", ".jpe",
    ".jpeg", ".jpg", ".jxl", ".nef", ".orf", ".pam", ".pbm", ".pef", ".pfm", ".pgm", ".png", ".pnm", ".ppm", ".psb",
    ".psd", ".raf", ".rw2", ".srw", ".tif", ".tiff", ".webp",
})  # fmt: skip
JPEG = frozenset({".jpe", ".jpeg", ".jpg"})
RAW = frozenset({".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".rw2", ".srw"})
WRITABLE = frozenset({".avif", ".jpeg", ".jpg", ".jxl", ".png", ".tif", ".tiff", ".webp"})
