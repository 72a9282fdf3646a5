"""A document: what is shown at once, what is saved, and what its listeners hear."""

from __future__ import annotations

import threading
import weakref
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from desktop_app.api.errors import InputError, ParameterError, ToolError
from desktop_app.core.document import commits, store
from desktop_app.core.document.state import MAX_TITLE, describe_map, levels_of
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.ranges import LEVELS
from desktop_app.core.imaging.raster import Raster


def heard(document) -> list[tuple[str, str]]:
    """Return a list to which every event of a document is added."""
    events: list[tuple[str, str]] = []
    document.subscribe(lambda event: events.append((event.kind, event.state_id)))
    return events


def test_an_opened_photo_is_one_state(document, photo):
    assert (document.title, document.source, document.cursor) == ("photo.png", photo, document.root)
    root = document.states[document.root]
    assert (root.width, root.height, root.channels, root.depth, root.record) == (90, 70, 3, "8", None)
    assert document.metadata == open_photo(photo).metadata
    assert not document.is_modified
    document.flush()
    assert document.states[document.root].is_saved


def test_an_opened_photo_is_kept_as_its_file_only(document, photo):
    document.flush()
    database = next((photo.parent / "session").glob("*.vlens"))
    with store.reading(database) as connection:
        assert connection.execute("SELECT count(*) FROM tiles").fetchone() == (0,)
        assert connection.execute("SELECT content FROM original").fetchall() == [(photo.read_bytes(),)]


def test_an_opened_photo_is_in_memory_once_and_can_be_read_again(document, make_outcome, same):
    held = document.raster(document.root)
    document.commit(document.root, make_outcome())
    document.flush()
    assert document.raster(document.root) is held
    expected, gone = Raster(held.pixels.copy(), held.alpha.copy()), weakref.ref(held)
    document.raster("s1")  # the cache keeps the last one only
    del held
    assert gone() is None
    assert same(document.raster(document.root), expected)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_saved_pixels_are_those_that_were_committed(document, make_outcome, dtype, alpha, same):
    outcome = make_outcome(1, dtype=dtype, alpha=alpha)
    state = document.commit(document.root, outcome, "mine")
    assert (state.title, state.depth, state.is_saved) == ("mine", outcome.raster.depth, False)
    assert document.raster(state.id) is outcome.raster
    expected = Raster(outcome.raster.pixels.copy(), outcome.raster.alpha.copy() if alpha else None)
    document.flush()
    del outcome
    document.raster(document.root)  # the cache holds one
    assert document.states[state.id].is_saved
    assert same(document.raster(state.id), expected)


def test_maps_artifacts_and_report(document, make_outcome, same):
    outcome = make_outcome(3, picture=False)
    state = document.commit(document.root, outcome)
    assert (state.title, state.pixels_of, state.report) == ("Total variation", document.root, {"seed": 3})
    assert state.record == outcome.record
    info = state.maps[0]
    assert (info.name, info.unit, info.width, info.height) == ("spread", "levels", 90, 70)
    assert info.low == outcome.maps[0].values.min()
    for saved in (False, True):
        if saved:
            document.flush()
        assert np.array_equal(document.map(state.id, "spread").values, outcome.maps[0].values)
        assert np.array_equal(document.artifact(state.id, "kernel"), outcome.artifacts["kernel"])
        assert same(document.raster(state.id), document.raster(document.root))
    for read in (document.map, document.artifact):
        with pytest.raises(ParameterError, match="'absent'"):
            read(state.id, "absent")


def test_a_report_of_numpy_numbers_is_kept_as_numbers(document, make_outcome):
    outcome = replace(make_outcome(), report={"p": np.float32(0.5), "top": np.arange(2)})
    assert document.commit(document.root, outcome).report == {"p": 0.5, "top": [0, 1]}


def test_a_report_that_cannot_be_kept_is_refused_before_anything_changes(document, make_outcome):
    with pytest.raises(ToolError, match="tell the plugin's author"):
        document.commit(document.root, replace(make_outcome(), report={"bad": object()}))
    assert list(document.states) == [document.root]
    assert not document.is_modified


@pytest.mark.parametrize(
    "change",
    [lambda values: values * np.nan, lambda values: values / 0, lambda values: values[0], np.float64],
    ids=["nan", "infinite", "a row", "float64"],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_map_that_could_not_be_opened_again_is_refused(document, make_outcome, change):
    (layer,) = make_outcome().maps
    outcome = replace(make_outcome(), maps=(replace(layer, values=change(layer.values)),))
    with pytest.raises(ToolError, match="tell the plugin's author"):
        document.commit(document.root, outcome)
    assert list(document.states) == [document.root]


def test_a_report_nested_too_deep_is_refused(document, make_outcome):
    report: dict[str, object] = {}
    for _ in range(100):
        report = {"in": report}
    with pytest.raises(ToolError, match="64 levels"):
        document.commit(document.root, replace(make_outcome(), report=report))


def test_history(document, make_outcome):
    one = document.commit(document.root, make_outcome(1)).id
    two = document.commit(one, make_outcome(2)).id
    assert (document.undo(), document.undo(), document.undo()) == (one, document.root, document.root)
    assert not document.can_undo
    branch = document.commit(document.root, make_outcome(3)).id
    assert document.states[document.root].children == (one, branch)
    assert not document.can_redo
    document.jump(two)
    document.rename(two, "better")
    assert document.states[two].title == "better"
    document.delete(one)
    assert (document.cursor, list(document.states)) == (document.root, [document.root, branch])
    assert list(document.hidden) == [one, two]
    document.restore(two)
    assert document.redo() == one
    assert list(document.states) == [document.root, one, two, branch]
    for title in (" ", "x" * 1001):
        with pytest.raises(ParameterError, match="1 to 1000 letters"):
            document.rename(two, title)


def test_nobody_waits_while_a_commit_looks_through_its_maps(document, make_outcome, monkeypatch):
    is_looking, may_go_on = threading.Event(), threading.Event()

    def look_slowly(layer):
        is_looking.set()
        assert may_go_on.wait(60)
        return describe_map(layer)

    document.commit("s0", make_outcome(1))
    monkeypatch.setattr(commits, "describe_map", look_slowly)
    thread = threading.Thread(target=lambda: document.commit("s1", make_outcome(2), begun_at="s1"))
    thread.start()
    assert is_looking.wait(60)
    document.jump("s0")
    document.rename("s0", "done meanwhile")
    assert "s2" not in document.states
    may_go_on.set()
    thread.join()
    assert (document.cursor, document.states["s2"].parent) == ("s0", "s1")


def test_a_commit_moves_the_cursor_only_if_the_user_has_not(document, make_outcome):
    document.commit("s0", make_outcome(1), begun_at="s0")
    assert document.cursor == "s1"
    events = heard(document)
    document.commit("s0", make_outcome(2), begun_at="s0")
    assert document.cursor == "s1"
    assert ("committed", "s2") in events
    assert "cursor" not in [kind for kind, _ in events]


def test_events_come_in_order(document, make_outcome):
    document.flush()
    events = heard(document)
    document.commit(document.root, make_outcome())
    document.flush()
    assert [kind for kind, _ in events] == ["committed", "cursor", "saved"]
    events.clear()
    document.delete("s1")
    document.restore("s1")
    document.close(discard=True)
    assert events == [("deleted", "s1"), ("cursor", "s0"), ("restored", "s1"), ("closed", "s0")]


def test_a_listener_that_fails_or_left_keeps_nobody_from_hearing(document, make_outcome, caplog):
    def fail(event):
        raise RuntimeError("widget")

    forget = document.subscribe(fail)
    events = heard(document)
    document.commit(document.root, make_outcome())
    document.flush()
    assert "a listener failed" in caplog.text
    caplog.clear()
    assert events[-1] == ("saved", "s1")
    forget()
    document.jump(document.root)
    assert document.states["s1"].is_saved


def test_many_threads_may_commit(document, make_outcome, same):
    def work(seed: int) -> None:
        for number in range(5):
            document.commit(document.root, make_outcome(seed * 10 + number))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    document.flush()
    assert len(document.states) == 21
    for state in list(document.states.values())[1:]:
        assert state.is_saved
        assert same(document.raster(state.id), make_outcome(state.report["seed"]).raster)


def test_a_full_disk_is_told_and_the_step_is_saved_when_there_is_room(document, make_outcome, same, full_disk):
    document.flush()
    messages: list[str] = []
    document.subscribe(lambda event: messages.append(event.message) if event.kind == "failed" else None)
    with full_disk(60_000):
        state = document.commit(document.root, make_outcome(1))
        with pytest.raises(InputError, match="disk"):
            document.flush()
        assert not document.states[state.id].is_saved
        assert same(document.raster(state.id), make_outcome(1).raster)
        with pytest.raises(InputError, match="disk"):
            document.close()
    assert messages
    assert messages[0].startswith("photo.png: expected")
    later = document.commit(state.id, make_outcome(2))
    document.flush()
    assert document.states[state.id].is_saved
    assert document.states[later.id].is_saved


def test_a_closed_document_takes_nothing(document, make_outcome):
    document.close()
    document.close()
    for act in (lambda: document.commit("s0", make_outcome()), document.flush, lambda: document.rename("s0", "x")):
        with pytest.raises(ParameterError, match="closed"):
            act()


def test_unknown_states_are_refused(document, make_outcome):
    for act in (document.raster, document.jump, document.delete, lambda name: document.commit(name, make_outcome())):
        with pytest.raises(ParameterError, match="'s9'"):
            act("s9")


def test_a_map_that_is_read_again_is_all_that_it_was(document, make_outcome):
    (layer,) = make_outcome().maps
    small = replace(layer, name="small", values=layer.values[:5, :7].copy(), is_aligned=False)
    sure = replace(layer, name="sure", standing="calibrated", checked={"n": 34})
    document.commit("s0", replace(make_outcome(picture=False), maps=(small, sure)))
    document.flush()
    for given in (small, sure):
        found = document.map("s1", given.name)
        assert found is not given
        assert {**vars(found), "values": 0} == {**vars(given), "values": 0}
        assert np.array_equal(found.values, given.values)


def test_a_longer_title_than_the_history_keeps_is_cut_at_its_end(document, make_outcome):
    assert document.commit("s0", make_outcome(), "x" * MAX_TITLE + "y").title == "x" * MAX_TITLE


def test_what_a_closed_document_held_is_let_go_of(document, session, make_outcome, photo):
    other = session.open_photo(photo)
    document.commit("s0", make_outcome())
    document.close()
    held = [key[0] for key in session._cache._known]
    assert set(held) <= {other._path}
    assert not document._pixels._held
    other.raster("s0")


def test_a_listener_hears_of_a_cursor_only_where_it_moved(document, make_outcome):
    document.commit("s0", make_outcome(1))
    document.commit("s0", make_outcome(2))
    events = heard(document)
    document.delete("s1")  # on another branch
    document.jump("s0")
    document.rename("s0", "Photo")
    assert events == [("deleted", "s1"), ("cursor", "s0"), ("renamed", "s0")]


def test_the_root_is_titled_by_the_photo_and_read_in_utc(document, make_outcome):
    root, step = document.states["s0"], document.commit("s0", make_outcome())
    assert (root.title, root.parent, root.report, root.maps, root.artifacts) == ("photo.png", None, {}, (), ())
    assert root.created <= step.created
    assert root.created.utcoffset() == step.created.utcoffset() == timedelta(0)
    assert (step.artifacts, [info.name for info in step.maps]) == (("kernel",), ["spread"])


@pytest.mark.parametrize(("tool", "report", "levels"), [
    (LEVELS, {"low": 0, "high": 255}, (0.0, 255.0)), (LEVELS, {"low": 3.5, "high": 3.5}, None),
    (LEVELS, {"low": 9, "high": 3}, None), (LEVELS, {"low": 0}, None), (LEVELS, {"low": "0", "high": 1}, None),
    ("denoise.tv", {"low": 0, "high": 255}, None),
])  # fmt: skip
def test_levels_are_those_of_a_step_of_levels(document, make_outcome, tool, report, levels):
    outcome = make_outcome()
    outcome = replace(outcome, record=replace(outcome.record, tool=tool), report=report)
    assert levels_of(document.commit("s0", outcome)) == levels
    assert levels_of(document.states["s0"]) is None
