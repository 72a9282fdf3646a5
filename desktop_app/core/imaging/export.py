"""How a result is written where its format leaves a choice, and what is done to it for those who only look at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.colour import srgb_converter
from desktop_app.core.imaging.metadata import Metadata, without_place
from desktop_app.core.imaging.raster import Raster, convert_depth

__all__ = ["PRESETS", "USUAL", "Export", "as_srgb", "as_words", "export_from", "prepared"]

Subsampling = Literal["4:4:4", "4:2:2", "4:2:0"]
Kept = Literal["all", "no-place", "none"]
_TITLES = {"metadata": get_args(Kept), "subsampling": get_args(Subsampling)}


@dataclass(frozen=True)
class Export:
    """Choices of an export.

    Parameters
    ----------
    quality : int
        Of JPEG, WebP, AVIF and JPEG XL, 1 to 100; more is larger and truer, and 100 loses nothing in JPEG XL and AVIF.
    subsampling : {"4:4:4", "4:2:2", "4:2:0"}
        How finely JPEG and AVIF keep colours; the last is smallest.
    progressive : bool
        Whether a JPEG appears from coarse to fine while it loads.
    long_side : int, optional
        Pixels that the longer side has at most: a larger picture is made smaller.
    srgb : bool
        Whether colours become sRGB, for programs that read no profile.
    sharpen : float
        How much edges gain after scaling, 0 to 2; 0.5 makes up for what scaling softens.
    metadata : {"all", "no-place", "none"}
        What is kept of EXIF, XMP, IPTC and text: all, all but the place of the photo, or nothing. A profile stays.
    """

    quality: int = 95
    subsampling: Subsampling = "4:4:4"
    progressive: bool = False
    long_side: int | None = None
    srgb: bool = False
    sharpen: float = 0.0
    metadata: Kept = "all"

    def __post_init__(self) -> None:
        faults = [
            ("quality", "from 1 to 100", 1 <= self.quality <= 100),
            ("long_side", "of at least 1", self.long_side is None or self.long_side >= 1),
            ("sharpen", "from 0 to 2", 0 <= self.sharpen <= 2),
            *((name, f"out of {', '.join(known)}", getattr(self, name) in known) for name, known in _TITLES.items()),
        ]
        for name, expected, is_fine in faults:
            if not is_fine:
                raise ParameterError(f"expected a {name} {expected}, got {getattr(self, name)}; choose another")


USUAL = Export()
PRESETS = {
    "web": Export(85, "4:2:0", True, 2048, True, 0.5, "no-place"),
    "small": Export(75, "4:2:0", True, 1280, True, 0.5, "none"),
    "best": Export(100),
}
"""Choices by name."""


def export_from(words: Iterable[str]) -> Export:
    """Return the choices that words such as ``"web"`` and ``"quality=80"`` make, the later ones last.

    Raises
    ------
    ParameterError
        If a word is no preset and no choice, or its value does not fit.
    """
    chosen = USUAL
    kinds = {field.name: str(field.type) for field in fields(Export)}
    for word in (part.strip() for text in words for part in text.split(",")):
        name, is_choice, value = word.partition("=")
        name = name.replace("-", "_")
        if not is_choice and name in PRESETS:
            chosen = PRESETS[name]
        elif is_choice and name in kinds:
            chosen = replace(chosen, **{name: _value(kinds[name], name, value)})
        else:
            known = ", ".join((*PRESETS, *(f"{one}=…" for one in kinds)))
            raise ParameterError(f"expected choices of an export out of {known}, got {word!r}; choose from these")
    return chosen


def as_words(export: Export) -> list[str]:
    """Return the words that `export_from` reads the choices from."""
    return [f"{field.name}={getattr(export, field.name)}" for field in fields(Export)
            if getattr(export, field.name) != getattr(USUAL, field.name)]


def _value(kind: str, name: str, text: str) -> Any:
    try:
        if kind == "bool":
            return {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}[text.lower()]
        if kind in ("int", "int | None"):
            return int(text)
        return float(text) if kind == "float" else text
    except (ValueError, KeyError) as error:
        what = "yes or no" if kind == "bool" else "a number"
        raise ParameterError(f"expected {what} for {name}, got {text!r}; write it as {name}=VALUE") from error


def prepared(raster: Raster, metadata: Metadata, export: Export) -> tuple[Raster, Metadata]:
    """Return a picture and what travels beside it as an export wants them: scaled, sharpened, in sRGB, stripped."""
    if export.metadata == "none":
        metadata = replace(metadata, exif=None, xmp=None, iptc=None, comment=None, more_xmp=None, text=None)
    elif export.metadata == "no-place":
        metadata = without_place(metadata)
    if export.srgb and metadata.icc:
        raster, metadata = as_srgb(raster, metadata.icc), replace(metadata, icc=None, colour=None)
    longest = max(raster.width, raster.height)
    if export.long_side is not None and longest > export.long_side:
        scale = export.long_side / longest
        raster = _scaled(raster, max(1, round(raster.width * scale)), max(1, round(raster.height * scale)))
    return (_sharpened(raster, export.sharpen) if export.sharpen else raster), metadata


def as_srgb(raster: Raster, icc: bytes) -> Raster:
    """Return a picture in the colours of a profile as sRGB, in 16 bits; as it is where that is of other colours."""
    convert = srgb_converter(icc, raster.channels)
    if convert is None:
        return raster
    pixels = convert(convert_depth(raster.pixels, "16"))
    return Raster(pixels, None if raster.alpha is None else convert_depth(raster.alpha, "16"))


def _scaled(raster: Raster, width: int, height: int) -> Raster:
    from PIL import Image

    def plane(values: NDArray[Any]) -> NDArray[np.float32]:
        image = Image.fromarray(np.ascontiguousarray(values, np.float32))
        return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=4.0))

    pixels: NDArray[Any] = convert_depth(raster.pixels, "32f")
    alpha = None if raster.alpha is None else plane(convert_depth(raster.alpha, "32f"))
    return Raster(np.dstack([plane(pixels[..., channel]) for channel in range(raster.channels)]), alpha)


def _sharpened(raster: Raster, amount: float) -> Raster:
    """Add what a small blur, a binomial one of three by three, takes away."""
    values: NDArray[Any] = convert_depth(raster.pixels, "32f")
    wide = np.pad(values, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows = (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4
    blurred = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4
    alpha = None if raster.alpha is None else convert_depth(raster.alpha, "32f")
    return Raster(values + np.float32(amount) * (values - blurred), alpha)
