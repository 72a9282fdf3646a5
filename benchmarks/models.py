"""The learnt denoiser beside BM3D, a community's networks beside float32 and spandrel called bare, a model's first use.

The network is DnCNN's 17 layers of 64 channels, with its published weights where they are among the test data, else
with random ones; the photos have noise of σ 25. A first use of a model checks its file's hash and tensors before it
runs anything; the bare load does neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn, save

from benchmarks.pictures import bench, noisy, photos, planes_of, validation
from benchmarks.timing import Row, alternate, medians
from desktop_app.api import InputError, Model
from desktop_app.core.jobs.precision import Precision, run_body
from desktop_app.core.models.community import library
from desktop_app.core.models.digests import sha256_of
from desktop_app.core.models.networks import ModelStore
from desktop_app.core.models.weights import read_weights
from desktop_app.core.plugins.entries import Snapshot

__all__ = ["DnCnn", "heavy", "measure"]

_SIGMA = 25.0
_LAYERS, _WIDTH = 17, 64
_PUBLISHED = Path("weights") / "kair_dncnn_25.pth"
_HEAVY = 1000  # channels of two convolutions, of 60 MB in all


def measure(side: int = 1000, count: int = 3) -> list[Row]:
    """Return a row for each comparison.

    Parameters
    ----------
    side, count : int
        Of the photo in pixels, and how often each is timed.
    """
    return [
        _denoiser_row(side, count), _precision_row(side, count), _first_use_row(count),
        *_community_rows(side // 4, count),
    ]


def _denoiser_row(side: int, count: int) -> Row:
    picture = noisy(_photo(side).numpy(), _SIGMA, 0)
    with bench() as tools:
        def run(tool: str) -> None:
            tools.run(tool, picture, {"sigma": _SIGMA})

        runs = {"ours": lambda: run("denoise.deep"), "theirs": lambda: run("denoise.bm3d")}
        seconds = medians(alternate(runs, count))
    return Row(f"denoise.deep, {side}×{side} RGB", seconds["ours"], seconds["theirs"], "denoise.bm3d", "≤ 0.1",
               note="≤ 1.0 s with AMX")  # fmt: skip


def _photo(side: int) -> Tensor:
    """Return a colour photo ``(3, side, side)`` float32 in [0, 1], a test photo repeated; noise where there is none."""
    found = photos("mcmaster_odd/*.tif")
    if not found:
        return torch.rand(3, side, side, generator=torch.Generator().manual_seed(0))
    planes = torch.from_numpy(planes_of(found[0]))
    times = [-(-side // length) for length in planes.shape[1:]]
    return planes.repeat(1, *times)[:, :side, :side].contiguous()


def _precision_row(side: int, count: int) -> Row:
    grey = _photo(side).mean(0, keepdim=True)
    network, images = _dncnn(), torch.from_numpy(noisy(grey.numpy(), _SIGMA, 0))[None]
    results: dict[str, Tensor] = {}

    def run(precision: Precision) -> None:
        with torch.inference_mode():
            results[precision] = run_body(network, images, precision)

    seconds = medians(alternate({"ours": lambda: run("bfloat16"), "theirs": lambda: run("float32")}, count))
    difference = float((results["bfloat16"] - results["float32"]).abs().max())
    work, note = f"DnCNN {_LAYERS}×{_WIDTH} in bfloat16, {side}×{side} grey", f"largest difference {difference:.1e}"
    return Row(work, seconds["ours"], seconds["theirs"], "float32", "difference ≤ 9.8e-04", note=note)


class DnCnn(nn.Module):
    """Zhang et al. 2017 (arXiv:1608.03981), batch norms folded in: grey photos ``(N, 1, H, W)`` less their noise."""

    def __init__(self, layers: int = _LAYERS, width: int = _WIDTH) -> None:
        super().__init__()
        channels = [1, *[width] * (layers - 1), 1]
        parts = [part for before, after in pairwise(channels)
                 for part in (nn.Conv2d(before, after, 3, padding=1), nn.ReLU())]  # fmt: skip
        self.model = nn.Sequential(*parts[:-1])

    def forward(self, images: Tensor) -> Tensor:
        """Return the photo without the noise."""
        noise: Tensor = self.model(images)
        return images - noise


def _dncnn() -> nn.Module:
    torch.manual_seed(0)
    network, folder = DnCnn(), validation()
    file = folder.parent / _PUBLISHED if folder is not None else None
    if file is not None and file.is_file():
        network.load_state_dict(read_weights(file))
    return network.eval().requires_grad_(False)


def heavy() -> nn.Module:
    """Return a network of much weight, which nobody runs."""
    return nn.Sequential(nn.Conv2d(_HEAVY, _HEAVY, 3), nn.Conv2d(_HEAVY, _HEAVY * 2 // 3, 3))


@dataclass(frozen=True)
class _Source:
    """Where the store finds the one model."""

    descriptor: Model

    def snapshot(self, *, reading: bool = True) -> Snapshot:  # noqa: ARG002 - the protocol's
        """Return no more than an empty one: nothing is looked up by it."""
        return Snapshot()

    def model(self, model_id: str) -> Model:
        """Return it, whatever is asked for."""
        assert model_id == self.descriptor.id
        return self.descriptor


def _first_use_row(count: int) -> Row:
    with TemporaryDirectory() as home:
        file = Path(home) / "heavy.safetensors"
        save_file(heavy().state_dict(), file)
        model = Model(id="bench.heavy", title="Heavy", task="network", builder="benchmarks.models:heavy", weights=file,
                      sha256=sha256_of(file))  # fmt: skip

        def first() -> None:
            ModelStore(_Source(model)).network(model.id, torch.device("cpu"))

        def bare() -> None:
            heavy().load_state_dict(load_file(file))

        seconds = medians(alternate({"ours": first, "theirs": bare}, count))
        size = file.stat().st_size / 1e6
    return Row(f"first use of a model of {size:.0f} MB", seconds["ours"], seconds["theirs"], "the bare load", "≤ 1.3")


def _community_rows(side: int, count: int) -> list[Row]:
    """Return rows for networks that spandrel opens: the first use of a large one, and an enlargement by a small one."""
    try:
        spandrel = library("spandrel")
    except InputError:  # it is an extra
        return []
    large = spandrel.architectures.ESRGAN.ESRGAN()
    small = spandrel.architectures.Compact.Compact(num_feat=64, num_conv=32, upscale=4)
    with bench() as tools, TemporaryDirectory() as home:
        files = {name: Path(home) / f"{name}.pth" for name in ("large", "small")}
        for file, network in zip(files.values(), (large, small), strict=True):
            save(network.state_dict(), file)
        entries = {name: tools.add(file) for name, file in files.items()}
        picture = _photo(side).numpy()
        bare = spandrel.ModelLoader(device="cpu").load_from_file(files["small"])
        loads = {
            "ours": lambda: tools.first_use(entries["large"]),
            "theirs": lambda: spandrel.ModelLoader(device="cpu").load_from_file(files["large"]),
        }
        results: dict[str, Tensor] = {}

        def ours() -> None:
            results["ours"] = torch.from_numpy(tools.run("restore.model", picture, {"network": entries["small"]}))

        def theirs() -> None:
            with torch.inference_mode():
                results["theirs"] = bare(torch.from_numpy(picture)[None])[0]

        first = medians(alternate(loads, count))
        enlarged = medians(alternate({"ours": ours, "theirs": theirs}, count))
        size = files["large"].stat().st_size / 1e6
    difference = float((results["ours"].clamp(0.0, 1.0) - results["theirs"]).abs().max())
    return [
        Row(f"first use of ESRGAN ×4, {size:.0f} MB", first["ours"], first["theirs"], "spandrel's bare load", "≤ 1.3"),
        Row(f"SRVGG ×4 (64 channels, 32 layers), {side}×{side} RGB", enlarged["ours"], enlarged["theirs"],
            "spandrel called bare", "≤ 1", note=f"largest difference {difference:.1e}"),
    ]
