"""Every architecture of spandrel's with random weights: saved, added, run on grey and colour, in tiles and whole.

A few small ones always; all of them with ``pytest -m every_architecture``, which takes many minutes.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.models import measuring
from desktop_app.core.models.adding import add_file
from desktop_app.core.models.community import library

# Where a network's defaults are not what its files have, or large: smaller ones that are recognised all the same.
_SMALL: dict[str, dict[str, Any]] = {
    "DnCNN": {"nc": 8, "nb": 9},
    "Compact": {"num_feat": 8, "num_conv": 4},
    "SwiftSRGAN": {},
    "SAFMN": {"dim": 16, "n_blocks": 2},
}
_LARGE: dict[str, dict[str, Any]] = {
    "DRUNet": {"in_nc": 4, "out_nc": 3, "nc": [8, 16, 24, 32]},
    "ESRGAN": {"num_filters": 8, "num_blocks": 2},
    "FBCNN": {"nc": [8, 16, 24, 512]},  # what tells the quality is of one size
    "HAT": {"window_size": 16, "depths": [2, 2], "num_heads": [6, 6]},  # its own default, 7, fails
    "LaMa": {"in_nc": 4, "out_nc": 3},
    "MMRealSR": {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 16, "num_block": 2},
    "NAFNet": {"width": 8, "enc_blk_nums": [1, 1, 1, 1], "dec_blk_nums": [1, 1, 1, 1]},
    "SAFMNBCIE": {"dim": 16, "n_blocks": 2, "num_layers": 2},
    "SPAN": {"num_in_ch": 3, "num_out_ch": 3},
    "SwinIR": {"window_size": 8, "embed_dim": 24, "depths": [2, 2], "num_heads": [2, 2]},
    "Swin2SR": {"window_size": 8, "embed_dim": 24, "depths": [2, 2], "num_heads": [2, 2]},
    "KBNet.KBNet_l": {}, "KBNet.KBNet_s": {"width": 8}, "PLKSR": {}, "PLKSR.RealPLKSR": {},
    "RealCUGAN.UpCunet2x": {}, "RealCUGAN.UpCunet3x": {}, "RealCUGAN.UpCunet4x": {},
    **{name: {} for name in (
        "ATD", "CRAFT", "DAT", "DCTLSA", "DITN", "DRCT", "FDAT", "FFTformer", "GFPGAN", "GRL", "HVICIDNet",
        "IPT", "MixDehazeNet", "MoESR", "MoSR", "OmniSR", "RCAN", "RGT", "RestoreFormer", "RetinexFormer", "SCUNet",
        "SeemoRe", "Uformer",
    )},
}  # fmt: skip
_LEFT_OUT = {"AuraSR"}  # made for one size of photo; named in docs/models.md


def check(name: str, settings: dict[str, Any], folder: Path) -> None:
    """Save a network with random weights, add it, and run it on 65×97 pixels."""
    home, _, part = name.partition(".")
    library("spandrel")
    torch.manual_seed(0)
    network = getattr(importlib.import_module(f"spandrel.architectures.{home}"), part or home)(**settings)
    torch.save(network.state_dict(), folder / "net.pth")
    application = Application(folder / "home")
    entry = add_file(folder / "net.pth", application.library, application.host)
    inputs = {"mask": np.zeros((1, 65, 97), np.float32)} if entry.takes_mask else {}
    for channels in (1, 3):
        raster = Raster(np.random.default_rng(0).integers(0, 255, (65, 97, channels), dtype=np.uint8))
        whole, cut = (
            application.engine.run(
                ToolRequest("restore.model", subjects=(ModelSpec(entry.id),), tile=tile, precision="float32"), raster,
                inputs=inputs, exact_16=False,
            ).raster
            for tile in ("none", 32)
        )
        assert whole is not None
        assert cut is not None
        assert whole.planes().shape == (channels, 65 * entry.scale, 97 * entry.scale)
        assert np.isfinite(whole.planes()).all()
        assert np.abs(whole.planes() - cut.planes()).max() <= 1 / 255


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_MARGINS", ((16, 32),))  # random weights look no further


@pytest.mark.parametrize("name", _SMALL)
def test_a_small_network_is_added_and_run(name: str, tmp_path: Path) -> None:
    check(name, _SMALL[name], tmp_path)


@pytest.mark.every_architecture
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", _LARGE)
def test_every_network_is_added_and_run(name: str, tmp_path: Path) -> None:
    check(name, _LARGE[name], tmp_path)


def test_no_architecture_is_forgotten() -> None:
    known = {str(one.architecture.id) for one in library("spandrel").MAIN_REGISTRY.architectures()}
    assert {name.partition(".")[0] for name in (*_SMALL, *_LARGE)} | _LEFT_OUT == known
