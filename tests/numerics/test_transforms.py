"""Cosine transforms: as defined, and back again."""

from __future__ import annotations

import pytest
import torch

from desktop_app.numerics.transforms import cosine_spectrum, cosine_transform, from_cosine_spectrum


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (6, 1), (5, 8), (9, 6)])
def test_spectra_are_products_with_the_matrix(shape: tuple[int, int]) -> None:
    planes = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = cosine_transform(shape[0]) @ planes @ cosine_transform(shape[1]).T
    assert torch.allclose(cosine_spectrum(planes), expected)
    assert torch.allclose(from_cosine_spectrum(expected), planes)


def test_matrix_is_orthonormal_with_a_constant_first_row() -> None:
    matrix = cosine_transform(11)
    assert torch.allclose(matrix @ matrix.T, torch.eye(11, dtype=torch.float64))
    assert float(matrix[0].std()) < 1e-12
