"""What a verifier knows from elsewhere: checkpoints, roots, witnesses (FORMAT.md section 9); verify on all cores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.anchors.chains import is_root, read_pem
from evidence_store.anchors.cosignature import CosigningKey
from evidence_store.anchors.records import read_token
from evidence_store.anchors.settings import load_settings
from evidence_store.checkpoint import Checkpoint, SigningKey
from evidence_store.entries import Draft, EntryType
from evidence_store.errors import Malformed
from evidence_store.merkle import EMPTY_ROOT
from evidence_store.options import system_now
from evidence_store.store import Store
from evidence_store.verify import Report, Status, Trust, cores, verify
from evidence_store.verify.known import read_known
from tests.harness.anchored import stamp
from tests.harness.anchored_store import WITNESS, Recorded, anchored_store
from tests.harness.authority import LocalAuthority
from tests.harness.small_store import Small, copy_of, failing, small_store

TOKENS = Path(__file__).parents[1] / "golden" / "bad" / "tokens"


@pytest.fixture(scope="module")
def anchored(tmp_path_factory: pytest.TempPathFactory) -> Small:
    recorded = Recorded(TOKENS)
    folder = tmp_path_factory.mktemp("known")
    return anchored_store(folder / "store", recorded.wall_ns, recorded.stamp, seed=b"golden")


def note_of(root: Path, size: int) -> bytes:
    with Store.open_read_only(root) as store, store.register_reader() as reader:
        return next(reader.checkpoints(size)).note


def found(report: Report, number: int) -> list[tuple[str, str]]:
    return [(each.where, each.got) for each in report.results[number - 1].findings if each.status is Status.FAIL]


def test_checkpoints_of_each_size_of_the_register_are_in_it(anchored: Small) -> None:
    known = tuple(read_known(note_of(anchored.root, size)) for size in range(1, 14))
    empty = replace(known[0], size=0, root=EMPTY_ROOT)
    assert verify(anchored.root, trust=Trust(checkpoints=(*known, empty, known[0]))).ok


def test_a_store_that_was_rolled_back_lacks_what_is_known(anchored: Small, tmp_path: Path) -> None:
    older, newer = copy_of(anchored, tmp_path / "older"), copy_of(anchored, tmp_path / "newer")
    with Store.open(newer.root) as store:
        store.record_custody("shown", {}, who="a person", why="a test")
    known = read_known(note_of(newer.root, 14))
    assert verify(newer.root, trust=Trust(checkpoints=(known,))).ok
    assert verify(older.root).ok
    report = verify(older.root, trust=Trust(checkpoints=(known,)))
    assert failing(report) == {5}
    assert found(report, 5) == [("register checkpoint of size 14", "13 entries: cut short, or an older copy")]


@pytest.mark.parametrize(
    ("change", "got"),
    [
        (lambda known: replace(known, root=bytes(32)), "another history"),
        (lambda known: replace(known, size=4), "another history"),
        (lambda known: replace(known, size=0), "another history"),
        (lambda known: replace(known, origin="livewitness/register/" + "0" * 32), "livewitness/register/0000"),
    ],
    ids=["root", "size", "nothing", "store"],
)
def test_what_is_known_of_another_history_or_store_fails_check_5_alone(
    anchored: Small, change: Callable[[Checkpoint], Checkpoint], got: str
) -> None:
    known = change(read_known(note_of(anchored.root, 5)))
    report = verify(anchored.root, trust=Trust(checkpoints=(known,)))
    assert failing(report) == {5}
    ((where, words),) = found(report, 5)
    assert where == f"register checkpoint of size {known.size}"
    assert got in words


def test_a_file_that_is_no_note_is_no_checkpoint() -> None:
    with pytest.raises(Malformed):
        read_known(b"a file of another kind")
    key = SigningKey("x", Ed25519PrivateKey.generate())
    with pytest.raises(Malformed):
        read_known(key.sign_note("x\nmany\nAAAA\n"))


def test_a_trusted_root_and_witness_pass_and_leave_no_note(anchored: Small) -> None:
    with Store.open_read_only(anchored.root) as store, store.register_reader() as reader:
        token = read_token(next(reader.entries(types={EntryType.ANCHOR_TOKEN})))
        chain = read_pem(store.blobs.read(token.chain))
    root = next(certificate for certificate in chain if is_root(certificate))
    wall_ns = Recorded(TOKENS).wall_ns
    report = verify(anchored.root, trust=Trust((root,), (WITNESS.verifier,)), now_ns=lambda: wall_ns)
    assert [result.status for result in report.results] == [Status.PASS] * 23
    # A leaf is no root: whoever names another certificate trusts another authority.
    report = verify(anchored.root, trust=Trust(roots=(chain[0],)))
    assert failing(report) >= {21}


def test_who_names_a_root_or_a_witness_expects_its_word(tmp_path: Path, anchored: Small) -> None:
    stranger = CosigningKey("witness.example/other", Ed25519PrivateKey.generate()).verifier
    report = verify(anchored.root, trust=Trust(witnesses=(stranger,)))
    assert failing(report) == {22}
    assert found(report, 22) == [("register", "none that passes")]
    with Store.open_read_only(anchored.root) as store, store.register_reader() as reader:
        token = read_token(next(reader.entries(types={EntryType.ANCHOR_TOKEN})))
        roots = tuple(each for each in read_pem(store.blobs.read(token.chain)) if is_root(each))
    bare = small_store(tmp_path / "bare")
    assert verify(bare.root).ok
    report = verify(bare.root, trust=Trust(roots, (WITNESS.verifier,)))
    assert failing(report) == {21, 22}


def test_verify_says_the_same_on_one_core_and_on_all(
    anchored: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = copy_of(anchored, tmp_path / "store")
    small.blob("picture").unlink()
    with Store.open(small.root) as store:  # one more log, so that each process walks several
        writer = store.open_log("capture", case="c", subject="r", body={})
        writer.submit(Draft(EntryType.GAP, *store_time(small.root), {"cause": "none"})).result()
        writer.close("done")
    alone = verify(small.root).to_json()
    monkeypatch.setattr(cores, "WORTH_IT", 0)
    assert verify(small.root).to_json() == alone
    assert alone["ok"] is False


def test_a_log_that_is_being_written_may_name_a_token_that_came_while_verify_ran(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with LocalAuthority(tmp_path / "tsa", "one") as tsa, Store.create(root) as store:
        file = tmp_path / "anchors.yaml"
        file.write_text(f"authorities:\n  - {{name: one, url: '{tsa.url}', root: '{tsa.root_pem}'}}\n")
        (authority,) = load_settings(file).authorities
        first, second = (store.open_log("capture", case="c", subject="r", body={}) for _ in range(2))

        def meanwhile(what: str, done: int, total: int) -> None:
            if (what, done, total) == ("logs", 0, 2):  # the register was walked, the second log was not
                stamp(root, authority)
                store.record_custody("shown", {}, who="a person", why="a test")
                second.submit(Draft(EntryType.HEARTBEAT, *system_now(), {})).result()

        report = verify(root, progress=meanwhile)
        assert report.ok, "\n".join(report.lines())
        with store.reader(second.log) as reader:
            assert reader.entry(1).body["after"] is not None
        again = verify(root)
        assert again.ok
        assert again.results[20].got.startswith("1 of one")
        first.close("done")
        second.close("done")


def store_time(root: Path) -> tuple[int, int]:
    with Store.open_read_only(root) as store, store.register_reader() as reader:
        last = reader.last()
    assert last is not None
    return last.wall_ns, last.mono_ns
