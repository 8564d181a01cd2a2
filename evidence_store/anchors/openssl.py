"""The second opinion on a token: `openssl ts -verify`, for what rfc3161-client does not read. Rim: starts a program.

rfc3161-client insists on DER where openssl does not (certificates in a SET that is not sorted). Such a token is as good
in court, so it is kept, and marked as verified by openssl.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from evidence_store.anchors.chains import Chain, to_pem
from evidence_store.anchors.refusals import BadSignature, OpensslMissing

_TIME_LIMIT_S = 20.0
_SECOND = 1_000_000_000
_NOISE = ("Using configuration", "Warning: certificate from")  # the leaf stands among the certificates in between


def verify_with_openssl(reply: bytes, note: bytes, chain: Chain, time_ns: int) -> None:
    """Check a whole reply over the note's bytes, with this chain's last certificate as the root, at `time_ns`.

    Raises BadSignature in openssl's words when it refuses, OpensslMissing when there is no OpenSSL 1.1 or later.
    """
    program = find_openssl(os.environ.get("PATH", os.defpath))
    with tempfile.TemporaryDirectory(prefix="livewitness-token-") as name:
        folder = Path(name)
        pieces = {"reply.tsr": reply, "note.txt": note, "root.pem": to_pem(chain[-1:]), "chain.pem": to_pem(chain[:-1])}
        for file, content in pieces.items():
            (folder / file).write_bytes(content)
        command = [program, "ts", "-verify", "-data", "note.txt", "-in", "reply.tsr", "-CAfile", "root.pem"]
        command += ["-untrusted", "chain.pem", "-attime", str(time_ns // _SECOND)]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_TIME_LIMIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _missing(f"{program}: {error}") from error
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace")
        raise BadSignature(
            "a token's signature fits its bytes and its certificate",
            expected="Verification: OK",
            got=" ".join(line for line in words.splitlines() if not line.startswith(_NOISE))[:600],
            next_step="openssl ts -verify -data NOTE -in REPLY -CAfile ROOT.pem -attime SECONDS",
            received=reply,
        )


@cache
def find_openssl(path: str) -> str:
    """The openssl program on this PATH. Raises OpensslMissing (another program by that name knows no `-attime`)."""
    program = shutil.which("openssl", path=path)
    if program is None:
        raise _missing("no program of that name on the PATH")
    try:
        done = subprocess.run([program, "version"], capture_output=True, timeout=_TIME_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _missing(f"{program}: {error}") from error
    version = done.stdout.decode("utf-8", "replace").strip()
    if not version.startswith("OpenSSL ") or version.startswith(("OpenSSL 0.", "OpenSSL 1.0.")):
        raise _missing(f"{program}: {version or 'no version'}")
    return program


def _missing(got: str) -> OpensslMissing:
    return OpensslMissing(
        "a token that strict DER rules out is checked with openssl",
        expected="OpenSSL 1.1.1 or later",
        got=got,
        next_step="install OpenSSL (Debian: apt-get install openssl), then: livewitness verify STORE",
    )
