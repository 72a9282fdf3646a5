"""Downloads from servers that break off, lie, redirect and send the wrong thing: whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file

from desktop_app.api.errors import Cancelled, InputError, ParameterError
from desktop_app.core.application import Application
from desktop_app.core.models.adding import download_and_add
from desktop_app.core.models.catalogue import read
from desktop_app.core.models.downloads import download
from desktop_app.core.plugins.entries import ModelEntry
from tests.core.models.test_library import dncnn
from tests.support.serving import Answering, served

CONTENT = os.urandom(300_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


UNUSUAL: dict[str, tuple[int, dict[str, str]]] = {
    "redirect": (302, {"Location": "/moved"}), "to a file": (302, {"Location": "file:///etc/passwd"}),
    "nowhere": (302, {"Location": "http://[no/address"}), "absent": (404, {}), "no such part": (416, {}),
    "odd lengths": (200, {"Content-Length": "\xb2\xb3"}), "drip": (200, {"Content-Length": str(len(CONTENT))}),
    "page": (200, {"Content-Length": "100", "Content-Type": "text/html"}),
    "made page": (200, {"Content-Type": "text/html"}), "packed": (200, {"Content-Encoding": "gzip"}),
    "all of it": (206, {"Content-Range": f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"}),
}  # fmt: skip


@dataclass
class Server:
    """What a server does at each request, in turn; the last for all further ones."""

    content: bytes = CONTENT
    doings: list[str] = field(default_factory=lambda: ["serve"])
    ranges: list[str | None] = field(default_factory=list)
    address: str = ""
    is_left: threading.Event = field(default_factory=threading.Event)

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
            if doing == "reset":
                linger = struct.pack("ii", 1, 0)
                return self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            if doing in UNUSUAL and self.path != "/moved":
                status, headers = UNUSUAL[doing]
                self.head(status, **headers)
                content = state.content[:100] if "page" in doing else state.content
                return self.drip(content, 20.0 if doing == "drip" else 0.0) if status < 300 else None
            start = int(asked.split("=")[1].rstrip("-")) if asked and doing != "no ranges" else 0
            body = bytes(len(state.content)) if doing == "wrong" else state.content
            body = body[start:] if doing != "long" else body * 2
            status = 206 if start else 200
            more = {"Content-Range": f"bytes {start}-{len(state.content) - 1}/{len(state.content)}"} if start else {}
            claimed = len(body) + 50_000 if doing == "lie" else len(body)
            self.head(status, **{"Content-Length": str(claimed)}, **more)
            self.wfile.write(body[: {"break": 100_000, "a little": 80_000}.get(doing)])
            self.wfile.flush()
            self.close_connection = True
            return None

        def drip(self, content: bytes, waits: float) -> None:
            self.close_connection = True
            self.wfile.write(content[:100])
            self.wfile.flush()
            if not state.is_left.wait(waits):
                self.wfile.write(content[100:])

    with served(Handler) as address:
        state.address = f"{address}/model.pth"
        yield state
        state.is_left.set()


def fetch(server: Server, folder: Path, **more: Any) -> Path:
    facts: dict[str, Any] = {"sha256": DIGEST, "size": len(CONTENT), "say": lambda _share, _text: None} | more
    return download([server.address], folder / "model.pth", **facts)


@pytest.mark.parametrize("size", [len(CONTENT), None])
@pytest.mark.parametrize("doings", [
    ["serve"], ["break", "serve"], ["break", "break", "serve"], ["redirect", "serve"], ["break", "no ranges"],
    ["lie", "serve"], ["break", "no such part", "serve"], [*3 * ["a little"], "serve"], ["break", "all of it"],
    ["odd lengths"],
], ids=" ".join)  # fmt: skip
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
        ("to a file", "file:///etc/passwd"), ("nowhere", "answered: .*Invalid IPv6 URL"),
        ("page", r"another file there, of 100 bytes \(text/html\) and not of 300000 as promised; try again later"),
        ("made page", r"another file there, of 100 bytes \(text/html\) and not of 300000 as promised"),
        ("packed", r"sends the file packed \(gzip\)"),
        ("reset", "answered: .*(reset by peer|without response).*try again later"), ("no such part", "416"),
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


def test_a_slow_server_is_left_when_it_is_cancelled(server: Server, tmp_path: Path) -> None:
    server.doings = ["drip"]

    def say(_share: float, _text: str) -> None:
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        fetch(server, tmp_path, say=say)
    assert (tmp_path / "model.pth.part").stat().st_size == 100


@pytest.mark.parametrize("url", ["http://[no/model.pth", "http://127.0.0.1:9/m\u00f6del.pth"])
def test_an_address_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="from the net, but"):
        download([url], tmp_path / "m", sha256=DIGEST, say=lambda _share, _text: None)


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


@pytest.mark.parametrize("name", ["%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2foutside.pth", "ABSOLUTE", "%2e%2e", "%00.pth"])
def test_an_address_leads_into_no_other_folder(server: Server, tmp_path: Path, name: str) -> None:
    application = Application(tmp_path / "home")
    theirs = tmp_path / "outside.pth"
    theirs.write_text("the user's own")
    last = str(theirs).replace("/", "%2F") if name == "ABSOLUTE" else name
    wanted = catalogued(server, urls=[server.address.replace("model.pth", last)])
    with pytest.raises(InputError, match="which is none of them"):
        download_and_add(wanted, application.library, application.host, known=(), say=lambda _share, _text: None)
    assert theirs.read_text() == "the user's own"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".pth"] == ["outside.pth"]


def test_a_model_with_a_page_alone_says_what_to_do(server: Server, tmp_path: Path) -> None:
    application = Application(tmp_path / "home")
    wanted = catalogued(server, urls=[])
    with pytest.raises(InputError, match=r"open https://example\.org/tiny, then add the file"):
        download_and_add(wanted, application.library, application.host, known=(), say=lambda _share, _text: None)
