"""A step's further inputs are in the document, whatever becomes of their files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app.core.document.document import Document
from desktop_app.core.document.session import Session
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.jobs.request import Outcome
from desktop_app.core.steps.inputs import as_artifacts, inputs_of
from desktop_app.core.steps.kept import keep_kernel, keep_mask, kept_kernels

MASK = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
KERNEL = np.array([[0.1, 0.2, 0.1], [0.0, 0.3, 0.3]], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of kept inputs, which is not there yet."""
    return tmp_path / "home" / "inputs"


@pytest.fixture
def step(document: Document, make_outcome: Callable[..., Outcome], folder: Path) -> str:
    """A step with a mask and a kernel, on the disk."""
    paths = {"mask": str(keep_mask(MASK, folder)), "kernel": str(keep_kernel(KERNEL, folder))}
    inputs = {name: open_photo(Path(path)).raster.planes() for name, path in paths.items()}
    outcome = make_outcome()
    outcome = replace(outcome, record=replace(outcome.record, inputs=paths), artifacts=as_artifacts(inputs))
    return document.commit(document.root, outcome, "With inputs").id


def test_files_that_are_there_are_taken(document: Document, step: str, folder: Path) -> None:
    record = document.states[step].record
    assert record is not None
    assert inputs_of(document, step, folder) == record.inputs
    assert inputs_of(document, document.root, folder) == {}


def test_files_that_are_gone_come_back_from_the_project(
    document: Document, session: Session, step: str, tmp_path: Path, folder: Path
) -> None:
    project = tmp_path / "elsewhere.vlens"
    record = document.states[step].record
    assert record is not None
    document.save_as(project)
    document.close(discard=True)
    for path in record.inputs.values():
        Path(path).unlink()
    assert str(tmp_path).encode() not in project.read_bytes()
    again = session.open_project(project)
    found = inputs_of(again, step, folder)
    assert found == record.inputs  # named by their content
    assert np.array_equal(open_photo(Path(found["mask"])).raster.pixels[..., 0], MASK)
    assert np.array_equal(open_photo(Path(found["kernel"])).raster.planes()[0], KERNEL)
    assert kept_kernels(folder) == [Path(found["kernel"])]


def test_a_file_that_the_document_has_no_copy_of_is_named_as_it_was(
    document: Document, make_outcome: Callable[..., Outcome], tmp_path: Path
) -> None:
    outcome = make_outcome()
    lost = {"mask": str(tmp_path / "lost.png")}
    step = document.commit(document.root, replace(outcome, record=replace(outcome.record, inputs=lost)), "Old")
    assert inputs_of(document, step.id, tmp_path) == lost
