"""Networks run in bfloat16 only where that is faster and changes nothing that can be seen."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from desktop_app.core.jobs.bodies import Choices, NetworkBody
from desktop_app.core.jobs.precision import TOLERANCE, Probe, example_images, probe, run_body


class Residual(nn.Module):
    """Subtracts what a few convolutions find: the shape of a denoising network."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        layers = [nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 3, 3, padding=1)]
        self.body = nn.Sequential(*layers)
        with torch.no_grad():
            layers[-1].weight.mul_(0.1)

    def forward(self, images: Tensor) -> Tensor:
        return images - self.body(images)


def residual() -> nn.Module:
    with torch.random.fork_rng():
        return Residual().eval().requires_grad_(False)


def test_the_residual_is_added_in_float32() -> None:
    images = example_images(3, torch.device("cpu"))
    exact, low = (run_body(residual(), images, precision) for precision in ("float32", "bfloat16"))
    assert low.dtype == torch.float32
    assert 0 < float((exact - low).abs().max()) <= TOLERANCE
    coarse = images.bfloat16().float()
    assert float((coarse - images).abs().max()) > TOLERANCE, "rounding the picture itself would be seen"


def test_the_choice_needs_both_speed_and_fidelity() -> None:
    assert Probe(2.0, 1.0, TOLERANCE / 2).choice == "bfloat16"
    assert Probe(2.0, 1.0, TOLERANCE * 2).choice == "float32"
    assert Probe(1.0, 2.0, 0.0).choice == "float32"


def test_a_probe_measures_both() -> None:
    measured = probe(residual(), example_images(3, torch.device("cpu")))
    assert measured.seconds_float32 > 0 < measured.seconds_bfloat16
    assert 0 < measured.difference < 0.1


def test_a_network_is_probed_once_and_says_what_it_ran_in() -> None:
    choices: Choices = {("net", "cpu", 3): "bfloat16"}
    used: set[str] = set()
    body = NetworkBody("net", residual(), choices, used)
    images = example_images(3, torch.device("cpu"))
    assert torch.equal(body(images), run_body(body.body, images, "bfloat16"))
    assert used == {"bfloat16"}
    NetworkBody("other", residual(), choices, used)(images)
    assert ("other", "cpu", 3) in choices


def test_gradients_are_always_float32() -> None:
    choices: Choices = {("net", "cpu", 3): "bfloat16"}
    used: set[str] = set()
    images = example_images(3, torch.device("cpu")).requires_grad_(True)
    NetworkBody("net", residual(), choices, used)(images).sum().backward()
    assert used == {"float32"}
    assert images.grad is not None
    assert bool(images.grad.isfinite().all())
