"""Time-stamps: making a request, and what a reply is worth (FORMAT.md section 10.1).

The order of the checks is that of `check_token`; each has its own error. rfc3161-client checks the signature; openssl
is asked when that library refuses, because it refuses tokens that are good (see `openssl`). Facts are read by `replies`
alone: the library drops the fraction of a second, and lets an imprint of any algorithm pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from evidence_store.anchors import chains
from evidence_store.anchors.chains import Chain
from evidence_store.anchors.openssl import verify_with_openssl
from evidence_store.anchors.refusals import (
    BadSignature,
    NotGranted,
    OpensslMissing,
    WrongImprint,
    WrongImprintAlgorithm,
    WrongNonce,
    WrongPolicy,
)
from evidence_store.anchors.replies import ALGORITHMS, SHA256, Reply, Request, Signed, new_request, read_reply
from evidence_store.errors import AnchorError
from evidence_store.hashing import sha256

LIBRARY, OPENSSL = "rfc3161-client", "openssl"
SecondOpinion = Callable[[bytes, bytes, Chain, int], None]
_STATUS = {0: "granted", 1: "granted with modifications", 2: "rejected", 3: "waiting"}
_STATUS |= {4: "revocation warning", 5: "revocation notification"}
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
    "1.3.14.3.2.26": hashes.SHA1(),  # noqa: S303  # RFC 2634 names the certificate by SHA-1; it protects nothing here
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token that passed. Times in Unix nanoseconds; `chain` leaf first, root last; `expires_ns` its earliest end."""

    time_ns: int
    accuracy_ns: int | None
    serial: int
    policy: str
    imprint_algorithm: str
    imprint_digest: str
    chain: Chain
    expires_ns: int
    verified_by: str

    @property
    def root(self) -> x509.Certificate:
        return self.chain[-1]

    def chain_pem(self) -> bytes:
        """The blob `chain` of FORMAT.md: PEM, leaf first, root last."""
        return chains.to_pem(self.chain)

    def chain_ends_in(self, root: x509.Certificate) -> bool:
        """Whether it rests on this very root."""
        return self.root == root

    def body(self) -> dict[str, object]:
        """The members of an `anchor.token` body that come from the token itself."""
        return {
            "imprint": {"algorithm": self.imprint_algorithm, "digest": self.imprint_digest},
            "time": str(self.time_ns),
            "accuracy": None if self.accuracy_ns is None else str(self.accuracy_ns),
            "serial": str(self.serial),
            "policy": self.policy,
            "verified_by": self.verified_by,
            "expires": str(self.expires_ns),
        }


def make_request(note: bytes, entropy: Callable[[int], bytes], policy: str | None = None) -> Request:
    """A query over the note's bytes (SHA-256, a nonce of 64 random bits, certificates asked for)."""
    return new_request(sha256(note), int.from_bytes(entropy(8), "big") or 1, policy)


def check_token(
    reply: bytes,
    *,
    note: bytes,
    roots: Sequence[x509.Certificate],
    request: Request | None = None,
    known: Sequence[x509.Certificate] = (),
    second_opinion: SecondOpinion = verify_with_openssl,
) -> Token:
    """Check a reply over the note's bytes, its certificates as of the token's own time, against these roots.

    `request`: compare nonce and policy too. `known`: certificates that may stand between; they are not trusted.
    Raises a class of `refusals`, whose `received` is the reply.
    """
    try:
        answer = read_reply(reply)
        signed = _granted(answer)
        _check_stamp(signed, note, request)
        held = [*signed.certificates, *known, *roots]
        leaf = chains.find_signer(signed.signer, held)
        chains.check_usage(leaf)
        # A file of roots often has the certificates in between too: those are used, and not trusted.
        chain = chains.build_chain(leaf, held, [root for root in roots if chains.is_root(root)])
        chains.check_valid_at(chain, signed.stamp.time_ns)
        _check_signer_digest(signed, leaf)
        verified_by = _check_signature(reply, note, signed, chain, second_opinion)
    except AnchorError as error:
        error.received = error.received or reply
        raise
    stamp = signed.stamp
    return Token(
        stamp.time_ns,
        stamp.accuracy_ns,
        stamp.serial,
        stamp.policy,
        stamp.algorithm,
        stamp.digest.hex(),
        chain,
        chains.expires_ns(chain),
        verified_by,
    )


def _granted(answer: Reply) -> Signed:
    if answer.status in {0, 1} and answer.token is not None:
        return answer.token
    status = _STATUS.get(answer.status, f"status {answer.status}")
    raise NotGranted(
        "the authority grants the token",
        expected="status granted (0 or 1) with a token",
        got=" · ".join(filter(None, [status, answer.text, answer.failure, "" if answer.token else "no token"])),
        next_step="check `policy` and `hash` of this authority in the settings; ask the authority",
    )


def _check_stamp(signed: Signed, note: bytes, request: Request | None) -> None:
    stamp = signed.stamp
    again = "nothing: it is asked again, and what came is kept; if it stays so, take another authority"
    if stamp.algorithm != SHA256:
        raise WrongImprintAlgorithm(
            "a token stamps the SHA-256 of the note",
            expected=f"algorithm {SHA256} (SHA-256)",
            got=f"{stamp.algorithm} ({ALGORITHMS.get(stamp.algorithm, 'unknown')})",
            next_step="ask the authority for SHA-256 tokens, or take another authority",
        )
    if stamp.digest != sha256(note):
        expected, got = sha256(note).hex(), stamp.digest.hex()
        raise WrongImprint("a token stamps the note that was sent", expected=expected, got=got, next_step=again)
    if request is not None and stamp.nonce != request.nonce:
        raise WrongNonce(
            "a token answers the request that was sent",
            expected=f"nonce {request.nonce}",
            got=f"nonce {stamp.nonce}",
            next_step=again,
        )
    if request is not None and request.policy is not None and stamp.policy != request.policy:
        raise WrongPolicy(
            "a token is made under the policy that was asked for",
            expected=request.policy,
            got=stamp.policy,
            next_step="put the authority's own policy into the settings, or leave `policy` out",
        )


def _check_signer_digest(signed: Signed, leaf: x509.Certificate) -> None:
    """RFC 3161 section 2.4.2: the signed attributes name the certificate (rfc3161-client does not look at them)."""
    algorithm, digest = signed.signer_digest or ("", b"")
    if (rule := _DIGESTS.get(algorithm)) is not None:
        state = hashes.Hash(rule)
        state.update(leaf.public_bytes(Encoding.DER))
        if state.finalize() == digest:
            return
    raise BadSignature(
        "a token's signed attributes name the certificate that signed",
        expected=f"the digest of {chains.subject(leaf)}",
        got=f"{ALGORITHMS.get(algorithm, algorithm)} {digest.hex()}" if signed.signer_digest else "no such attribute",
        next_step="ask another authority; this one does not follow RFC 3161 section 2.4.2",
    )


def _check_signature(reply: bytes, note: bytes, signed: Signed, chain: Chain, second_opinion: SecondOpinion) -> str:
    """Which program accepts signature and chain at the token's time. Raises BadSignature or OpensslMissing."""
    # Whatever is handed to rfc3161-client is trusted by it, so it gets this chain only, which has been checked.
    leaf = None if signed.certificates else chain[0]
    verifier = VerifierBuilder(tsa_certificate=leaf, intermediates=list(chain[1:-1]), roots=[chain[-1]]).build()
    try:
        answer = decode_timestamp_response(reply)
    except ValueError as error:
        library_says: VerificationError | ValueError = error
    else:
        try:
            verifier.verify(answer, sha256(note))
        except (VerificationError, ValueError) as error:
            library_says = error
        else:
            return LIBRARY
    try:
        second_opinion(reply, note, chain, signed.stamp.time_ns)
    except OpensslMissing:
        if isinstance(library_says, VerificationError):
            raise BadSignature(
                "a token's signature fits its bytes and its certificate",
                expected="a signature that rfc3161-client accepts",
                got=str(library_says)[:600],
                next_step="install OpenSSL and run: livewitness verify STORE   (it may know more algorithms)",
            ) from library_says
        raise
    return OPENSSL
