"""What a file holds beside the picture that is shown, and a saved result does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["beside_picture"]

_PICTURES = "The file holds further pictures, such as a preview or a depth or gain map: a saved result has none."
_VOUCHED = (
    "The file has content credentials (C2PA), which vouch for it as it is: a saved result is another picture, and has "
    "none."
)


def beside_picture(image: Image) -> list[str]:
    """Return what an identified picture's file holds beside it, in sentences."""
    frames = int(getattr(image, "n_frames", 1))
    told = [_VOUCHED] if _has_credentials(image) else []
    if frames > 1 and image.format != "TIFF":
        return [f"The file has {frames} frames: the first is shown, and a saved result holds no other.", *told]
    return [_PICTURES, *told] if "mpoffset" in image.info else told


def _has_credentials(image: Image) -> bool:
    """Whether there is a manifest: in a JPEG's segments APP11, in a chunk of a PNG (C2PA specification, appendix A)."""
    if any(name == "APP11" and b"c2pa" in part for name, part in getattr(image, "applist", ())):
        return True
    return any(found[0] == b"caBX" for found in getattr(image, "private_chunks", ()))
