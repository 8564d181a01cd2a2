"""Reading and writing the little DER that time-stamps need (X.690, low tag numbers). Pure.

The token library refuses some tokens that openssl accepts: certificates in a SET that is not sorted, indefinite lengths
(BER, as streaming encoders write). Their facts must be read all the same, so they are read here for every token, by one
route. Nothing here says that a token is true.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence_store.errors import Malformed

BOOLEAN, INTEGER, OCTETS, NULL, OID, TIME, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x05, 0x06, 0x18, 0x30, 0x31
_CONSTRUCTED, _INDEFINITE, _MAX_DEPTH = 0x20, 0x80, 40


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag byte, its content, and `raw`: all of its bytes, tag and length included."""

    tag: int
    content: bytes
    raw: bytes

    def children(self) -> list[Element]:
        """The elements inside a constructed one. Raises Malformed when it is primitive or its content is not DER."""
        if not self.tag & _CONSTRUCTED:
            raise _malformed("a constructed element", f"tag 0x{self.tag:02x}")
        found, at = [], 0
        while at < len(self.content):
            child = _read(self.content, at)
            found.append(child)
            at += len(child.raw)
        return found

    def expect(self, tag: int) -> Element:
        """Itself. Raises Malformed when it has another tag."""
        if self.tag != tag:
            raise _malformed(f"tag 0x{tag:02x}", f"0x{self.tag:02x}")
        return self

    def integer(self) -> int:
        """The value of an INTEGER; at most 64 bytes (a serial number has 20)."""
        content = self.expect(INTEGER).content
        if len(content) > 64:
            raise _malformed("an INTEGER of at most 64 bytes", f"{len(content)} bytes")
        if not content or (len(content) > 1 and content[0] in {0, 0xFF} and (content[0] ^ content[1]) < 0x80):
            raise _malformed("an INTEGER in its shortest form", content[:8].hex() or "no content")
        return int.from_bytes(content, "big", signed=True)

    def octets(self) -> bytes:
        """The value of an OCTET STRING, in one piece or, in BER, in several (those are not nested)."""
        if self.tag == OCTETS | _CONSTRUCTED:
            return b"".join(child.expect(OCTETS).content for child in self.children())
        return self.expect(OCTETS).content

    def unsigned(self) -> int:
        """A number under an implicit context tag, as in RFC 3161's Accuracy; at most 8 bytes, not negative."""
        if not 1 <= len(self.content) <= 8 or self.content[0] & 0x80:
            raise _malformed("a small number that is not negative", self.content[:8].hex() or "no content")
        return int.from_bytes(self.content, "big")

    def oid(self) -> str:
        """An OBJECT IDENTIFIER in dotted form."""
        content = self.expect(OID).content
        if not 0 < len(content) <= 64 or content[-1] & 0x80:
            raise _malformed("an OBJECT IDENTIFIER", content[:8].hex() or "no content")
        arcs, value = [], 0
        for byte in content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def read(content: bytes) -> Element:
    """The one element that these bytes are. Raises Malformed: not DER, cut short, or something follows."""
    element = _read(content, 0)
    if len(element.raw) != len(content):
        raise _malformed("nothing after the element", f"{len(content) - len(element.raw)} bytes more")
    return element


def write(tag: int, *pieces: bytes) -> bytes:
    """One element around the pieces joined."""
    content = b"".join(pieces)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def write_integer(value: int) -> bytes:
    """An INTEGER that is not negative."""
    return write(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def write_oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form (two arcs or more)."""
    first, second, *arcs = map(int, dotted.split("."))
    encoded = bytearray()
    for arc in (40 * first + second, *arcs):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        encoded += bytes(reversed(groups))
    return write(OID, bytes(encoded))


def _read(content: bytes, at: int, depth: int = 0) -> Element:
    if at + 2 > len(content):
        raise _malformed("a tag and a length", f"the end after {len(content) - at} bytes")
    tag, length, start = content[at], content[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise _malformed("a low tag number", f"tag 0x{tag:02x}")
    if length == _INDEFINITE and tag & _CONSTRUCTED:
        end = _end_of_contents(content, start, depth)
        return Element(tag, content[start:end], content[at : end + 2])
    if length & 0x80:
        size = length & 0x7F
        digits = content[start : start + size]
        if not 1 <= size <= 4 or len(digits) != size or digits[0] == 0:
            raise _malformed("a length in its shortest form", f"0x{length:02x} {digits[:4].hex()}")
        start, length = start + size, int.from_bytes(digits, "big")
        if length < 0x80:
            raise _malformed("a length in its shortest form", f"{length} in {size + 1} bytes")
    if start + length > len(content):
        raise _malformed(f"{length} bytes of content", f"{len(content) - start} bytes")
    return Element(tag, content[start : start + length], content[at : start + length])


def _end_of_contents(content: bytes, at: int, depth: int) -> int:
    """Where the two zero bytes stand that end an element of indefinite length."""
    if depth >= _MAX_DEPTH:
        raise _malformed("an element that is not nested deeply", f"over {_MAX_DEPTH} levels")
    while content[at : at + 2] != b"\0\0":
        at += len(_read(content, at, depth + 1).raw)
    return at


def _malformed(expected: str, got: str) -> Malformed:
    return Malformed(
        "a time-stamp is DER (X.690)",
        expected=expected,
        got=got,
        next_step="openssl asn1parse -inform DER -in FILE   (shows where the bytes stop making sense)",
    )
