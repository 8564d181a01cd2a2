"""The folder of a witness: its key and its marker, made once and explicitly, and how they are opened again.

```
WITNESS/
  witness.json   {"format":"livewitness-witness","v":1,"vkey":"<name>+<key id>+<base64>"}, RFC 8785, written last
  witness.key    Ed25519 private key, PKCS#8 PEM, mode 0600
  heads.db       the last tree head cosigned for each log (witness_state)
```

A witness that forgot what it cosigned would cosign a second history. So nothing here is ever made anew in passing: a
folder without one of these files is refused, and a new witness is a new folder with a new key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from evidence_store.anchors.cosignature import CosignerKey, CosigningKey
from evidence_store.anchors.witness_state import WitnessState, create_state
from evidence_store.canonical_json import canonical, parse_json
from evidence_store.durable import FileSystem, as_store_error
from evidence_store.errors import Corrupt, FutureFormat, KeyMissing, Malformed, NotAStore, StoreError, StoreExists
from evidence_store.note_lines import check_name

MARKER = "witness.json"
KEY = "witness.key"
HEADS = "heads.db"
VERSION = 1
_FORMAT = "livewitness-witness"


@dataclass(frozen=True, slots=True)
class Witness:
    """An opened witness: the key that it cosigns with, and what it cosigned last."""

    key: CosigningKey
    state: WitnessState


def create_witness(folder: Path, name: str, entropy: Callable[[int], bytes], files: FileSystem) -> CosignerKey:
    """Make a witness in a new or empty folder; complete and durable when this returns. Gives its verifier key.

    `name` SHOULD be an address without its scheme, such as `witness.example/desk`. Raises Malformed for a name that
    notes can't carry, StoreExists, NotAStore (something else lies there), ReadOnlyStore, DiskFull or StorageFailed.
    """
    check_name(name)
    key = CosigningKey(name, Ed25519PrivateKey.from_private_bytes(entropy(32)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if there := sorted(path.name for path in folder.iterdir()):
            kind = StoreExists if MARKER in there else NotAStore
            raise kind(
                "a witness is made in a new or empty folder",
                expected=f"nothing in {folder}",
                got=", ".join(there)[:200],
                next_step="livewitness witness init ANOTHER_FOLDER --name NAME",
            )
        pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        files.write_new(folder / KEY, pem, mode=0o600)
        create_state(folder / HEADS, key.verifier, files)
        marker = canonical({"format": _FORMAT, "v": VERSION, "vkey": str(key.verifier)})
        files.write_new(folder / f"{MARKER}.new", marker)
        files.rename(folder / f"{MARKER}.new", folder / MARKER)
        files.sync_folder(folder)
        files.sync_folder(folder.absolute().parent)
    except OSError as error:
        raise as_store_error(error, f"making a witness in {folder}") from error
    return key.verifier


def open_witness(folder: Path) -> Witness:
    """Open a witness and check what it remembers.

    Raises NotAStore, FutureFormat, KeyMissing (absent, readable by others, or another key) or Corrupt (the state is
    lost, damaged, or of another witness).
    """
    vkey = _read_marker(folder)
    key = CosigningKey(vkey.name, _read_key(folder / KEY))
    if key.verifier != vkey:
        raise _no_key(folder / KEY, "the key of another witness")
    state = WitnessState(folder / HEADS, vkey)
    state.check()
    return Witness(key, state)


def _read_marker(folder: Path) -> CosignerKey:
    path = folder / MARKER
    try:
        marker = parse_json(path.read_bytes())
    except FileNotFoundError as error:
        raise NotAStore(
            "a witness has a marker",
            expected=str(path),
            got="no such file",
            next_step="livewitness witness init FOLDER --name NAME",
        ) from error
    except OSError as error:
        raise as_store_error(error, f"reading {path}") from error
    except Malformed as error:
        raise _bad_marker(path, error.got) from error
    if not isinstance(marker, dict) or marker.get("format") != _FORMAT:
        raise _bad_marker(path, str(marker)[:100])
    if marker.get("v") != VERSION:
        raise FutureFormat("a witness's version is known", expected=VERSION, got=marker.get("v"), next_step="update")
    try:
        return CosignerKey.parse(str(marker.get("vkey")))
    except Malformed as error:
        raise _bad_marker(path, f"{error.rule}: {error.got}") from error


def _read_key(path: Path) -> Ed25519PrivateKey:
    try:
        if mode := path.stat().st_mode & 0o077:
            raise _no_key(path, f"others may use it (mode {0o600 | mode:o}); type: chmod 600 {path}")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _no_key(path, str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, type(key).__name__)
    return key


def _no_key(path: Path, got: str) -> StoreError:
    return KeyMissing(
        "a witness cosigns with its own key, which it alone can read",
        expected="the Ed25519 key of witness.json, mode 600",
        got=f"{path}: {got}",
        next_step="bring witness.key back, or make a new witness: livewitness witness init FOLDER --name NAME",
    )


def _bad_marker(path: Path, got: str) -> StoreError:
    return Corrupt(
        "witness.json names the witness's key",
        expected='{"format":"livewitness-witness","v":1,"vkey":"..."}',
        got=f"{path}: {got}",
        next_step="bring witness.json back from a copy (it never changes)",
    )
