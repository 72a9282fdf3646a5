"""The recipe of the super-resolution dictionaries, on a photo made of waves."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from desktop_app.numerics.pursuit import omp
from training import superres_sparse as recipe


def waves() -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(61.0), torch.arange(73.0), indexing="ij")
    return 0.5 + 0.3 * torch.sin((x + y / 2) / 3).sign() + 0.1 * torch.rand(61, 73)


def test_pairs_are_of_the_same_place() -> None:
    features, details = recipe.pairs(waves(), 3)
    assert features.shape == (16 * 20, 4 * 81)
    assert details.shape == (16 * 20, 81)


def test_it_learns_and_writes_what_the_tool_reads(tmp_path: Path) -> None:
    features, details = recipe.pairs(waves(), 2)
    learnt = recipe.learn(features, details, torch.Generator().manual_seed(0), rounds=3, atoms=24)
    code = omp(features @ learnt.projection, learnt.small, 0.0, 3)
    guessed = torch.einsum("nk,nkd->nd", code.coefficients, learnt.large[code.indices])
    assert (guessed - details).square().mean() < 0.8 * details.square().mean()
    card = recipe.export({2: learnt}, 1, tmp_path, {"atoms": 24, "rounds": 3})
    assert json.loads((tmp_path / "superres_sparse.json").read_text(encoding="utf-8")) == card
    assert card["sha256"] in (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert (tmp_path / card["file"]).stat().st_size == card["bytes"]
