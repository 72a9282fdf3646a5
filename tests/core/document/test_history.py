"""The tree of states: whatever a user does, nothing is lost and the cursor stands on something that is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.api.errors import ParameterError
from desktop_app.core.document import history
from desktop_app.core.document.history import History

ACTIONS = ("add", "jump", "undo", "redo", "delete", "restore")
sequences = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 1000)), max_size=40)


def act(tree: History, action: str, number: int) -> History:
    """Do what a user could do; `number` chooses among the states."""
    known, shown = list(tree.parents), history.visible(tree)
    if action == "add":
        begun_at = shown[number // 7 % len(shown)] if number % 2 else None
        return history.add(tree, known[number % len(known)], history.new_id(tree), begun_at=begun_at)
    if action == "jump":
        return history.jump(tree, shown[number % len(shown)])
    if action in {"delete", "restore"}:
        pool = known[1:] if action == "delete" else known
        return getattr(history, action)(tree, pool[number % len(pool)]) if pool else tree
    target = history.undo_target(tree) if action == "undo" else history.redo_target(tree)
    return tree if target is None else history.jump(tree, target)


def grown(sequence: list[tuple[str, int]]) -> History:
    tree = history.begin("s0")
    for action, number in sequence:
        tree = act(tree, action, number)
    return tree


@given(sequences)
def test_nothing_is_lost_and_the_cursor_is_shown(sequence: list[tuple[str, int]]) -> None:
    tree = history.begin("s0")
    for action, number in sequence:
        after = act(tree, action, number)
        assert list(after.parents.items())[: len(tree.parents)] == list(tree.parents.items())
        assert len(after.parents) == len(tree.parents) + (action == "add")
        assert after.cursor in history.visible(after)
        assert after.root in history.visible(after)
        tree = after


@given(sequences)
def test_redo_returns_from_where_undo_came(sequence: list[tuple[str, int]]) -> None:
    tree = grown(sequence)
    before = history.undo_target(tree)
    if before is None:
        assert tree.cursor == tree.root
    else:
        assert history.redo_target(history.jump(tree, before)) == tree.cursor


@given(sequences)
def test_redo_leads_back_along_the_whole_way(sequence: list[tuple[str, int]]) -> None:
    tree = grown(sequence)
    there = history.jump(tree, tree.root)
    for state in history.path_to(tree, tree.cursor)[1:]:
        assert history.redo_target(there) == state
        there = history.jump(there, state)


@given(sequences, st.integers(0, 1000))
def test_what_is_deleted_comes_back_whole(sequence: list[tuple[str, int]], number: int) -> None:
    tree = grown(sequence)
    steps = history.visible(tree)[1:]
    if not steps:
        return
    state = steps[number % len(steps)]
    deleted = history.delete(tree, state)
    gone = {each for each in history.visible(tree) if state in history.path_to(tree, each)}
    assert set(history.visible(deleted)) == set(history.visible(tree)) - gone
    assert history.visible(history.restore(deleted, state)) == history.visible(tree)


@given(sequences)
def test_children_are_the_visible_ones(sequence: list[tuple[str, int]]) -> None:
    tree = grown(sequence)
    children = history.children(tree)
    assert tuple(children) == history.visible(tree)
    assert sorted(child for its in children.values() for child in its) == sorted(history.visible(tree)[1:])


def test_editing_after_a_jump_grows_a_branch() -> None:
    tree = history.add(history.add(history.begin("s0"), "s0", "s1"), "s1", "s2")
    branched = history.add(history.jump(tree, "s0"), "s0", "s3")
    assert history.children(branched) == {"s0": ("s1", "s3"), "s1": ("s2",), "s2": (), "s3": ()}
    assert branched.cursor == "s3"


def test_a_step_on_a_deleted_state_brings_it_back() -> None:
    tree = history.delete(history.add(history.begin("s0"), "s0", "s1"), "s1")
    assert tree.cursor == "s0"
    assert history.visible(history.add(tree, "s1", "s2")) == ("s0", "s1", "s2")


def test_deleting_elsewhere_leaves_the_cursor() -> None:
    tree = history.add(history.add(history.begin("s0"), "s0", "s1"), "s0", "s2")
    assert history.delete(tree, "s1").cursor == "s2"


def test_redo_goes_to_another_child_when_the_last_one_is_deleted() -> None:
    tree = history.add(history.add(history.begin("s0"), "s0", "s1"), "s0", "s2")
    assert history.redo_target(history.delete(tree, "s2")) == "s1"


@pytest.mark.parametrize("action", ["jump", "delete", "restore"])
def test_an_unknown_state_is_refused(action: str) -> None:
    with pytest.raises(ParameterError, match="'s9'"):
        getattr(history, action)(history.begin("s0"), "s9")


def test_the_root_stays() -> None:
    with pytest.raises(ParameterError, match="opened photo"):
        history.delete(history.begin("s0"), "s0")


def test_a_deleted_state_is_not_jumped_to() -> None:
    tree = history.delete(history.add(history.begin("s0"), "s0", "s1"), "s1")
    with pytest.raises(ParameterError, match="restore it first"):
        history.jump(tree, "s1")


def test_a_cursor_that_was_moved_meanwhile_stays() -> None:
    tree = history.add(history.add(history.begin("s0"), "s0", "s1"), "s1", "s2")
    assert history.add(tree, "s2", "s3", begun_at="s2").cursor == "s3"
    moved = history.add(history.jump(tree, "s0"), "s2", "s3", begun_at="s2")
    assert (moved.cursor, moved.parents["s3"], history.redo_target(moved)) == ("s0", "s2", "s1")


def test_what_was_deleted_while_it_was_worked_on_comes_back_without_the_cursor() -> None:
    tree = history.delete(history.add(history.begin("s0"), "s0", "s1"), "s1")
    back = history.add(tree, "s1", "s2", begun_at="s1")
    assert (history.visible(back), back.cursor) == (("s0", "s1", "s2"), "s0")
