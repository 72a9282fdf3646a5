"""Every lesson of a learnt restorer: it trains for a few steps, goes on where it was, and writes a card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from desktop_app.api.errors import ParameterError
from plugins.restoration.all_in_one.kinds import KINDS
from plugins.restoration.common.unet import RestorationUnet
from training.chance import drawn_by
from training.damages import DAMAGES, Dice, damaged, shake_kernel
from training.lesson import Pair, trunk_loss
from training.lessons import LESSONS, lesson_of
from training.recipes import train
from training.restoring import built
from training.weights import read_half


@pytest.fixture(autouse=True)
def random_state() -> Any:
    """Training draws from torch's global generator: leave it as it was."""
    before = torch.get_rng_state()
    yield
    torch.set_rng_state(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photos of several sizes and kinds of file, one of them grey."""
    made = tmp_path_factory.mktemp("photos")
    sizes = (
        (140, 151, "RGB", "a.jpg"), (141, 137, "L", "b.png"), (160, 139, "RGB", "c.webp"), (139, 143, "RGB", "d.png"),
    )  # fmt: skip
    for seed, (width, height, mode, name) in enumerate(sizes):
        coarse = np.random.default_rng(seed).integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((width, height)).convert(mode).save(made / name)
    return made


def test_what_was_learnt_can_be_mixed_with_what_was_known(folder: Path, tmp_path: Path) -> None:
    words = ["derain_raindrop", "--data", str(folder), "--steps", "1", "--batch", "1", "--crop", "16"]
    options = [*words, "--folder", str(tmp_path / "run")]
    learnt = load_file(Path(train(options)["output"]) / "derain_raindrop.safetensors")
    anchor = tmp_path / "anchor.safetensors"
    save_file({name: torch.zeros_like(value, dtype=torch.float32) for name, value in learnt.items()}, anchor)
    half = [*options, "--as-is", "--anchor", str(anchor), "--share", "0.5", "--output", str(tmp_path / "half")]
    found = load_file(Path(train(half)["output"]) / "derain_raindrop.safetensors")
    for name, value in learnt.items():
        torch.testing.assert_close(found[name].float(), 0.5 * value.float(), rtol=2e-3, atol=1e-6)
    card = (tmp_path / "half" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "50 % of it is what was learnt" in card
    assert "by which the mixture was chosen" in card
    with pytest.raises(ParameterError, match="between 0 and 1"):
        train([*half[:-4], "--share", "1.5", "--output", str(tmp_path / "more")])
    save_file({"other": torch.zeros(1)}, anchor)
    with pytest.raises(ParameterError, match="another's"):
        train(half)


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_goes_on_bit_for_bit_and_has_a_card(name: str, folder: Path, tmp_path: Path) -> None:
    words = [name, "--data", str(folder), "--batch", "2", "--crop", "64", "--steps", "2"]
    whole = train([*words, "--folder", str(tmp_path / "whole")])
    again = train([*words, "--folder", str(tmp_path / "whole"), "--resume"])
    assert again["figures"] == whole["figures"]
    made = Path(whole["output"])
    card = json.loads((made / f"{name}.json").read_text(encoding="utf-8"))
    gives_pictures = lesson_of(name).restore is not None
    assert ({"given", "restored"} <= set(card["figures"])) == bool(card["held_out"]) == gives_pictures
    network = built(card["factory"])
    read_half(network, made / card["file"])
    assert f"verilens train {name} --steps 2" in (made / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert card["id"] == lesson_of(name).model


def test_photos_that_are_too_small_are_said(tmp_path: Path) -> None:
    for number in range(3):
        Image.new("RGB", (40, 40), (number, 0, 0)).save(tmp_path / f"{number}.png")
    with pytest.raises(ParameterError, match="expected photos of at least"):
        train(["restore_all_in_one", "--data", str(tmp_path), "--folder", str(tmp_path / "run"), "--steps", "1"])


def test_all_that_is_recognised_can_be_made() -> None:
    assert tuple(DAMAGES) == KINDS


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_drawn_by_the_generator_alone(kind: str) -> None:
    clean = torch.rand((2, 3, 40, 48), generator=torch.Generator().manual_seed(5))
    first, again, other = (damaged(kind, clean, drawn_by(seed)) for seed in (1, 1, 2))
    assert first.equal(again)
    assert not first.equal(other)
    assert first.shape == clean.shape


def test_a_shaken_hand_leaves_one_connected_trace() -> None:
    for seed in range(20):
        kernel = shake_kernel(Dice(drawn_by(seed)), 8.0)
        assert float(kernel.sum()) == pytest.approx(1.0, abs=1e-5)
        assert float(kernel.min()) >= 0.0
        assert 9 <= max(kernel.shape) <= 21


def test_the_trunk_learns_both_its_heads() -> None:
    torch.manual_seed(0)
    network, given = RestorationUnet(), torch.rand(2, 3, 32, 32)
    trunk_loss(network, Pair(given, given.flip(3))).backward()
    assert float(network.head.weight.grad.abs().amin((1, 2, 3)).min()) > 0.0
    assert float(network.log_variance.grad.abs()) > 0.0
