"""Temperature scaling: what logits were spoilt by is found."""

from __future__ import annotations

import pytest
import torch

from desktop_app.numerics.temperature import fitted_temperature


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_that_logits_were_spoilt_by_is_found(temperature: float) -> None:
    generator = torch.Generator().manual_seed(0)
    honest = 1.5 * torch.randn(20_000, 4, generator=generator)
    classes = torch.multinomial(honest.softmax(1), 1, generator=generator)[:, 0]
    assert fitted_temperature(honest * temperature, classes) == pytest.approx(temperature, rel=0.05)
