"""Downloads from servers that break off, lie, redirect and send the wrong thing: whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file

from desktop_app.api.errors import Cancelled, InputError, ParameterError
from desktop_app.core.application import Application
from desktop_app.core.models.adding import download_and_add
from desktop_app.core.models.catalogue import Catalogue, chosen, read
from desktop_app.core.models.downloads import download
from desktop_app.core.plugins.entries import ModelEntry
from tests.core.models.test_library import dncnn
from tests.support.serving import Answering, served

CONTENT = os.urandom(300_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """What a server does at each request, in turn; the last for all further ones."""

    content: bytes = CONTENT
    doings: list[str] = field(default_factory=lambda: ["serve"])
    ranges: list[str | None] = field(default_factory=list)
    address: str = ""

    def next(self) -> str:
        return self.doings.pop(0) if len(self.doings) > 1 else self.doings[0]


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(Answering):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            state.ranges.append(asked)
            doing = state.next()
            if doing == "redirect" and self.path != "/moved":
                return self.head(302, Location="/moved")
            if doing == "to a file":
                return self.head(302, Location="file:///etc/passwd")
            if doing == "absent":
                return self.head(404)
            start = int(asked.split("=")[1].rstrip("-")) if asked and doing != "no ranges" else 0
            body = bytes(len(state.content)) if doing == "wrong" else state.content
            body = body[start:] if doing != "long" else body * 2
            status = 206 if start else 200
            more = {"Content-Range": f"bytes {start}-{len(state.content) - 1}/{len(state.content)}"} if start else {}
            claimed = len(body) + 50_000 if doing == "lie" else len(body)
            self.head(status, **{"Content-Length": str(claimed)}, **more)
            self.wfile.write(body[: 100_000] if doing == "break" else body)
            self.wfile.flush()
            self.close_connection = True
            return None

    with served(Handler) as address:
        state.address = f"{address}/model.pth"
        yield state


def fetch(server: Server, folder: Path, **more: Any) -> Path:
    facts: dict[str, Any] = {"sha256": DIGEST, "size": len(CONTENT), "say": lambda _share, _text: None} | more
    return download([server.address], folder / "model.pth", **facts)


@pytest.mark.parametrize("size", [len(CONTENT), None])
@pytest.mark.parametrize("doings", [["serve"], ["break", "serve"], ["break", "break", "serve"], ["redirect", "serve"],
                                    ["break", "no ranges"], ["lie", "serve"]], ids=" ".join)
def test_it_comes_whole(server: Server, tmp_path: Path, doings: list[str], size: int | None) -> None:
    server.doings = doings
    shares: list[float] = []
    path = fetch(server, tmp_path, size=size, say=lambda share, _text: shares.append(share))
    assert path.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [path]
    assert 0.0 <= min(shares) <= max(shares) <= 1.0
    if doings[0] == "break" and doings[-1] == "serve":
        assert server.ranges[1] == "bytes=100000-"


def test_what_broke_off_is_gone_on_with_another_time(server: Server, tmp_path: Path) -> None:
    server.doings = ["break", "absent"]
    with pytest.raises(InputError, match="100000 bytes are kept, download again to go on"):
        fetch(server, tmp_path)
    assert not (tmp_path / "model.pth").exists()
    server.doings = ["serve"]
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=100000-"


@pytest.mark.parametrize(
    ("doing", "said"),
    [
        ("wrong", r"another file than was promised \(its SHA-256 differs\)"), ("absent", "404"),
        ("long", "more than the 300000 bytes that were promised"),
        ("to a file", "file:///etc/passwd"),
    ],
)
def test_what_is_wrong_is_not_kept(server: Server, tmp_path: Path, doing: str, said: str) -> None:
    server.doings = [doing]
    with pytest.raises(InputError, match=said):
        fetch(server, tmp_path)
    assert [path for path in tmp_path.iterdir() if path.stat().st_size] == []


def test_a_beginning_of_another_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    (tmp_path / "model.pth.part").write_bytes(bytes(1000))
    with pytest.raises(InputError, match="SHA-256 differs"):
        fetch(server, tmp_path)
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_another_address_helps_out(server: Server, tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9/model.pth"
    found = download([dead, server.address], tmp_path / "m", sha256=DIGEST[:8], say=lambda _share, _text: None)
    assert found.read_bytes() == CONTENT


def test_it_stops_when_cancelled_and_goes_on_later(server: Server, tmp_path: Path) -> None:
    def say(share: float, _text: str) -> None:
        if share > 0.5:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        fetch(server, tmp_path, say=say)
    assert not (tmp_path / "model.pth").exists()
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1] is not None


def test_a_full_disk_is_told(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="no space left on device; make room and try again"):
        fetch(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def catalogued(server: Server, **more: Any) -> ModelEntry:
    facts = {
        "id": "tiny", "title": "Tiny denoiser", "task": "restoration", "licence": "MIT", "commercial": "yes",
        "author": "somebody", "sha256": hashlib.sha256(server.content).hexdigest(), "bytes": len(server.content),
        "urls": [server.address], "page": "https://example.org/tiny", "purpose": "denoise",
    }
    (entry,) = read(json.dumps({"format": 1, "models": [facts | more]}).encode(), "test")
    return entry


def test_a_catalogued_model_is_downloaded_added_and_known_by_its_hash(server: Server, tmp_path: Path) -> None:
    application = Application(tmp_path / "home")
    save_file(dncnn(), tmp_path / "net.safetensors")
    server.content = (tmp_path / "net.safetensors").read_bytes()
    wanted = catalogued(server)

    def get() -> ModelEntry:
        return download_and_add(
            wanted, application.library, application.host, known=[wanted], say=lambda _share, _text: None
        )

    server.doings = ["wrong"]
    with pytest.raises(InputError, match="SHA-256 differs"):
        get()
    assert application.library.entries() == ()
    server.doings = ["break", "serve"]
    entry = get()
    assert (entry.id, entry.title, entry.licence, entry.purpose) == ("tiny", "Tiny denoiser", "MIT", "denoise")
    assert (entry.source, entry.origin, entry.author) == (server.address, "added", "somebody")
    assert not list((application.library.folder / ".downloads").rglob("*.*"))
    with pytest.raises(ParameterError, match="which is taken"):
        get()


def test_a_model_with_a_page_alone_says_what_to_do(server: Server, tmp_path: Path) -> None:
    application = Application(tmp_path / "home")
    wanted = catalogued(server, urls=[])
    with pytest.raises(InputError, match=r"open https://example\.org/tiny, then add the file"):
        download_and_add(wanted, application.library, application.host, known=(), say=lambda _share, _text: None)


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


def test_a_further_catalogue_is_kept_beside_the_bundled_one(server: Server, tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    entry = catalogued(server)
    row = {"id": entry.id, "title": "T", "task": "restoration", "licence": "MIT", "sha256": entry.sha256,
           "page": "https://example.org", "urls": []}
    catalogue.add(json.dumps({"format": 1, "models": [row]}).encode(), "mine.json")
    assert catalogue.entries()[-1].id == "tiny"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "but"), (b"[]", "no object with format 1"), (b'{"format": 1, "models": [3]}', "but"),
        (b'{"format": 1, "models": [{"id": "a"}]}', "lacks licence"),
        (b'{"format": 1, "models": [{"id": "a", "weights": "/etc/passwd"}]}', "says weights, which"),
    ],
)  # fmt: skip
def test_what_is_no_catalogue_is_told_and_not_kept(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Catalogue(tmp_path).add(content, "bad.json")
    assert list(tmp_path.iterdir()) == []
