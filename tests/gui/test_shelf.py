"""What was shown lately is kept within a budget, what is shown in any case."""

from __future__ import annotations

from desktop_app.gui.documents.shelf import Shelf


def kept(shelf: Shelf[int], count: int = 6) -> list[int]:
    return [number for number in range(count) if shelf.get(("photo", f"s{number}")) is not None]


def filled(budget: int, count: int = 6) -> Shelf[int]:
    shelf: Shelf[int] = Shelf(lambda picture: picture, lambda: budget)
    for number in range(count):
        shelf.put(("photo", f"s{number}"), 10)
        shelf.want([("photo", f"s{number}")])
    return shelf


def test_the_last_ones_stay_within_the_budget_beside_the_one_that_is_shown() -> None:
    assert kept(filled(budget=29)) == [3, 4, 5]
    assert kept(filled(budget=0)) == [5]
    assert kept(filled(budget=1000)) == [0, 1, 2, 3, 4, 5]


def test_what_is_gone_back_to_counts_as_seen_last() -> None:
    shelf = filled(budget=20, count=3)
    shelf.want([("photo", "s0")])
    for number in (3, 4):
        shelf.put(("photo", f"s{number}"), 10)
        shelf.want([("photo", f"s{number}")])
    assert kept(shelf) == [0, 3, 4]


def test_what_is_wanted_stays_though_it_is_larger_than_the_budget() -> None:
    shelf = filled(budget=5, count=2)
    shelf.put(("photo", "s2"), 500)
    shelf.want([("photo", "s1"), ("photo", "s2"), ("photo", "absent")])
    assert kept(shelf) == [1, 2]


def test_what_may_be_wanted_soon_is_kept_before_the_others_and_within_the_budget() -> None:
    shelf = filled(budget=20, count=3)
    shelf.want([("photo", "s2")], soon=("photo", "s0"))
    shelf.put(("photo", "s3"), 10)
    shelf.want([("photo", "s3")], soon=("photo", "s0"))
    assert kept(shelf) == [0, 2, 3]
    shelf.want([("photo", "s3")], soon=("photo", "s3"))
    assert kept(shelf) == [0, 2, 3]
    forgetful = filled(budget=9, count=2)
    forgetful.want([("photo", "s1")], soon=("photo", "s0"))
    assert kept(forgetful) == [1]
    assert forgetful.has_room(9)
    assert not forgetful.has_room(10)


def test_the_memory_is_asked_for_once_and_not_before_something_is_to_be_let_go() -> None:
    asked: list[int] = []
    shelf: Shelf[int] = Shelf(lambda picture: picture, lambda: asked.append(1) or 100)
    shelf.put(("photo", "s0"), 1)
    shelf.want([("photo", "s0")])
    assert not asked
    shelf.want([])
    shelf.want([])
    assert len(asked) == 1
