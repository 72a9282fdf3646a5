"""Content credentials: kept as those of an ingredient where the extra is there, and left out where words are."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.core.imaging import credentials
from desktop_app.core.imaging.export import PRESETS, USUAL
from desktop_app.core.imaging.files import Photo, open_photo, save_photo
from desktop_app.core.steps.vouching import _OWN, _PEM, _made_signature, _signature, keep_credentials
from tests.support.vouched import credentials_in, vouched_photo

_UNKNOWN = b"""-----BEGIN EC PRIVATE KEY-----
MD4CAQEEDtR5JVKbA4Hyx7jzfoAAoAcGBSuBBAAGoSADHgAEvjnoZAl5hls2llTj
+F9OBcJaqhXK57J/N0qUAw==
-----END EC PRIVATE KEY-----
"""  # of secp112r1, a curve that libraries gave up


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    """Return a photo whose camera vouches for it."""
    return open_photo(vouched_photo(tmp_path / "a.jpg", tmp_path / "camera"))


@pytest.mark.parametrize(("ending", "kind"), [
    ("jpg", "image/jpeg"), ("png", "image/png"), ("webp", "image/webp"), ("tif", "image/tiff"), ("avif", "image/avif"),
    ("jxl", "image/jxl"),
])  # fmt: skip
def test_a_result_names_the_photo_as_what_it_was_made_of(
    photo: Photo, tmp_path: Path, ending: str, kind: str
) -> None:
    saved = save_photo(tmp_path / f"b.{ending}", photo.raster, photo.metadata).path
    before = open_photo(saved)
    told = keep_credentials(saved, photo.path, photo.metadata, ["denoise.tv"], tmp_path / "keys", USUAL)
    assert "kept in the result" in told[0], told
    found = credentials_in(saved, kind)
    made = found["manifests"][found["active_manifest"]]
    assert (found["validation_state"], len(found["manifests"])) == ("Valid", 2)
    assert (made["ingredients"][0]["title"], made["ingredients"][0]["relationship"]) == ("a.jpg", "parentOf")
    assert made["claim_generator_info"][0]["name"] == "Verilens"
    after = open_photo(saved)
    np.testing.assert_array_equal(after.raster.pixels, before.raster.pixels)
    assert after.metadata.exif == before.metadata.exif
    assert "names this one" in " ".join(after.metadata.notes)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    first = _signature(tmp_path / "keys")
    assert _signature(tmp_path / "keys") == first
    assert stat.S_IMODE((tmp_path / "keys" / "signature.pem").stat().st_mode) == 0o600


def test_where_words_are_left_out_so_are_credentials(photo: Photo, tmp_path: Path) -> None:
    export = PRESETS["web"]
    saved = save_photo(tmp_path / "b.jpg", photo.raster, photo.metadata, export=export).path
    content = saved.read_bytes()
    told = keep_credentials(saved, photo.path, photo.metadata, [], tmp_path / "keys", export)
    assert "left out" in told[0]
    assert saved.read_bytes() == content


def test_what_cannot_be_kept_is_told(photo: Photo, tmp_path: Path) -> None:
    saved = save_photo(tmp_path / "b.jpg", photo.raster, photo.metadata).path
    content = saved.read_bytes()
    for source in (None, tmp_path / "gone.jpg", saved):
        told = keep_credentials(saved, source, photo.metadata, [], tmp_path / "keys", USUAL)
        assert "not there any more" in told[0]
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "signature.pem").write_bytes(b"-----BEGIN CERTIFICATE, damaged")
    told = keep_credentials(saved, photo.path, photo.metadata, [], tmp_path / "keys", USUAL)
    assert "could not be kept (" in told[0]
    assert saved.read_bytes() == content


def test_without_the_extra_or_credentials_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / "a.png")
    photo = open_photo(tmp_path / "a.png")
    assert keep_credentials(tmp_path / "a.png", photo.path, photo.metadata, [], tmp_path / "keys", USUAL) == ()
    monkeypatch.setattr(credentials, "find_spec", lambda _name: None)
    assert credentials.credentials_note().endswith("and has none.")
    vouched = photo.metadata.noted(credentials.credentials_note())
    assert keep_credentials(tmp_path / "a.png", photo.path, vouched, [], tmp_path / "keys", USUAL) == ()
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("curve", ["SECP256R1", "SECP384R1"])
def test_a_certificate_of_ones_own_signs(photo: Photo, tmp_path: Path, curve: str) -> None:
    saved = save_photo(tmp_path / "b.jpg", photo.raster, photo.metadata).path
    (tmp_path / "keys").mkdir()
    key, first, *rest = _PEM.findall(_made_signature(curve))
    (tmp_path / "keys" / "own.pem").write_bytes(b"".join((first, *rest, key)))
    told = keep_credentials(saved, photo.path, photo.metadata, ["denoise.tv"], tmp_path / "keys", USUAL)
    assert told == (_OWN.format("Verilens, this machine"),)
    found = credentials_in(saved, "image/jpeg")
    signed = found["manifests"][found["active_manifest"]]["signature_info"]
    assert (found["validation_state"], signed["alg"].lower()) == ("Valid", f"es{curve[4:7]}")
    assert not (tmp_path / "keys" / "signature.pem").exists()


def test_a_certificate_of_ones_own_that_is_none_is_told(photo: Photo, tmp_path: Path) -> None:
    saved = save_photo(tmp_path / "b.jpg", photo.raster, photo.metadata).path
    content = saved.read_bytes()
    (tmp_path / "keys").mkdir()
    key, *chain = _PEM.findall(_made_signature())
    for own in (b"no key", key, b"".join((_UNKNOWN, *chain))):
        (tmp_path / "keys" / "own.pem").write_bytes(own)
        (told,) = keep_credentials(saved, photo.path, photo.metadata, [], tmp_path / "keys", USUAL)
        assert "could not be kept" in told
        assert saved.read_bytes() == content


def test_a_key_as_openssl_writes_it_signs(photo: Photo, tmp_path: Path) -> None:
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    saved = save_photo(tmp_path / "b.jpg", photo.raster, photo.metadata).path
    (tmp_path / "keys").mkdir()
    key, *chain = _PEM.findall(_made_signature())
    old = serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    curve = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    (tmp_path / "keys" / "own.pem").write_bytes(b"".join((curve, old, *chain)))
    told = keep_credentials(saved, photo.path, photo.metadata, ["denoise.tv"], tmp_path / "keys", USUAL)
    assert told == (_OWN.format("Verilens, this machine"),)
    assert credentials_in(saved, "image/jpeg")["validation_state"] == "Valid"
