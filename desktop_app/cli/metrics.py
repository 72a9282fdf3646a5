"""``verilens metrics``: how close an image is to a reference, or how good it looks without one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from desktop_app.api.errors import ParameterError
from desktop_app.cli.console import Console
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.imaging.files import Photo
    from desktop_app.core.imaging.ranges import LevelsWanted

    Planes = NDArray[np.float32]

_CHANNELS = {"rgb": "all channels", "y": "the Y channel of BT.601 (studio range)"}


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("metrics")(metrics)


def metrics(
    context: typer.Context,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", readable=False, help="The image that is judged.")],
    reference: Annotated[Path | None, typer.Option(readable=False, help="What it ought to look like.")] = None,
    channels: Annotated[Literal["rgb", "y"], typer.Option(help="All channels, or the Y of BT.601 only.")] = "rgb",
    crop: Annotated[int, typer.Option(min=0, help="Pixels left out at every border.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Print PSNR, SSIM and MS-SSIM against a reference; NIQE, UIQM and UCIQE without one."""
    from desktop_app.core.lab.niqe import origin
    from desktop_app.core.lab.registry import conventions, scores

    ideal = _opened(reference) if reference else None
    ours = _opened(image, ideal.metadata.levels if ideal else "auto")  # both in one range
    found = scores(_planes(ours, channels, crop), _planes(ideal, channels, crop) if ideal else None)
    if not found.measured:
        raise ParameterError(f"expected a picture that can be measured, but: {'; '.join(found.notes)}")
    statistics = None if found.values.get("niqe") is None else origin()
    payload = {
        "image": str(image), "reference": str(reference) if reference else None,
        **found.values, "channels": channels, "crop": crop, "notes": list(found.notes), "statistics": statistics,
        "convention": f"over {_CHANNELS[channels]}, {counted(crop, 'pixel')} cropped at every border; "
                      f"{conventions(found.measured)}",
    }  # fmt: skip
    lines = [f"{metric.title} {metric.text(found.values[metric.name])}" for metric in found.measured]
    lines += [f"({sentence})" for sentence in (*found.notes, payload["convention"])]
    lines += [f"(statistics of NIQE: {statistics})"] if statistics else []
    console: Console = context.obj
    console.show(payload, lines, as_json)
    return 0


def _opened(path: Path, levels: LevelsWanted = "auto") -> Photo:
    from desktop_app.core.imaging.files import open_photo

    return open_photo(path, levels=levels)


def _planes(photo: Photo, channels: str, crop: int) -> Planes:
    from desktop_app.core.lab.luma import luma

    planes = photo.raster.planes()
    if 2 * crop >= min(planes.shape[1:]):
        size = f"{planes.shape[2]}×{planes.shape[1]}"
        raise ParameterError(f"expected --crop to leave something of {size} pixels, got {crop}; crop less")
    inner = planes[:, crop : planes.shape[1] - crop, crop : planes.shape[2] - crop]
    return luma(inner) if channels == "y" else inner
