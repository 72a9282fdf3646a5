"""Window filters against their definitions and, where it is installed, against OpenCV and scipy."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics import filters


def noise(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def windows(image: Tensor, radius: int) -> list[list[Tensor]]:
    height, width = image.shape
    return [
        [
            image[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]
            for x in range(width)
        ]
        for y in range(height)
    ]


@pytest.mark.parametrize("radius", [0, 1, 2, 3, 6, 40])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (13, 7)])
def test_windows_by_definition(radius: int, shape: tuple[int, int]) -> None:
    image = noise(*shape)
    parts = windows(image, radius)
    for function, literal in (
        (filters.box_mean, Tensor.mean), (filters.local_minimum, Tensor.min), (filters.local_maximum, Tensor.max)
    ):
        wanted = torch.tensor([[float(literal(part)) for part in row] for row in parts])
        torch.testing.assert_close(function(image, radius), wanted)


def test_a_window_gives_the_same_bits_wherever_it_lies() -> None:
    image = noise(1, 3, 60, 70)
    part = filters.box_mean(image[..., 15:45, 15:45], 5)[..., 5:25, 5:25]
    assert filters.box_mean(image, 5)[..., 20:40, 20:40].equal(part)


def test_gaussian_as_scipy_has_it() -> None:
    ndimage = pytest.importorskip("scipy.ndimage", reason="scipy comes with a development extra")
    image = noise(31, 45)
    wanted = ndimage.gaussian_filter(image.numpy(), 2.5, mode="nearest", truncate=4.0)
    torch.testing.assert_close(filters.gaussian_blur(image, 2.5), torch.from_numpy(wanted))
    assert filters.gaussian_blur(image, 0.0).equal(image)


@pytest.mark.parametrize("factor", [1, 2, 5])
def test_a_reduced_plane_enlarges_to_the_old_size(factor: int) -> None:
    ramp = (torch.arange(37.0)[:, None] + 2.0 * torch.arange(23.0))[None, None]
    small = filters.reduce(ramp, factor)
    large = filters.enlarged_rows(small, factor, range(37), 23)
    inner = (..., slice(factor, 37 - 2 * factor), slice(factor, 23 - 2 * factor))
    torch.testing.assert_close(large[inner], ramp[inner])
    torch.testing.assert_close(filters.enlarged_rows(small, factor, range(9, 20, 3), 23), large[..., 9:20:3, :])


@pytest.mark.parametrize("channels", [1, 3])
def test_guided_filter_solves_its_least_squares(channels: int) -> None:
    guide, target, radius, eps = noise(1, channels, 9, 8), noise(1, 1, 9, 8).flip(-1), 2, 1e-2
    slopes, offsets = torch.zeros(channels, 9, 8), torch.zeros(9, 8)
    for y in range(9):
        for x in range(8):
            rows, columns = slice(max(y - radius, 0), y + radius + 1), slice(max(x - radius, 0), x + radius + 1)
            known = guide[0, :, rows, columns].flatten(1).double()
            wanted = target[0, 0, rows, columns].flatten().double()
            centred = known - known.mean(1, keepdim=True)
            normal = centred @ centred.T / len(wanted) + eps * torch.eye(channels, dtype=torch.float64)
            a = torch.linalg.solve(normal, centred @ (wanted - wanted.mean()) / len(wanted))
            slopes[:, y, x] = a.float()
            offsets[y, x] = float(wanted.mean() - a @ known.mean(1))
    literal = (filters.box_mean(slopes, radius) * guide[0]).sum(0) + filters.box_mean(offsets, radius)
    torch.testing.assert_close(filters.guided_filter(guide, target, radius, eps)[0, 0], literal, rtol=1e-4, atol=1e-5)


def test_guided_filter_keeps_edges_of_the_guide_and_drops_noise() -> None:
    edge = (torch.arange(40) > 20).float().expand(1, 1, 40, 40)
    smooth = filters.guided_filter(edge, edge + 0.1 * (noise(1, 1, 40, 40) - 0.5), 6, 1e-4)
    assert float((smooth - edge).abs().mean()) < 0.3 * 0.025
