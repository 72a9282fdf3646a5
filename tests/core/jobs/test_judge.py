"""The judge keeps attacks inside their budget, each sample for itself."""

from __future__ import annotations

import pytest
import torch

from desktop_app.core.jobs.judge import distances, project

ORIGINAL = torch.rand(3, 3, 9, 8, generator=torch.Generator().manual_seed(0))
ATTACKED = ORIGINAL + torch.randn(3, 3, 9, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("eps", [0.0, 0.3, 8.0, 500.0])
def test_a_picture_is_inside_its_budget_to_the_last_bit(norm: str, eps: float) -> None:
    image = project(ATTACKED, ORIGINAL, norm, eps)
    far = distances(image, ORIGINAL)[norm == "l2"]
    assert bool((far <= eps).all())
    assert bool(((image >= 0.0) & (image <= 1.0)).all())


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_without_a_budget_a_sample_that_was_not_changed_stays_beside_one_that_was(norm: str) -> None:
    attacked = torch.cat([ORIGINAL[:1], ATTACKED[1:]])
    assert project(attacked, ORIGINAL, norm, 0.0).equal(ORIGINAL)
