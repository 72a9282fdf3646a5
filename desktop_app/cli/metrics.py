"""``verilens metrics``: how close an image is to a reference."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from desktop_app.api.errors import ParameterError
from desktop_app.cli.console import Console

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Planes = NDArray[np.float32]

_CHANNELS = {"rgb": "all channels", "y": "the Y channel of BT.601 (studio range)"}


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("metrics")(metrics)


def metrics(
    context: typer.Context,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The image that is judged.")],
    reference: Annotated[Path | None, typer.Option(help="What it ought to look like.")] = None,
    channels: Annotated[Literal["rgb", "y"], typer.Option(help="All channels, or the Y of BT.601 only.")] = "rgb",
    crop: Annotated[int, typer.Option(min=0, help="Pixels left out at every border.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Print PSNR and SSIM of an image against a reference."""
    from desktop_app.core.lab.metrics import psnr, ssim

    if reference is None:
        raise ParameterError("expected --reference REF to measure PSNR and SSIM against, got none; name the file")
    ours, theirs = (_planes(path, channels, crop) for path in (image, reference))
    payload = {
        "image": str(image), "reference": str(reference), "psnr": psnr(ours, theirs), "ssim": ssim(ours, theirs),
        "channels": channels, "crop": crop, "convention": _convention(channels, crop),
    }
    console: Console = context.obj
    console.show(payload, _lines(payload), as_json)
    return 0


def _planes(path: Path, channels: str, crop: int) -> Planes:
    from desktop_app.core.imaging.files import open_photo
    from desktop_app.core.lab.luma import luma

    planes = open_photo(path).raster.planes()
    if 2 * crop >= min(planes.shape[1:]):
        size = f"{planes.shape[2]}×{planes.shape[1]}"
        raise ParameterError(f"expected --crop to leave something of {size} pixels, got {crop}; crop less")
    inner = planes[:, crop : planes.shape[1] - crop, crop : planes.shape[2] - crop]
    return luma(inner) if channels == "y" else inner


def _convention(channels: str, crop: int) -> str:
    return (f"over {_CHANNELS[channels]}, {crop} pixels cropped at every border, peak 1.0; SSIM with an 11×11 Gaussian "
            "window, σ 1.5, averaged over channels")


def _lines(payload: dict[str, Any]) -> list[str]:
    return [f"PSNR {payload['psnr']:.4f} dB", f"SSIM {payload['ssim']:.4f}", f"({payload['convention']})"]
