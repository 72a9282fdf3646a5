"""XMP packets: one property of ours put in beside what is there, and read again."""

from __future__ import annotations

import re
from html import escape, unescape

__all__ = ["property_of", "with_property"]

_NAMESPACE = "urn:verilens:ns:1.0#"
_EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
_END = b"</rdf:RDF>"
_OURS = re.compile(rb'<rdf:Description rdf:about="" xmlns:verilens="[^"]*">.*?</rdf:Description>', re.DOTALL)


def with_property(xmp: bytes | None, name: str, text: str) -> bytes | None:
    """Return a packet with a property of ours, in the place of an older one; None where the packet is damaged."""
    packet = _OURS.sub(b"", xmp or _EMPTY)
    place = packet.rfind(_END)
    if place < 0:
        return None
    ours = (f'<rdf:Description rdf:about="" xmlns:verilens="{_NAMESPACE}"><verilens:{name}>{escape(text, quote=False)}'
            f"</verilens:{name}></rdf:Description>")
    return packet[:place] + ours.encode() + packet[place:]


def property_of(xmp: bytes | None, name: str) -> str | None:
    """Return the text of a property of ours; None where there is none."""
    found = re.search(rf"<verilens:{name}>(.*?)</verilens:{name}>".encode(), xmp or b"", re.DOTALL)
    return None if found is None else unescape(found[1].decode("utf-8", "replace"))
