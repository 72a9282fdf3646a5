"""Levels, as the tool list and the form see them."""

from __future__ import annotations

from pydantic import model_validator

from desktop_app.api import Params, Tool, param, provides

_LARGEST = 1e12


class LevelsParams(Params):
    """Parameters of levels."""

    low: float | None = param(None, title="Black", ge=-_LARGEST, le=_LARGEST, soft=(0, 255), step=1, help=(
        "The file's number that becomes black; more darkens the shadows. All but the darkest thousandth of the values "
        "lie above it when not given."
    ))
    high: float | None = param(None, title="White", ge=-_LARGEST, le=_LARGEST, soft=(0, 255), step=1, help=(
        "The file's number that becomes white; less brightens the lights. All but the brightest thousandth of the "
        "values lie below it when not given."
    ))
    full_scale: float = param(255.0, title="Full scale", ge=1e-6, le=_LARGEST, soft=(1, 65535), advanced=True, help=(
        "The number that the photo's full scale is in the file: 255 of 8 bits, 65535 of 16, 1 of floats; more lets the "
        "same numbers brighten more."
    ))

    @model_validator(mode="after")
    def _is_range(self) -> LevelsParams:
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"expected a white above black, got black {self.low:g} and white {self.high:g}")
        return self


verilens_tools = provides(__name__, Tool(
    id="enhance.levels", title="Levels", kind="restoration", version="1.0", params=LevelsParams,
    prepare=".algorithm:prepare", reach=0, differentiable=True, memory=5.0,
    keywords=("histogram", "black point", "white point", "faded", "flat", "tones", "stretch", "12 bit", "too white",
              "contrast", "darken", "overexposed", "too bright", "überbelichtet", "zu hell", "flau",
              "Tonwerte", "Kontrast", "abdunkeln", "dunkler", "niveaux", "contraste", "assombrir"),
    recommended_for="Set black and white",
    summary="Chooses which of the file's values are black and white; of data it is the first step, undone on saving.",
    sources=("Gonzalez, Woods 2018, Digital Image Processing, 4th edition, section 3.2 (contrast stretching)",),
))
