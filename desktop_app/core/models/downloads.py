"""Files from the net, asked for by the user: under a temporary name, resumed, checked, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from types import MappingProxyType
from typing import IO, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from desktop_app.api.errors import InputError
from desktop_app.core.faults import words_of

_CHUNK = 1 << 16
_PATIENCE = 30.0  # seconds without a byte
_ATTEMPTS = 3  # at each address, as long as it breaks off
_MOST = 20 << 30  # bytes of a file whose size is not known
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,18}")  # a size of more digits is none
_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)")
_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")
_PLAIN = "%/:=&?~#+!$,;'@()*[]"  # what an address may have, and is left as it is
_LONGEST = 100  # characters of a file's name

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
    part = target.with_name(f"{target.name}.part")
    faults = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for url in urls:
            fault = _fault_of(url, part, size, say)
            if not fault and _digest(part).startswith(sha256):
                os.replace(part, target)
                return target
            if not fault:
                part.unlink()
            faults.append(fault or f"{_host(url)} sent another file than was promised (its SHA-256 differs)")
    except OSError as error:
        raise _not_kept(part, error) from error
    got = _size_of(part)
    kept = f"; {got} bytes are kept, download again to go on" if got else "; try again later"
    raise InputError(f"expected {target.name} from the net, but {faults[-1] if faults else 'it has no address'}{kept}")


def name_in(url: str, otherwise: str) -> str:
    """Return the name of the file at an address, of plain characters alone, so that it leads into no other folder.

    Examples
    --------
    >>> name_in("https://example.org/%2e%2e%2fnet%20x4.pth?raw=1", "net")
    'net_x4.pth'
    """
    last = unquote(re.split(r"[?#]", url)[0].rpartition("/")[2])
    return _STRANGE.sub("_", last)[-_LONGEST:].strip("._-") or otherwise


def fetch_text(url: str) -> bytes:
    """Return what lies at an address, at most 5 MB.

    Raises
    ------
    InputError
        If it cannot be had.
    """
    try:
        with _open(url) as answer:
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
    try:
        _check_address(url)
        request = Request(url, method="HEAD", headers={"User-Agent": "Verilens"})
        with build_opener(_Staying).open(request, timeout=_PATIENCE) as answer:
            headers = answer.headers
    except HTTPError as error:
        if not 300 <= error.code < 400:
            raise InputError(f"expected a file at {url}, but: {error}; check the name") from error
        headers = error.headers
    except (HTTPException, OSError, ValueError) as error:
        raise InputError(f"expected an answer from {url}, but: {error}; check the connection") from error
    digest = str(headers.get("X-Linked-Etag", "")).strip('"')
    return digest if _SHA256.fullmatch(digest) else "", _number(headers.get("X-Linked-Size"))


def _number(text: object) -> int | None:
    return int(found[0]) if (found := _NUMBER.fullmatch(str(text))) else None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _fault_of(url: str, part: Path, size: int | None, say: Say) -> str:
    """Bring the partial file to its end, in several attempts; return what went wrong on the net, nothing if nothing.

    Only attempts that bring next to nothing are counted: a large file over a poor line takes as many as it takes.
    """
    fault, in_vain = "", 0
    while in_vain < _ATTEMPTS:
        have = _size_of(part)
        try:
            _fetch(url, part, size, say)
        except _BrokenOff as error:
            fault = f"{_host(url)} broke off ({words_of(error)})"
        except (HTTPError, URLError, HTTPException) as error:
            return f"{_host(url)} answered: {words_of(error)}"
        else:
            return ""
        in_vain = 0 if _size_of(part) > have + _CHUNK else in_vain + 1
    return fault


def _size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _fetch(url: str, part: Path, size: int | None, say: Say) -> None:
    """Bring the partial file to its end, from where it is."""
    have = _size_of(part)
    if size is not None and have >= size:
        if have == size:
            return  # whole: what remains is the check
        part.unlink()
        have = 0
    try:
        answer = _open(url, {"Range": f"bytes={have}-"} if have else {})
    except HTTPError as error:
        if error.code != 416 or not have:
            raise
        part.unlink()  # it has no such part: what is here is not the file's beginning
        raise _BrokenOff("it is begun anew") from error
    with answer:
        start, total = _begins_at(answer, have)
        if (packed := answer.headers.get("Content-Encoding", "identity")) != "identity":
            raise HTTPException(f"it sends the file packed ({packed})")
        with part.open("r+b" if start else "wb") as file:
            file.seek(start)
            file.truncate()
            _copy(answer, file, size or total, say)
            _check_end(answer, file, total, size or total)


def _begins_at(answer: HTTPResponse, have: int) -> tuple[int, int | None]:
    """Return where in the file the answer begins, and the file's size where the server tells it."""
    told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if answer.status == 206 and told and int(told[1]) <= have:
        return int(told[1]), _number(told[2])
    if answer.status == 206:
        raise HTTPException("it sent another part than was asked for")
    return 0, _number(answer.headers.get("Content-Length"))


def _copy(answer: HTTPResponse, file: BinaryIO, size: int | None, say: Say) -> None:
    most = size or _MOST
    while True:
        try:
            chunk = answer.read1(_CHUNK)  # what has come so far: a slow server can be cancelled
        except (HTTPException, OSError, ValueError) as error:
            raise _BrokenOff(words_of(error)) from error
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


def _check_end(answer: HTTPResponse, file: BinaryIO, told: int | None, size: int | None) -> None:
    """Tell a file that is not whole from one that is another: a page that asks for a login, a newer version."""
    have = file.tell()
    if size is None or have == size:
        return
    kind = answer.headers.get_content_type()
    is_page = told is None and kind == "text/html"  # one that is made when asked for says no length
    if have != told and not is_page:
        raise _BrokenOff(f"{have} of {size} bytes")
    file.seek(0)
    file.truncate()
    raise HTTPException(f"it has another file there, of {have} bytes ({kind}) and not of {size} as promised")


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


def _open(url: str, headers: Mapping[str, str] = MappingProxyType({})) -> HTTPResponse:
    """Return the answer of an address; whatever keeps it from answering is an error of the net's, not of the disk's."""
    _check_address(url)
    opener: OpenerDirector = build_opener(_OnlyWeb)
    try:
        request = Request(quote(url, safe=_PLAIN), headers={"User-Agent": "Verilens", **headers})
        answer: HTTPResponse = opener.open(request, timeout=_PATIENCE)
    except (URLError, HTTPException):
        raise
    except (OSError, ValueError) as error:  # a connection that is reset; an address that is none
        raise URLError(words_of(error)) from error
    return answer


def _check_address(url: str) -> None:
    if not url.lower().startswith(("http://", "https://")):
        raise URLError(f"expected an address that begins with http:// or https://, got {url!r}")
