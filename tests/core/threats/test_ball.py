"""A ball keeps attacks inside their budget, each sample for itself."""

from __future__ import annotations

import pytest
import torch

from desktop_app.core.threats.ball import distances, eight_bit, kept_by_rounding, project
from desktop_app.numerics.projections import Norm

ORIGINAL = torch.rand(3, 3, 9, 8, generator=torch.Generator().manual_seed(0))
ATTACKED = ORIGINAL + torch.randn(3, 3, 9, 8, generator=torch.Generator().manual_seed(1))


NORMS: tuple[Norm, ...] = ("linf", "l2", "l1", "l0")


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("eps", [0.0, 0.3, 8.0, 500.0])
def test_a_picture_is_inside_its_budget_to_the_last_bit(norm: Norm, eps: float) -> None:
    image = project(ATTACKED, ORIGINAL, norm, eps)
    far = distances(image, ORIGINAL)[norm]
    assert bool((far <= eps).all())
    assert bool(((image >= 0.0) & (image <= 1.0)).all())


@pytest.mark.parametrize("norm", NORMS)
def test_without_a_budget_a_sample_that_was_not_changed_stays_beside_one_that_was(norm: Norm) -> None:
    attacked = torch.cat([ORIGINAL[:1], ATTACKED[1:]])
    assert project(attacked, ORIGINAL, norm, 0.0).equal(ORIGINAL)


EIGHT = torch.randint(0, 256, (2, 3, 16, 16), generator=torch.Generator().manual_seed(2)) / 255.0


@pytest.mark.parametrize("original", [EIGHT, torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(3))])
@pytest.mark.parametrize(("norm", "eps"), [
    ("l2", 20.0), ("l2", 7.3), ("linf", 2.6), ("linf", 0.5), ("linf", 8.0), ("l1", 300.0), ("l1", 41.5), ("l0", 9.0),
])  # fmt: skip
def test_a_saved_picture_is_inside_its_budget_too(original: torch.Tensor, norm: Norm, eps: float) -> None:
    spread = torch.randn(original.shape, generator=torch.Generator().manual_seed(4)) * 2.6 / 255.0
    image = project(original + spread, original, norm, eps)
    kept = kept_by_rounding(image, original, norm, eps)
    for pictures, start in ((eight_bit(kept) / 255.0, eight_bit(original) / 255.0), (kept.double(), original.double())):
        assert bool((distances(pictures, start)[norm] <= eps + 1e-4).all())
    if norm == "l2":  # what is taken back is no more than has to be
        assert bool((distances(eight_bit(kept) / 255.0, eight_bit(original) / 255.0)[norm] > eps - 1.0).all())


def test_a_picture_that_rounding_keeps_inside_is_left_alone() -> None:
    image = project(EIGHT + 3 / 255.0, EIGHT, "linf", 3.0)
    assert kept_by_rounding(image, EIGHT, "linf", 3.0).equal(image)
