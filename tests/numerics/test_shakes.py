"""Shakes: what a path draws is what a photo of a point shows, and a roll leaves the point about which it turns."""

from __future__ import annotations

import torch

from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.shakes import averaged, displaced, path_kernel, random_path


def _path(seed: int, extent: float, dimensions: int = 2) -> torch.Tensor:
    return random_path(extent, torch.Generator().manual_seed(seed), dimensions)


def test_a_path_is_smooth_and_centred() -> None:
    for seed in range(10):
        path = _path(seed, 10.0)
        assert float(path.mean(0).abs().max()) < 1e-4
        assert float(path.diff(dim=0).norm(dim=1).max()) < 2.5  # of ten pixels in 64 moments, no leap


def test_a_kernel_has_the_paths_extent_and_its_middle() -> None:
    for seed in range(10):
        kernel = path_kernel(_path(seed, 10.0))
        rows, columns = (int((kernel.sum(dim) > 0).sum()) for dim in (1, 0))
        assert 10 <= max(rows, columns) <= 13
        assert abs(float(kernel.sum()) - 1.0) < 1e-5
        places = torch.arange(kernel.shape[1]) - kernel.shape[1] // 2
        assert abs(float((kernel.sum(0) * places).sum())) < 0.5


def test_an_exposure_of_equal_moves_is_a_convolution_with_their_kernel() -> None:
    """Not its mirror image: light goes where the path goes."""
    photo = torch.rand((1, 1, 60, 70), generator=torch.Generator().manual_seed(1))
    path = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [2.0, 1.0]])
    kernel = torch.zeros(5, 5)
    for right, down in path.int().tolist():
        kernel[2 + down, 2 + right] = 0.25
    moves = displaced(path, torch.zeros(4), (30.0, 35.0), (60, 70))
    inner = (..., slice(6, -6), slice(6, -6))
    torch.testing.assert_close(
        averaged(photo, moves)[inner], blurred(photo, kernel, lambda: None)[inner], atol=1e-5, rtol=1e-5
    )


def test_a_roll_leaves_its_centre_and_moves_the_corners() -> None:
    roll = torch.linspace(-0.1, 0.1, 9)
    moves = displaced(torch.zeros(9, 2), roll, (20.0, 30.0), (41, 61))
    assert float(moves[:, 20, 30].abs().max()) == 0.0
    lengths = moves.norm(dim=-1).amax(0)
    assert abs(float(lengths[0, 0]) - 0.1 * (20.0**2 + 30.0**2) ** 0.5) < 0.05
    photo = torch.rand((1, 3, 41, 61), generator=torch.Generator().manual_seed(2))
    assert torch.allclose(averaged(photo, moves)[..., 20, 30], photo[..., 20, 30], atol=1e-4)
