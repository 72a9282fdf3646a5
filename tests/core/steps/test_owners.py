"""Tables say whose they are: another's, of other weights or of a later form are refused before anything runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ModelSpec, TargetSpec, ToolRequest
from desktop_app.core.steps import owners
from desktop_app.core.steps.inputs import read_plane
from desktop_app.core.steps.owners import (
    Owner,
    check_tables,
    described,
    owner_of,
    refuse_other_noise,
    refuse_others,
)

MINE = Owner("denoise.mine", ("ab" * 32,))


def table(path: Path, description: str | None) -> Path:
    tifffile.imwrite(path, np.zeros((3, 4), np.float32), metadata=None, description=description)
    return path


def test_a_table_of_its_own_passes_and_so_does_one_that_says_nothing(tmp_path: Path) -> None:
    refuse_others(table(tmp_path / "mine.tif", described(MINE)), MINE)
    refuse_others(table(tmp_path / "old.tif", None), MINE)
    refuse_others(table(tmp_path / "other.tif", "taken in spring"), MINE)
    text = tmp_path / "text.tif"
    text.write_text("no picture")
    refuse_others(text, MINE)  # who reads it says what is wrong


@pytest.mark.parametrize("other", [replace(MINE, subject="denoise.other"), replace(MINE, weights=("cd" * 32,)),
                                   replace(MINE, weights=())])  # fmt: skip
def test_anothers_is_refused_by_name(other: Owner, tmp_path: Path) -> None:
    path = table(tmp_path / "other.tif", described(other))
    with pytest.raises(ParameterError, match=rf"of {MINE.subject} .*got other\.tif of {other.subject}"):
        refuse_others(path, MINE)


def test_other_parameters_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "strong.tif", described(replace(MINE, params={"strength": 0.5, "steps": 9})))
    refuse_others(path, replace(MINE, params={"strength": 0.5, "steps": 9}))
    refuse_others(table(tmp_path / "mine.tif", None), replace(MINE, params={"strength": 0.1}))
    with pytest.raises(ParameterError, match=r"at strength = 0\.1, got strong\.tif of it at strength = 0\.5"):
        refuse_others(path, replace(MINE, params={"strength": 0.1, "steps": 9}))


def noisy(sigma: float) -> Raster:
    """A slope with noise of so many levels."""
    slope = np.tile(np.linspace(60.0, 190.0, 96), (96, 1))
    grains = np.random.default_rng(0).normal(0.0, sigma, slope.shape) if sigma else 0.0
    return Raster(((slope + grains) / 255.0).astype(np.float32)[..., None])


def test_a_photo_of_other_noise_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "grainy.tif", described(MINE, (24.0, 26.5)))
    refuse_other_noise(path, noisy(25.0))
    refuse_other_noise(table(tmp_path / "old.tif", described(MINE)), noisy(5.0))
    for sigma in (5.0, 50.0):
        with pytest.raises(ParameterError, match=r"noise of 24\.0 to 26\.5 levels, as the photos of grainy\.tif had"):
            refuse_other_noise(path, noisy(sigma))


def test_a_later_form_is_refused(tmp_path: Path) -> None:
    later = {**json.loads(described(MINE)), "verilens": owners.VERSION + 1}
    with pytest.raises(ParameterError, match="update Verilens"):
        refuse_others(table(tmp_path / "later.tif", json.dumps(later)), MINE)


def test_an_owner_is_known_by_all_its_weights(application: Application) -> None:
    plain, learnt = (owner_of(application, TargetSpec(tool)) for tool in ("denoise.tv", "denoise.dncnn"))
    assert len(plain.weights) == 2, "of the rule that scales its widths, and of the second opinion"
    assert set(plain.weights) < set(learnt.weights)
    model = owner_of(application, ModelSpec("classify.cifar10_resnet"))
    assert model.weights == (application.models.descriptor("classify.cifar10_resnet").sha256,)
    network = application.host.tool("restore.model").network
    chosen = TargetSpec("restore.model", {network: "denoise.dncnn_net"})
    assert owner_of(application, chosen).weights == learnt.weights != plain.weights


def test_a_step_asks_of_its_tables(application: Application, tmp_path: Path) -> None:
    def check(tool: str, name: str, path: Path, subject: ModelSpec | TargetSpec) -> None:
        check_tables(application, ToolRequest(tool, subjects=(subject,)), {name: str(path)}, noisy(0.0))

    tv, nlm = TargetSpec("denoise.tv"), TargetSpec("denoise.nlm")
    path = table(tmp_path / "calibration.tif", described(owner_of(application, tv)))
    check("uncertainty.conformal", "calibration", path, tv)
    check("uncertainty.conformal", "calibration", path, TargetSpec("denoise.tv", {"strength": 1.0}))
    with pytest.raises(ParameterError, match=r"denoise\.tv at strength = 0\.5, got"):
        check("uncertainty.conformal", "calibration", path, TargetSpec("denoise.tv", {"strength": 0.5}))
    with pytest.raises(ParameterError, match=r"denoise\.nlm"):
        check("uncertainty.conformal", "calibration", path, nlm)
    first, second = (ModelSpec(f"classify.cifar10_member_{number}") for number in (1, 2))
    known = table(tmp_path / "answers.tif", described(owner_of(application, first)))
    check("uncertainty.ood", "known", known, first)
    with pytest.raises(ParameterError, match=r"member_2 .* of classify\.cifar10_member_1"):
        check("uncertainty.ood", "known", known, second)


def test_a_table_that_is_cut_short_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "cut.tif"
    tifffile.imwrite(path, np.random.default_rng(0).random((24, 401), np.float32), metadata=None)
    assert read_plane(str(path), "own").shape == (24, 401)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(InputError, match="expected all of the numbers in"):
        read_plane(str(path), "own")
    assert read_plane(str(path)).shape == (24, 401), "of a picture what is left is shown"
