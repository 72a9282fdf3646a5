"""What the bundled classifiers answer to photos that they know: ``python -m training.known [--net NAME …]``.

The training photos that each net's recipe has held out (`training.cifar10_resnet`): no weight was trained on them, only
the temperature of the logits was set by them. Writes ``resources/known/classify.NAME.safetensors``, a row of
half-precision numbers for each photo (`desktop_app.numerics.seen.Seen.rows`), by which tools tell photos that are
unlike them, and set thresholds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import save_file

from desktop_app.core.application import Application
from plugins.classification.cifar10_resnet.descriptor import NETS
from training.cifar10_images import ARCHIVE, as_float, data_root, hold_out, load_split

OUTPUT = Path(__file__).resolve().parents[1] / "resources" / "known"
_WEIGHTS = OUTPUT.parent / "weights"
_ON = "photos of CIFAR-10 that its training held out"


def made(net: str, archive: Path, folder: Path) -> Path:
    """Ask a bundled net about the photos that its training held out, and write its answers."""
    recipe = json.loads((_WEIGHTS / net / f"{net}.json").read_text())["recipe"]
    _, held = hold_out(load_split(archive, "train"), recipe["held_out_per_class"], recipe["seed"])
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        model = application.models.classifier(f"classify.{net}", torch.device("cpu"))
        parts = [model.look(as_float(pixels)) for pixels in torch.split(held.pixels, 100)]
        application.close()
    table = torch.cat([part.rows(labels) for part, labels in zip(parts, torch.split(held.labels, 100), strict=True)])
    path = folder / f"classify.{net}.safetensors"
    card = {"version": 2, "on": _ON, "sha256": model.descriptor.sha256}
    save_file({"answers": table.half()}, path, {"card": json.dumps(card)})
    return path


def main(argv: Sequence[str] | None = None) -> int:
    """Write the answers of all bundled nets, or of those named."""
    parser = argparse.ArgumentParser(prog="python -m training.known", description=__doc__)
    parser.add_argument("--net", nargs="+", choices=NETS, default=list(NETS))
    parser.add_argument("--data", type=Path, default=data_root() / ARCHIVE, metavar="FILE")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    for net in options.net:
        print(made(net, options.data, options.output), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
