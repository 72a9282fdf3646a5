"""What a file holds beside the picture that is shown, and a saved result does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["beside_picture"]

_PICTURES = "The file holds further pictures, such as a preview or a depth or gain map: a saved result has none."


def beside_picture(image: Image) -> list[str]:
    """Return what an identified picture's file holds beside it, in sentences."""
    frames = int(getattr(image, "n_frames", 1))
    if frames > 1 and image.format != "TIFF":
        return [f"The file has {frames} frames: the first is shown, and a saved result holds no other."]
    return [_PICTURES] if "mpoffset" in image.info else []
