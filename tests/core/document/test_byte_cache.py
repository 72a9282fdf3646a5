"""What was read is kept up to a number of bytes, and is never in memory twice."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_app.core.document.cache import ByteCache


@dataclass(eq=False)
class Thing:
    size: int


def made(limit: int) -> ByteCache[Thing]:
    return ByteCache(limit, lambda thing: thing.size)


def test_the_least_recently_used_goes_first() -> None:
    cache = made(10)
    cache.put("a", Thing(4))
    cache.put("b", Thing(4))
    assert cache.get("a") is not None
    cache.put("c", Thing(4))
    assert cache.get("b") is None
    assert cache.get("a") is not None
    assert cache.held == 8


def test_the_last_one_stays_however_big() -> None:
    cache = made(10)
    cache.put("a", Thing(4))
    cache.put("b", Thing(40))
    assert cache.get("a") is None
    assert cache.held == 40


def test_what_somebody_holds_is_found_again() -> None:
    cache = made(0)
    held = Thing(4)
    cache.put("a", held)
    cache.put("b", Thing(4))
    assert cache.get("a") is held


def test_dropped_values_are_gone_even_if_held() -> None:
    cache = made(100)
    held = Thing(4)
    cache.put(("one", 1), held)
    cache.put(("two", 1), Thing(4))
    cache.drop(lambda key: key == ("one", 1))
    assert cache.get(("one", 1)) is None
    assert cache.get(("two", 1)) is not None


def test_a_cache_is_full_at_its_last_byte() -> None:
    cache = made(10)
    for name in "ab":
        cache.put(name, Thing(5))
    assert cache.held == 10
    cache.put("a", Thing(6))
    assert (cache.held, cache.get("b")) == (6, None)
