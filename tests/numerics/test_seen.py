"""One pass tells logits and two layers, and leaves the network as it was."""

from __future__ import annotations

import torch
from torch import nn

from desktop_app.numerics.seen import look
from desktop_app.testing import toy_classifier


def test_logits_and_layers_of_a_pass() -> None:
    model = toy_classifier()
    photos = torch.rand(3, 3, 9, 7, generator=torch.Generator().manual_seed(0))
    seen = look(model, model.network, photos)
    assert seen.logits.equal(model(photos))
    head = model.network.head
    assert isinstance(head, nn.Linear)
    assert torch.allclose(4.0 * head(seen.features), seen.logits, atol=1e-5)
    assert seen.middle.shape == (3, 8)
    held = model.network.features(2.0 * photos - 1.0).flatten(2)
    assert torch.allclose(seen.late, torch.cat([held.mean(2), held.std(2)], 1), atol=1e-6)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.network.modules())
    other, classes = seen.split(seen.rows(torch.tensor([2, 0, 1])))
    assert classes.tolist() == [2, 0, 1]
    assert other.features.equal(seen.features)
    assert other.late.equal(seen.late)


def test_a_network_that_cannot_be_looked_into_has_logits_alone() -> None:
    seen = look(toy_classifier(), None, torch.rand(2, 3, 5, 5))
    assert seen.features.shape == seen.middle.shape == seen.late.shape == (2, 0)


def test_of_tokens_the_mean_is_taken() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.mix, self.head = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.head(self.mix(self.embed(images.flatten(2).transpose(1, 2))).mean(1))
            return logits

    net = Tokens()
    seen = look(net, net, torch.rand(2, 4, 3, 3))
    assert seen.middle.shape == (2, 6)
    assert seen.late.shape == (2, 12)


def test_one_convolution_that_cuts_a_photo_into_tokens_is_no_layer_to_look_into() -> None:
    cut = nn.Conv2d(3, 5, 2, stride=2)
    net = nn.Sequential(cut, nn.Flatten(), nn.Linear(20, 7), nn.GELU(), nn.Linear(7, 6), nn.Linear(6, 3))
    seen = look(net, net, torch.rand(2, 3, 4, 4))
    assert seen.middle.shape == (2, 6)
    assert seen.late.shape == (2, 7)  # of one place there is no deviation


def test_a_photo_of_few_places_has_as_many_numbers_as_any() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 5, 3, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                            nn.Linear(5, 2))  # fmt: skip
    small, large = (look(network, network, torch.rand(2, 3, side, side)) for side in (1, 16))
    assert [part.shape for part in small.parts] == [part.shape for part in large.parts]
    assert bool((small.late[:, 4:] == 0.0).all())
