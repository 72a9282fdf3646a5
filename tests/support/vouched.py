"""A photo whose camera vouches for it, and the credentials that a file carries."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop_app.core.steps.vouching import _signature


def vouched_photo(path: Path, folder: Path) -> Path:
    """Write a JPEG with content credentials, signed with a key in a folder; skips where the extra is missing."""
    c2pa = pytest.importorskip("c2pa")
    key, _, chain = _signature(folder).partition(b"-----BEGIN CERTIFICATE")
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=b"-----BEGIN CERTIFICATE" + chain, private_key=key, ta_url=None)
    kind = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    actions = [{"action": "c2pa.created", "digitalSourceType": kind}]
    manifest = {"claim_generator_info": [{"name": "Camera"}], "title": "a",
                "assertions": [{"label": "c2pa.actions", "data": {"actions": actions}}]}  # fmt: skip
    pixels = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    plain, vouched = io.BytesIO(), io.BytesIO()
    Image.fromarray(pixels).save(plain, "JPEG", quality=95)
    plain.seek(0)
    c2pa.Builder(manifest).sign(c2pa.Signer.from_info(info), "image/jpeg", plain, vouched)
    path.write_bytes(vouched.getvalue())
    return path


def credentials_in(path: Path, kind: str) -> dict[str, Any]:
    """Return the manifests of a file of a MIME type."""
    c2pa = pytest.importorskip("c2pa")
    with path.open("rb") as file:
        return dict(json.loads(c2pa.Reader(kind, file).json()))
