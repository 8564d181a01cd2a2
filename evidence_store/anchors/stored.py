"""What a kept time-stamp is worth now, years later and offline (FORMAT.md section 10.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from evidence_store.anchors import chains
from evidence_store.anchors.openssl import verify_with_openssl
from evidence_store.anchors.refusals import Unreadable, Untrusted
from evidence_store.anchors.replies import Request
from evidence_store.anchors.standing import Standing, check_revocation
from evidence_store.anchors.timestamps import SecondOpinion, Token, check_token
from evidence_store.errors import AnchorError


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a kept token is worth now: either `token` or `refused` stands.

    `trusted` is None when no roots were named, or nothing stands to be trusted. The root is the one that the token's
    chain ends in; of a refused one, the last certificate of the kept chain. `expired`: the chain is no longer valid
    now, which does not undo the token. `revocation` is what the kept CRLs and OCSP replies say.
    """

    token: Token | None
    refused: AnchorError | None
    root_subject: str
    root_fingerprint: str
    trusted: bool | None
    expired: bool
    revocation: Standing | None = None


def verify_stored(
    note: bytes,
    reply: bytes,
    chain_pem: bytes,
    *,
    now_ns: int,
    trusted_roots: Sequence[x509.Certificate] | None = None,
    request: Request | None = None,
    revocation: Sequence[bytes] = (),
    second_opinion: SecondOpinion = verify_with_openssl,
) -> Verdict:
    """Check a kept token again, offline. With `trusted_roots`, `trusted` says whether its chain ends in one of them.

    The chain beside it is as the store has it: without roots from elsewhere it shows who signed, not that they are who
    they say. Never raises an AnchorError; it stands in the verdict.
    """
    try:
        kept = chains.read_pem(chain_pem)
    except ValueError as error:
        refused = Unreadable(
            "the kept chain is PEM",
            expected="certificates, leaf first, root last",
            got=str(error)[:200],
            next_step="bring the blob with role `chain` back from a copy of the store",
            received=chain_pem,
        )
        return Verdict(None, refused, "", "", None, expired=False)
    own_roots = [certificate for certificate in kept if chains.is_root(certificate)]
    problem: AnchorError | None = None
    for roots, trusted in ((trusted_roots, True), (own_roots, None if trusted_roots is None else False)):
        if roots is None:
            continue
        try:
            token = check_token(
                reply, note=note, roots=roots, request=request, known=kept, second_opinion=second_opinion
            )
            standing = check_revocation(token.chain, revocation, token.time_ns, received=reply)
        except Untrusted as error:
            problem = problem or error
        except AnchorError as error:
            return _refused(error, kept[-1])
        else:
            named = chains.subject(token.root), chains.fingerprint(token.root)
            return Verdict(token, None, *named, trusted, token.expires_ns < now_ns, standing)
    return _refused(problem, kept[-1])


def _refused(error: AnchorError | None, last: x509.Certificate) -> Verdict:
    return Verdict(None, error, chains.subject(last), chains.fingerprint(last), None, expired=False)
