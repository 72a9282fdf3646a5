"""What decoders print is kept from the terminal, and nothing else is."""

from __future__ import annotations

import os

import pytest

from desktop_app.core.imaging.unheard import unheard


def test_what_others_say_meanwhile_comes_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with unheard():
        with unheard():
            os.write(2, b"unknown file: Unexpected end of file\nmine\n")
        assert capfd.readouterr().err == ""
    os.write(2, b"PNG warning: of another time\n")
    assert capfd.readouterr().err == "mine\nPNG warning: of another time\n"


def test_it_ends_where_decoding_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no picture"), unheard():
        raise ValueError("no picture")
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"
