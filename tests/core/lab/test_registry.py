"""The metrics as data, and what is said about a picture that does not suit them."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.api.errors import ParameterError
from desktop_app.core.lab.registry import BY_NAME, METRICS, conventions, scores


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).random(shape, np.float32)


def test_every_metric_measures_and_names_its_convention() -> None:
    picture = noise(3, 170, 180)
    compared, alone = scores(picture, picture * np.float32(0.9)), scores(picture)
    assert {**compared.values, **alone.values}.keys() == BY_NAME.keys()
    assert all(np.isfinite(value) for value in {**compared.values, **alone.values}.values())
    assert compared.notes == alone.notes == ()
    assert all(metric.convention in conventions(METRICS) for metric in METRICS)


def test_what_does_not_suit_is_said() -> None:
    found = scores(noise(1, 40, 50))
    assert set(found.values.values()) == {None}
    assert len(found.notes) == 3
    compared = scores(noise(1, 40, 50), noise(1, 40, 50))
    assert compared.values["ms_ssim"] is None
    assert [metric.name for metric in compared.measured] == ["psnr", "ssim"]
    assert any("161×161" in note for note in compared.notes)
    flat = scores(np.full((3, 100, 100), 0.5, np.float32))
    assert flat.values["niqe"] is None
    assert flat.values["uiqm"] == 0.0


def test_pictures_that_cannot_be_compared() -> None:
    with pytest.raises(ParameterError, match="50×40 grey"):
        scores(noise(3, 40, 50), noise(1, 40, 50))
    with pytest.raises(ParameterError, match="NaN"):
        scores(np.full((1, 20, 20), np.nan, np.float32))


def test_only_what_is_asked_for() -> None:
    picture = noise(1, 40, 50)
    assert scores(picture, picture, ["ssim"]).values.keys() == {"ssim"}


def test_values_as_text() -> None:
    assert BY_NAME["psnr"].text(31.234) == "31.23 dB"
    assert BY_NAME["ssim"].text(0.91234) == "0.9123"
    assert BY_NAME["niqe"].text(None) == "–"


def test_the_same_picture_twice_is_said_to_be_the_same() -> None:
    picture = np.random.default_rng(0).random((3, 20, 20)).astype(np.float32)
    found = scores(picture, picture.copy(), ["psnr"])
    assert found.values["psnr"] == np.inf
    assert found.notes == ("PSNR is infinite: the two pictures are the same",)
