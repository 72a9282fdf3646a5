"""Content credentials (C2PA) of an opened file, kept in what was made of it as those of its ingredient."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from desktop_app import __version__
from desktop_app.core.atomic import write_whole
from desktop_app.core.imaging.credentials import can_keep_credentials, credentials_note
from desktop_app.core.imaging.export import Export
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.private import private_file, private_folder

__all__ = ["keep_credentials"]

_KEPT = ("The file's content credentials are kept in the result as those of what it was made of, signed with a key of "
         "this machine that nobody vouches for.")  # fmt: skip
_OWN = "The file's content credentials are kept in the result as those of what it was made of, signed by {}."
_LEFT = "The file's content credentials were left out, like the rest of what it says."
_GONE = "The file's content credentials could not be kept: the file that had them is not there any more."
_TYPES = {
    "JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "TIFF": "image/tiff",
    "AVIF": "image/avif", "HEIF": "image/heic", "JPEG XL": "image/jxl",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".tif": "image/tiff",
    ".tiff": "image/tiff", ".avif": "image/avif", ".jxl": "image/jxl",
}  # fmt: skip
_OWN_FILE = "own.pem"
_PEM = re.compile(rb"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----\s*", re.DOTALL)
_ALGORITHMS = {"secp256r1": b"es256", "secp384r1": b"es384", "secp521r1": b"es512", "Ed25519PrivateKey": b"ed25519",
               "RSAPrivateKey": b"ps256"}  # fmt: skip
_YEARS, _DAY = 10, timedelta(days=1)
_QUIET = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},  # nothing is asked of the net
}


def keep_credentials(
    saved: Path, source: Path | None, metadata: Metadata, tools: Sequence[str], folder: Path, export: Export, *,
    name: str = "",
) -> tuple[str, ...]:
    """Sign a result that was saved, with its photo as the ingredient that it was made of.

    Parameters
    ----------
    saved : Path
        The result, which is replaced, whole or not at all.
    source : Path or None
        The opened file.
    metadata : Metadata
        Of the opened file, with what was said of it; where that is nothing of credentials, nothing is done.
    tools : sequence of str
        Ids of the steps' tools.
    folder : Path
        Where the key is kept, which is made for the first result, unless ``own.pem`` there is one of the user's: a key
        without a password and its certificates, the signer's first.
    export : Export
        Where words are left out, so are credentials: they may hold a place or a small picture of the whole photo.
    name : str
        The opened file's, where `source` is a copy of it with another.

    Returns
    -------
    tuple of str
        Sentences for the user.

    Raises
    ------
    InputError
        If the result or the key cannot be written.
    """
    if not can_keep_credentials() or credentials_note() not in metadata.notes:
        return ()
    if export.metadata != "all":
        return (_LEFT,)
    if source is None or not source.is_file() or source.samefile(saved):
        return (_GONE,)
    c2pa = import_module("c2pa")
    own = folder / _OWN_FILE
    try:
        pem = own.read_bytes() if own.is_file() else _signature(folder)
        signer, algorithm, pem = _who_signs(pem)
        content = _signed(c2pa, saved, source, name or source.name, metadata, tools, pem, algorithm)
    except (c2pa.C2paError, ValueError, TypeError, OSError) as error:
        return (f"The file's content credentials could not be kept ({' '.join(str(error).split())}).",)
    write_whole(saved, content, overwrite="always")  # it was written a moment ago
    return (_OWN.format(signer) if own.is_file() else _KEPT,)


def _signed(
    c2pa: Any, saved: Path, source: Path, name: str, metadata: Metadata, tools: Sequence[str], pem: bytes,
    algorithm: bytes,
) -> bytes:
    """Return the result's bytes with a manifest."""
    program = {"name": "Verilens", "version": __version__}
    actions: list[dict[str, Any]] = [{"action": "c2pa.opened", "parameters": {"ingredientIds": ["source"]}}]
    actions += [{"action": "c2pa.edited", "softwareAgent": program, "description": tool} for tool in tools]
    written, opened = _TYPES.get(saved.suffix.lower(), ""), _TYPES.get(metadata.format, "")
    manifest = {"claim_generator_info": [program], "title": saved.name, "format": written,
                "assertions": [{"label": "c2pa.actions", "data": {"actions": actions}}]}  # fmt: skip
    context = c2pa.Context.from_dict(_QUIET)
    builder = c2pa.Builder(manifest, context)
    with source.open("rb") as ingredient:
        told = {"title": name, "relationship": "parentOf", "label": "source", "instance_id": "source"}
        builder.add_ingredient(json.dumps(told), opened, ingredient)
    key, *chain = _PEM.findall(pem)
    info = c2pa.C2paSignerInfo(alg=algorithm, sign_cert=b"".join(chain), private_key=key, ta_url=None)
    result = io.BytesIO()
    builder.sign(c2pa.Signer.from_info(info), written, io.BytesIO(saved.read_bytes()), result)
    return result.getvalue()


def _signature(folder: Path) -> bytes:
    """Return the key and its certificates, PEM one after another; made when it is first wanted."""
    path = private_folder(folder) / "signature.pem"
    if not path.is_file() or not path.stat().st_size:
        write_whole(private_file(path), _made_signature())
    return path.read_bytes()


def _who_signs(pem: bytes) -> tuple[str, bytes, bytes]:
    """Return whose certificate is the first of a PEM file, by which algorithm its key signs, and the file put in order.

    In order are the key as PKCS 8, however it was written, then the certificates, and nothing else: OpenSSL puts the
    parameters of a curve before a key.

    Raises
    ------
    ValueError, TypeError
        If there is no certificate or no key, or that is locked or of a kind that credentials do not know.
    """
    x509, serialization, oid = (import_module(f"cryptography.{name}") for name in (
        "x509", "hazmat.primitives.serialization", "x509.oid"))  # fmt: skip
    unsupported = import_module("cryptography.exceptions").UnsupportedAlgorithm
    try:
        key, chain = serialization.load_pem_private_key(pem, None), x509.load_pem_x509_certificates(pem)
    except unsupported as error:
        raise ValueError(str(error)) from error
    owner, form = chain[0], serialization.Encoding.PEM
    kind = getattr(getattr(key, "curve", None), "name", type(key).__name__)
    if kind not in _ALGORITHMS:
        raise ValueError(f"expected a key of {', '.join(_ALGORITHMS)}, got {kind}")
    names = [*owner.subject.get_attributes_for_oid(oid.NameOID.COMMON_NAME),
             *owner.subject.get_attributes_for_oid(oid.NameOID.ORGANIZATION_NAME)]  # fmt: skip
    plain = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    ordered = b"".join((plain, *(each.public_bytes(form) for each in chain)))
    return str(names[0].value) if names else "somebody without a name", _ALGORITHMS[kind], ordered


def _made_signature(curve: str = "SECP256R1") -> bytes:
    """Return a new key, its certificate, and that of who issued it, whose own key is thrown away."""
    x509, hashes, ec, serialization, oid = (
        import_module(f"cryptography.{name}") for name in (
            "x509", "hazmat.primitives.hashes", "hazmat.primitives.asymmetric.ec", "hazmat.primitives.serialization",
            "x509.oid"))  # fmt: skip
    issuer_key, key = (ec.generate_private_key(getattr(ec, curve)()) for _ in range(2))
    issuer, owner = (_name(x509, oid, words) for words in ("Verilens, this machine's issuer", "Verilens, this machine"))

    def certificate(subject: Any, public: Any, is_issuer: bool) -> bytes:
        now = datetime.now(UTC)
        use = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
        use |= {"key_cert_sign": True, "crl_sign": True} if is_issuer else {"digital_signature": True}
        made = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
                .serial_number(x509.random_serial_number()).not_valid_before(now - _DAY)
                .not_valid_after(now + _YEARS * 365 * _DAY)
                .add_extension(x509.BasicConstraints(ca=is_issuer, path_length=None), critical=True)
                .add_extension(x509.KeyUsage(**use), critical=True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
                .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
                               critical=False))  # fmt: skip
        if not is_issuer:
            purpose = x509.ExtendedKeyUsage([oid.ExtendedKeyUsageOID.EMAIL_PROTECTION])
            made = made.add_extension(purpose, critical=False)
        return bytes(made.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                               serialization.NoEncryption())  # fmt: skip
    return bytes(secret) + certificate(owner, key.public_key(), False) + certificate(issuer, issuer_key.public_key(),
                                                                                     True)  # fmt: skip


def _name(x509: Any, oid: Any, words: str) -> Any:
    return x509.Name([x509.NameAttribute(oid.NameOID.ORGANIZATION_NAME, "Verilens"),
                      x509.NameAttribute(oid.NameOID.COMMON_NAME, words)])  # fmt: skip
