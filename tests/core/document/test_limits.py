"""Every limit of what is believed of a project has two sides: what lies just inside is ours, and must open."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from desktop_app.api.errors import InputError
from desktop_app.core.document import contents, store
from desktop_app.core.document.session import Session
from tests.core.document.test_hostile_projects import PIXELS, Damage, cell, damaged, sql


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("axes", [0, 1, 2, 8])
def test_an_array_of_every_type_and_number_of_axes_opens(
    session: Session, tmp_path: Path, dtype: str, axes: int
) -> None:
    values = np.arange(6).astype(dtype).reshape((1,) * (axes - 1) + (6,)) if axes else np.ones((), dtype)

    def add(connection: sqlite3.Connection) -> None:
        contents.write_array(connection, "s1", "artifact", values, "more")

    found = session.open_project(damaged(add, tmp_path / "more.vlens")).artifact("s1", "more")
    assert (found.dtype, found.shape) == (values.dtype, values.shape)
    np.testing.assert_array_equal(found, values)


def test_an_array_of_nine_axes_is_refused(session: Session, tmp_path: Path) -> None:
    longer = cell("arrays", "shape", "[3, 5, 1, 1, 1, 1, 1, 1, 5]", "role = 'artifact'")
    with pytest.raises(InputError, match="at most 8 axes"):
        session.open_project(damaged(longer, tmp_path / "axes.vlens"))


@pytest.mark.parametrize("edge", [64, 512, 4096])
def test_tiles_of_every_edge_of_ours_open(session: Session, tmp_path: Path, edge: int) -> None:
    document = session.open_project(damaged(cell("arrays", "edge", edge, PIXELS), tmp_path / "edge.vlens"))
    assert document.raster("s1").pixels.shape == (18, 14, 3)


@pytest.mark.parametrize(("height", "is_too_large"), [(1 << 16, False), ((1 << 16) + 1, True)])
def test_a_picture_has_four_billion_pixels_at_most(
    session: Session, tmp_path: Path, height: int, is_too_large: bool
) -> None:
    larger = sql(f"UPDATE states SET width = {1 << 16}, height = {height} WHERE id = 's3'")
    with pytest.raises(InputError) as caught:  # its tiles are as few as they were: that is said where the size is fine
        session.open_project(damaged(larger, tmp_path / "large.vlens"))
    assert ("s3 of at most 4294967296 pixels" in str(caught.value)) == is_too_large


@pytest.mark.parametrize(("year", "opens"), [(1969, False), (1970, True), (9998, True), (9999, False)])
def test_a_step_was_made_in_a_year_that_every_clock_knows(
    session: Session, tmp_path: Path, year: int, opens: bool
) -> None:
    made = cell("states", "created", f"{year}-06-01T00:00:00+00:00", "id = 's1'")
    project = damaged(made, tmp_path / "year.vlens")
    if opens:
        assert session.open_project(project).states["s1"].created.year == year
    else:
        with pytest.raises(InputError, match="a time at which s1 was made"):
            session.open_project(project)


TRIGGER: Damage = sql(
    "CREATE TABLE a (n)", "CREATE TABLE b (n)", "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (1); END"
)


@pytest.mark.parametrize(("fine", "refused"), [
    ("SELECT 1".ljust(10_000), "SELECT 1".ljust(10_001)),
    ("SELECT " + "+".join("1" * 20), "SELECT " + "+".join("1" * 21)),
    ("SELECT " + ",".join("1" * 20), "SELECT " + ",".join("1" * 21)),
    ("INSERT INTO b VALUES (2)", "INSERT INTO a VALUES (2)"),
    ("SELECT 1", "ATTACH ':memory:' AS other"),
], ids=["length", "depth", "columns", "triggers", "other files"])  # fmt: skip
def test_a_database_does_no_more_than_a_project_needs(tmp_path: Path, fine: str, refused: str) -> None:
    with closing(store.create(tmp_path / "a.vlens")) as connection:
        TRIGGER(connection)
        connection.execute(fine)
        with pytest.raises(sqlite3.Error):
            connection.execute(refused)
