"""What is cut off at black and white moves the mean, and by how much is known."""

from __future__ import annotations

import pytest
import torch

from desktop_app.numerics.clipping import before_clipping, clipped_mean, is_within_ends, share_left


@pytest.mark.parametrize("sigma", [5.0, 40.0, 120.0])
def test_the_mean_is_that_of_noise_which_was_cut_off(sigma: float) -> None:
    truth = torch.linspace(0.0, 1.0, 9, dtype=torch.float64)
    noise = torch.randn(200_000, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * sigma / 255.0
    torch.testing.assert_close(clipped_mean(truth, sigma), (truth + noise).clamp(0.0, 1.0).mean(0), atol=2e-3, rtol=0.0)


@pytest.mark.parametrize("sigma", [0.0, 0.1, 25.0, 255.0])
def test_a_mean_is_brought_back_to_its_truth(sigma: float) -> None:
    truth = torch.rand(3, 7, 5, generator=torch.Generator().manual_seed(2))
    mean = clipped_mean(truth.double(), sigma).float() if sigma else truth
    torch.testing.assert_close(before_clipping(mean, sigma), truth, atol=1e-4, rtol=0.0)
    ends = before_clipping(torch.tensor([-3.0, 0.0, 1.0, 4.0]), sigma)
    assert ends.tolist() == pytest.approx([0.0, 0.0, 1.0, 1.0], abs=1e-4)


def test_noise_beyond_the_ends_was_not_cut_off() -> None:
    assert is_within_ends(torch.tensor([[[0.0, 1.0]]]))
    assert not is_within_ends(torch.tensor([[[0.0, 1.1]]]))
    assert not is_within_ends(torch.tensor([[[-0.1, 1.0]]]))


@pytest.mark.parametrize("sigma", [5.0, 40.0, 120.0])
def test_what_is_left_of_noise_is_known(sigma: float) -> None:
    truth = torch.linspace(0.0, 1.0, 9, dtype=torch.float64)
    noise = torch.randn(200_000, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * sigma / 255.0
    seen = (truth + noise).clamp(0.0, 1.0)
    expected = seen.std(0) * 255.0 / sigma
    torch.testing.assert_close(share_left(seen.mean(0), sigma), expected, atol=0.01, rtol=0.0)
    assert share_left(truth.float(), 0.0).tolist() == [1.0] * 9
