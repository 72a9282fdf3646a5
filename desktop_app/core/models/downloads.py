"""Files from the net, asked for by the user: under a temporary name, resumed, checked, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from desktop_app.api.errors import InputError

_CHUNK = 1 << 16
_PATIENCE = 30.0  # seconds without a byte
_ATTEMPTS = 3  # at each address, as long as it breaks off
_MOST = 20 << 30  # bytes of a file whose size is not known
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

Say = Callable[[float, str], None]


class _BrokenOff(Exception):
    """The connection ended before the file did."""


def download(urls: Sequence[str], target: Path, *, sha256: str, size: int | None = None, say: Say) -> Path:
    """Fetch a file.

    Parameters
    ----------
    urls : sequence of str
        Addresses of the same file, tried in their order.
    target : Path
        Where it appears once it is whole and checked; what came so far lies beside it as ``.part``.
    sha256 : str
        What its SHA-256 must be, or begin with.
    size : int, optional
        In bytes: more than that is never taken.
    say : callable
        Gets the share that is here and a sentence; what it raises stops the download, which can be gone on with.

    Raises
    ------
    InputError
        If it cannot be had: what was received is kept where the connection broke off, and removed where it is wrong.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    faults = []
    for url in urls:
        for _ in range(_ATTEMPTS):
            try:
                _fetch(url, part, size, say)
            except _BrokenOff as error:
                faults.append(f"{urlsplit(url).hostname} broke off ({error})")
                continue
            except (HTTPError, URLError, HTTPException, TimeoutError) as error:
                faults.append(f"{urlsplit(url).hostname} answered: {error}")
                break
            except OSError as error:
                raise _not_kept(part, error) from error
            if _digest(part).startswith(sha256):
                os.replace(part, target)
                return target
            part.unlink()
            faults.append(f"{urlsplit(url).hostname} sent another file than was promised (its SHA-256 differs)")
            break
    got = part.stat().st_size if part.exists() else 0
    kept = f"; {got} bytes are kept, download again to go on" if got else "; try again later"
    raise InputError(f"expected {target.name} from the net, but {faults[-1] if faults else 'it has no address'}{kept}")


def fetch_text(url: str) -> bytes:
    """Return what lies at an address, at most 5 MB.

    Raises
    ------
    InputError
        If it cannot be had.
    """
    try:
        with _open(Request(url)) as answer:
            content: bytes = answer.read((5 << 20) + 1)
            return content
    except (HTTPException, OSError, ValueError) as error:
        raise InputError(f"expected a file at {url}, but: {error}; check the address") from error


def told_of(url: str) -> tuple[str, int | None]:
    """Return the SHA-256 and the size that a hub tells of a file at an address, empty and None where it tells none.

    Hugging Face's keeps large files elsewhere, and says what they are where it points there.

    Raises
    ------
    InputError
        If there is no such file, or no answer.
    """
    request = Request(url, method="HEAD", headers={"User-Agent": "Verilens"})
    try:
        _check_address(url)
        with build_opener(_Staying).open(request, timeout=_PATIENCE) as answer:
            headers = answer.headers
    except HTTPError as error:
        if not 300 <= error.code < 400:
            raise InputError(f"expected a file at {url}, but: {error}; check the name") from error
        headers = error.headers
    except (HTTPException, OSError, ValueError) as error:
        raise InputError(f"expected an answer from {url}, but: {error}; check the connection") from error
    digest = str(headers.get("X-Linked-Etag", "")).strip('"')
    size = str(headers.get("X-Linked-Size", ""))
    return digest if _SHA256.fullmatch(digest) else "", int(size) if size.isdigit() else None


def _fetch(url: str, part: Path, size: int | None, say: Say) -> None:
    """Bring the partial file to its end, from where it is."""
    have = part.stat().st_size if part.exists() else 0
    if size is not None and have >= size:
        if have == size:
            return  # whole: what remains is the check
        part.unlink()
        have = 0
    request = Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = _open(request)
    except HTTPError as error:
        if error.code != 416:  # it has no such part: what is here is not the file's beginning
            raise
        part.unlink()
        raise _BrokenOff("it is begun anew") from error
    with answer:
        start, total = _begins_at(answer, have)
        with part.open("r+b" if start else "wb") as file:
            file.seek(start)
            file.truncate()
            _copy(answer, file, size or total, say)


def _begins_at(answer: HTTPResponse, have: int) -> tuple[int, int | None]:
    """Return where in the file the answer begins, and the file's size where the server tells it."""
    told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if answer.status == 206 and told and int(told[1]) == have:
        return have, None if told[2] == "*" else int(told[2])
    if answer.status == 206:
        raise _BrokenOff("it sent another part than was asked for")
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None


def _copy(answer: HTTPResponse, file: BinaryIO, size: int | None, say: Say) -> None:
    most = size or _MOST
    while True:
        try:
            chunk = answer.read(_CHUNK)
        except (HTTPException, ConnectionError, TimeoutError) as error:
            raise _BrokenOff(str(error) or type(error).__name__) from error
        if not chunk:
            break
        if file.tell() + len(chunk) > most:
            file.seek(0)
            file.truncate()
            raise HTTPException(f"more than the {most} bytes that were promised")
        file.write(chunk)
        megabytes = f"{file.tell() / 1e6:.1f}" + (f" of {size / 1e6:.1f}" if size else "") + " MB"
        say(min(1.0, file.tell() / size) if size else 0.0, f"downloading, {megabytes}")
    file.flush()
    os.fsync(file.fileno())
    if size is not None and file.tell() < size:
        raise _BrokenOff(f"{file.tell()} of {size} bytes")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _not_kept(part: Path, error: OSError) -> InputError:
    if error.errno == errno.ENOSPC:
        part.unlink(missing_ok=True)
    reason = (error.strerror or str(error)).lower()
    return InputError(f"expected to keep the download in {str(part.parent)!r}, but: {reason}; make room and try again")


class _OnlyWeb(HTTPRedirectHandler):
    """Follows to other addresses of the web, and nowhere else."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Return the request that follows a redirection."""
        _check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Staying(HTTPRedirectHandler):
    """Follows nowhere: what an answer says by itself is wanted."""

    def redirect_request(self, *_: object) -> None:
        """Return no request."""
        return


def _open(request: Request) -> HTTPResponse:
    _check_address(request.full_url)
    opener: OpenerDirector = build_opener(_OnlyWeb)
    request.add_header("User-Agent", "Verilens")
    answer: HTTPResponse = opener.open(request, timeout=_PATIENCE)
    return answer


def _check_address(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise URLError(f"expected an address that begins with http:// or https://, got {url!r}")
