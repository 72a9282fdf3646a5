"""A history that is done again is compared by what its pictures say, in whatever depth they are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from desktop_app.core.application import Application
from desktop_app.core.document.document import Document
from desktop_app.core.imaging.raster import Raster, convert_depth, widened
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.steps.step import Step, run_on_state
from desktop_app.core.steps.verify import verify

TURN = Step(ToolRequest("enhance.rotate", {"turn": "right"}))


def test_a_turned_photo_of_an_older_project_is_the_same_in_sixteen_bits(
    application: Application, photo: Document
) -> None:
    outcome = run_on_state(application, photo, photo.root, TURN)
    assert outcome.raster is not None
    assert outcome.raster.depth == "8"
    older = widened(outcome.raster)
    wrong = Raster(np.asarray(older.pixels) - np.uint16(1))
    for raster in (outcome.raster, older, wrong):
        photo.commit(photo.root, replace(outcome, raster=raster))
    first, second, third = (verdict.difference for verdict in verify(application, photo, JobControl()))
    assert (first, second) == ("", "")
    assert "differs by up to 0.0039" in third


def test_an_attack_of_an_older_project_is_the_same_in_sixteen_bits(application: Application, photo: Document) -> None:
    """Today it is kept as floats, as it was judged."""
    subject = ModelSpec("classify.cifar10_provable")
    attack = Step(ToolRequest("attack.fgsm", {"eps": 1.5}, subjects=(subject,)))
    outcome = run_on_state(application, photo, photo.root, attack)
    assert outcome.raster is not None
    assert outcome.raster.depth == "32f"
    older = replace(outcome, raster=Raster(convert_depth(outcome.raster.pixels, "16")))
    for one in (outcome, older):
        photo.commit(photo.root, one)
    assert [verdict.difference for verdict in verify(application, photo, JobControl())] == ["", ""]
