"""Models that can be had: what the bundled catalogue offers, and what a further one may not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from desktop_app.api.errors import InputError
from desktop_app.core.models.catalogue import Catalogue, chosen


def catalogue_of(**more: Any) -> bytes:
    row = {"id": "a", "title": "T", "task": "restoration", "licence": "MIT", "sha256": "ab" * 32,
           "page": "https://example.org"}
    return json.dumps({"format": 1, "models": [row | more]}).encode()


WRONG = (
    ("summary", 5, "text"), ("author", ["me"], "text"), ("purpose", None, "text"),
    ("scale", "2", "whole number above 0"), ("scale", -1, "whole number above 0"),
    ("bytes", True, "whole number above 0"), ("labels", ["a", 3], "list of texts"),
    ("urls", {"https://a.org": 1}, "list of texts"), ("loader", {"architecture": 5}, "object of texts"),
    ("square", "no", "true or false"),
)


def test_the_bundled_catalogue_is_for_everyone(tmp_path: Path) -> None:
    entries = Catalogue(tmp_path).entries()
    assert 25 <= len(entries) <= 40
    assert len({one.id for one in entries}) == len(entries)
    for one in entries:
        assert one.licence
        assert not any(word in one.licence.upper() for word in ("-NC", "NONCOMMERCIAL"))
        assert one.commercial in ("yes", "unknown")
        assert (len(one.sha256) == 64) is (one.task == "restoration")
        assert one.task == "restoration" or one.sha256 in one.urls[0]
        assert one.urls
        assert one.bytes
        assert one.summary.endswith(".")
        assert one.author
    assert {"superres", "jpeg", "denoise", "classify"} <= {one.purpose for one in entries}
    assert {2, 4} <= {one.scale for one in entries}


def test_the_catalogue_is_searched_and_filtered(tmp_path: Path) -> None:
    entries = Catalogue(tmp_path).entries()
    assert {one.purpose for one in chosen(entries, task="jpeg")} == {"jpeg"}
    assert {one.scale for one in chosen(entries, scale=2)} == {2}
    assert all((one.bytes or 0) <= 5e6 for one in chosen(entries, most_bytes=5e6))
    assert {one.licence for one in chosen(entries, licence="apache")} == {"Apache-2.0"}
    assert [one.id for one in chosen(entries, search="resnet50 imagenet")] == ["imagenet.resnet50"]
    assert chosen(entries, search="no such words") == []


def test_a_further_catalogue_is_kept_beside_the_bundled_one(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    catalogue.add(catalogue_of(id="tiny"), "mine.json")
    assert catalogue.entries()[-1].id == "tiny"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "but"), (b"[]", "no object with format 1"), (b'{"format": 1, "models": [3]}', "but"),
        (b'{"format": 1, "models": [{"id": "a"}]}', "lacks licence"),
        (b'{"format": 1, "models": [{"id": "a", "weights": "/etc/passwd"}]}', "says weights, which"),
        *((catalogue_of(**{name: value}), f"has {name} .*, which is no {said}") for name, value, said in WRONG),
    ],
)  # fmt: skip
def test_what_is_no_catalogue_is_told_and_not_kept(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Catalogue(tmp_path).add(content, "bad.json")
    assert list(tmp_path.iterdir()) == []
