"""What a proof folder's tokens say of time: what they rest on is told, and no entry may claim to be later."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from evidence_store.anchors.chains import fingerprint, read_pem
from evidence_store.anchors.settings import Authority
from evidence_store.entries import Draft, EntryType
from evidence_store.proofs.check import verify_folder
from evidence_store.proofs.folder import write_folder
from evidence_store.proofs.gather import Source
from evidence_store.store import Store
from evidence_store.verify.report import CheckResult, Status
from tests.harness.anchored import stamp
from tests.harness.authority import LocalAuthority
from tests.unit.test_proofs_folder import check_sh, failing, manifest_anew, passes

SECOND = 10**9


@dataclass(frozen=True)
class Authorities:
    settings: list[Authority]
    roots: list[x509.Certificate]


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    folder = tmp_path_factory.mktemp("authorities")
    with ExitStack() as stack:
        found = [stack.enter_context(LocalAuthority(folder / name, name)) for name in ("DigiCert", "two", "three")]
        roots = [read_pem(each.root_pem.read_bytes())[0] for each in found]
        yield Authorities(
            [Authority(each.name, each.url, each.root_pem, (root,)) for each, root in zip(found, roots, strict=True)],
            roots,
        )


def folder_of(root: Path, settings: list[Authority], *ahead_s: int) -> Path:
    """A folder of entries 1 and on, whose clock was so many seconds ahead; stamped at once."""
    with Store.create(root / "store") as store:
        log = store.open_log("capture", case="c", subject="r", body={"after": None})
        for number, ahead in enumerate(ahead_s):
            log.submit(Draft(EntryType.SCREEN, time.time_ns() + ahead * SECOND, number, {})).result()
        log.close("over")
    stamp(root / "store", *settings)
    with Source(root / "store") as source:
        write_folder(source.entries(source.find_log(log.log), 1, len(ahead_s)), source.blobs, root / "proof")
    return root / "proof"


def said(folder: Path, roots: list[x509.Certificate] | None = None) -> CheckResult:
    return verify_folder(folder, now_ns=time.time_ns(), trusted_roots=roots).results[9]


def test_what_a_token_rests_on_is_told_when_no_root_was_named(authorities: Authorities, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, authorities.settings[:1], 0)
    passes(folder)
    result = said(folder)
    assert result.status is Status.NOTE
    assert "Z by DigiCert; " in result.got
    assert f"root SHA-256 {fingerprint(authorities.roots[0])}" in result.got
    assert "revocation: good" in result.got
    assert "CN=DigiCert Root" in result.got
    assert "--trust" in result.expected
    for path in (folder / "DigiCert").glob("revocation-*"):
        path.unlink()
    manifest_anew(folder)
    passes(folder)
    assert "revocation: unknown" in said(folder).got


def test_under_a_root_that_was_named_there_is_only_revocation_left_to_tell(
    authorities: Authorities, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, authorities.settings[:1], 0)
    assert said(folder, authorities.roots[:1]).status is Status.PASS
    for path in (folder / "DigiCert").glob("revocation-*"):
        path.unlink()
    manifest_anew(folder)
    result = said(folder, authorities.roots[:1])
    assert result.status is Status.NOTE
    assert "revocation: unknown" in result.got


def test_one_token_under_a_named_root_is_enough_and_none_is_not(authorities: Authorities, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, authorities.settings[:2], 0)
    result = said(folder, authorities.roots[:1])
    assert result.status is Status.NOTE
    assert [each.where for each in result.findings] == ["two"]
    assert said(folder, authorities.roots[:2]).status is Status.PASS
    other = said(folder, authorities.roots[2:])
    assert other.status is Status.FAIL
    assert fingerprint(authorities.roots[2]) in other.expected


def test_a_folder_without_a_token_does_not_fail_for_a_named_root(authorities: Authorities, tmp_path: Path) -> None:
    result = said(folder_of(tmp_path, [], 0), authorities.roots)
    assert result.status is Status.NOTE
    assert "own clock" in result.got


def test_an_entry_that_claims_to_be_later_than_the_token_fails(authorities: Authorities, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, authorities.settings[:1], 0, 365 * 86_400)
    assert failing(folder) == {10}
    assert "FAIL P10 DigiCert" in check_sh(folder).stdout
    (failure,) = (each for each in said(folder).findings if each.status is Status.FAIL)
    assert failure.where == "entry 2"
    assert "(DigiCert)" in failure.expected
    # A token under a root that was not named says nothing about time: then it is only that none is trusted.
    failures = [each for each in said(folder, authorities.roots[2:]).findings if each.status is Status.FAIL]
    assert [each.got for each in failures] == ["none"]


def test_a_clock_some_seconds_ahead_is_noted(authorities: Authorities, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, authorities.settings[:1], 0, 45)
    passes(folder)
    result = said(folder, authorities.roots[:1])
    assert result.status is Status.NOTE
    assert [each.where for each in result.findings] == ["entry 2"]
    assert "s outside" in result.got


def test_a_token_that_came_days_later_is_noted(authorities: Authorities, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, authorities.settings[:1], 0, -3 * 86_400)
    passes(folder)
    result = said(folder, authorities.roots[:1])
    assert result.status is Status.NOTE
    assert "came 3.0 days after" in result.got
