"""The network that turns with its photo."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from plugins.classification.cifar10_resnet.equivariant import EquivariantNet, TurningConvolution, build_equivariant
from plugins.classification.cifar10_resnet.network import LABELS, build_small


def photos(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def model() -> EquivariantNet:
    torch.manual_seed(0)
    network = build_equivariant()
    network(photos(20, 3, 32, 32))  # batch norm's statistics are those of photos
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_by_quarters_a_photo_gets_the_same_answer(model: EquivariantNet, turns: int) -> None:
    pictures = photos(4, 3, 32, 32)
    logits = model(pictures)
    assert logits.std(0).max() > 0.01, "photos differ"
    torch.testing.assert_close(model(pictures.rot90(turns, (2, 3))), logits, atol=1e-5, rtol=1e-4)


def test_turned_by_less_or_mirrored_it_may_get_another(model: EquivariantNet) -> None:
    pictures = photos(4, 3, 32, 32)
    assert (model(pictures.flip(3)) - model(pictures)).abs().max() > 1e-3


def test_a_plain_network_knows_no_turns() -> None:
    pictures, plain = photos(4, 3, 32, 32), build_small().eval()
    assert (plain(pictures.rot90(1, (2, 3))) - plain(pictures)).abs().max() > 1e-3


@pytest.mark.parametrize("is_first", [True, False])
def test_features_turn_and_their_orientations_move_on(is_first: bool) -> None:
    layer = TurningConvolution(3, 5, is_first)
    x = photos(2, 3 if is_first else 12, 8, 8)
    turned = x.rot90(1, (2, 3))
    if not is_first:
        turned = turned.unflatten(1, (4, 3)).roll(1, 1).flatten(1, 2)
    expected = layer(x).rot90(1, (2, 3)).unflatten(1, (4, 5)).roll(1, 1).flatten(1, 2)
    torch.testing.assert_close(layer(turned), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 45, 60), (1, 1, 7, 90)])
def test_any_size_and_grey(model: EquivariantNet, shape: tuple[int, ...]) -> None:
    logits = model(photos(*shape))
    assert logits.shape == (shape[0], len(LABELS))
    assert logits.isfinite().all()
