"""Descriptions in which scientific programs say how a TIFF's planes lie: of another file, they would be believed."""

from __future__ import annotations

import json

from desktop_app.core.json_text import parsed_json

__all__ = ["is_of_planes", "without_planes"]

# tifffile reads a description that begins so as the shape of all pages together.
_SHAPED = '{"shape":'
_IMAGEJ = "ImageJ="
_IMAGEJ_PLANES = ("images", "channels", "slices", "frames", "hyperstack", "mode", "loop")


def without_planes(description: str) -> str | None:
    """Return what a TIFF's description says beside how its planes lie; None where that is nothing.

    A saved result holds one picture. Where it still said that three slices follow, its reader would look for them: it
    fails, or shows slices that nobody took. Words of a person stay as they are.

    Parameters
    ----------
    description : str
        Of tag 270: the shape by tifffile, lines of ImageJ (TIFF 6.0 page 42 and ImageJ's TiffEncoder), OME-XML, or any
        other text.
    """
    if description.startswith(_SHAPED):
        try:
            said = parsed_json(description)
        except ValueError:
            return None
        rest = {name: value for name, value in said.items() if name not in ("shape", "axes")}
        return json.dumps(rest) if rest else None
    if description.startswith(_IMAGEJ):
        lines = description.splitlines()
        return "\n".join(line for line in lines if line.split("=")[0] not in _IMAGEJ_PLANES) + "\n"
    return None if is_of_planes(description) else description


def is_of_planes(description: str) -> bool:
    """Return whether a description is OME-XML, all of whose parts hang on the planes of its own file."""
    text = description.strip()
    return text.startswith("<?xml") and text.endswith("OME>")
