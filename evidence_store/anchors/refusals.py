"""Why no anchor came of a request: one class per thing that a caller may want to tell apart."""

from __future__ import annotations

from evidence_store.errors import AnchorError


class Unreachable(AnchorError):
    """Nobody answered, not in time, or the connection was cut. Asking again later may help."""


class BadAnswer(AnchorError):
    """An HTTP answer that is no time-stamp reply: a status, a redirect, a page."""


class Oversize(AnchorError):
    """More bytes than any reply has."""


class Unreadable(AnchorError):
    """Bytes that are no RFC 3161 reply."""


class NotGranted(AnchorError):
    """The authority refused: its status, text and failure bits stand in `got`."""


class WrongImprintAlgorithm(AnchorError):
    """The token stamps a digest of another kind than SHA-256."""


class WrongImprint(AnchorError):
    """The token stamps other bytes."""


class WrongNonce(AnchorError):
    """The token answers another request: replayed, or mixed up."""


class WrongPolicy(AnchorError):
    """The token was made under another policy than the one asked for."""


class CertificateMissing(AnchorError):
    """The certificate that signed is neither in the token nor known from the settings."""


class WrongUsage(AnchorError):
    """The certificate that signed is not one for time-stamping, and for that alone (RFC 3161 section 2.3)."""


class Untrusted(AnchorError):
    """No chain of certificates leads from the one that signed to a root that was named."""


class NotValidThen(AnchorError):
    """A certificate of the chain was not yet, or no longer valid at the token's time."""


class BadSignature(AnchorError):
    """The token's signature does not fit its bytes or its certificate."""


class Revoked(AnchorError):
    """A certificate of the chain had been revoked, in a way that undoes the token (RFC 3161 section 4)."""


class OpensslMissing(AnchorError):
    """Only openssl could tell, and there is none (or another program by that name) on this machine."""
