"""Which authorities and witnesses are asked, and how often: a YAML file (FORMAT.md section 10; README).

```yaml
authorities:
  - {name: dfn, url: "https://tsa.example.org/", root: roots/dfn.pem, qualified: true}
witnesses:
  - {url: "https://witness.example.org/", vkey: "witness.example.org+0123abcd+BA..."}
every_s: 60
```
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from cryptography import x509

from evidence_store.anchors.chains import is_root, read_pem
from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.errors import Malformed, SettingsError

FILE_NAME = "anchors.yaml"
VARIABLE = "LIVEWITNESS_ANCHORS"
_MAX_FILE = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_POLICY = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,30})){1,30}")
_LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Authority:
    """One time-stamp authority. `roots` and `between` are the certificates of its PEM file, self-signed or not."""

    name: str
    url: str
    root: Path
    roots: tuple[x509.Certificate, ...]
    between: tuple[x509.Certificate, ...] = ()
    policy: str | None = None
    hash: str = "sha256"
    qualified: bool = False
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness: where it is asked, and its key in C2SP form (`CosignerKey.parse` reads it)."""

    url: str
    vkey: str
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """Who is asked. Times in seconds, `renew_before_days` in days; `notes` say what is allowed and yet thin."""

    authorities: tuple[Authority, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    every_s: float = 60.0
    close_wait_s: float = 5.0
    renew_before_days: float = 90.0
    notes: tuple[str, ...] = field(default=())


def find_settings(store_root: Path, explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The settings file: the one named, else `LIVEWITNESS_ANCHORS`, else STORE/anchors.yaml, else none."""
    if explicit is not None:
        return explicit
    if named := environ.get(VARIABLE, ""):
        return Path(named)
    beside = store_root / FILE_NAME
    return beside if beside.exists() else None


def load_settings(file: Path) -> AnchorSettings:
    """Read a settings file and the PEM files that it names. Raises SettingsError on anything not as described above."""
    top = _Members(_yaml(file), f"{file}", file)
    authorities = tuple(_authority(entry, file) for entry in top.entries("authorities"))
    witnesses = tuple(_witness(entry) for entry in top.entries("witnesses"))
    names = [authority.name for authority in authorities]
    keys = [witness.vkey for witness in witnesses]
    for what, values in (("an authority's name is used once", names), ("a witness's vkey is used once", keys)):
        if twice := next((value for value in values if values.count(value) > 1), None):
            raise _refused(file, what, "different ones", f"{twice} twice")
    settings = AnchorSettings(
        authorities,
        witnesses,
        every_s=top.seconds("every_s", 60.0),
        close_wait_s=top.seconds("close_wait_s", 5.0),
        renew_before_days=top.positive("renew_before_days", 90.0, at_most=3650.0),
        notes=_notes(authorities),
    )
    top.no_more()
    return settings


def _notes(authorities: tuple[Authority, ...]) -> tuple[str, ...]:
    if len(authorities) == 1:
        return (
            f"one authority only ({authorities[0].name}): when it is out of reach, or doubted, nothing else speaks",
        )
    if not authorities:
        return ("no time-stamp authority: time rests on this machine's clock",)
    return ()


def _authority(entry: _Members, file: Path) -> Authority:
    name = entry.text("name")
    if not _NAME.fullmatch(name):
        raise entry.refused("name", "1 to 64 letters, digits, '.', '_' or '-'", name)
    url = entry.url()
    root = file.parent / entry.text("root")
    try:
        certificates = read_pem(root.read_bytes())
    except (OSError, ValueError) as error:
        raise entry.refused("root", "a PEM file of the authority's root certificate", f"{root}: {error}") from error
    roots = tuple(certificate for certificate in certificates if is_root(certificate))
    if not roots:
        got = f"{root}: {len(certificates)} certificates, none self-signed with CA:TRUE"
        raise entry.refused("root", "a self-signed root certificate (others may stand beside it)", got)
    policy = entry.text("policy", "")
    if policy and not _POLICY.fullmatch(policy):
        raise entry.refused("policy", 'a dotted OID in quotes, for example "1.2.3.4.1"', policy)
    if (digest := entry.text("hash", "sha256")) != "sha256":
        raise entry.refused("hash", "sha256 (the format knows no other imprint)", digest)
    authority = Authority(
        name,
        url,
        root,
        roots,
        tuple(certificate for certificate in certificates if certificate not in roots),
        policy or None,
        digest,
        entry.flag("qualified"),
        entry.seconds("timeout_s", 10.0),
    )
    entry.no_more()
    return authority


def _witness(entry: _Members) -> Witness:
    url, vkey = entry.url(), entry.text("vkey")
    try:
        CosignerKey.parse(vkey)
    except Malformed as error:
        got = f"{vkey}: {error.rule}, expected {error.expected}"
        raise entry.refused("vkey", "<name>+<key id>+<base64>, as `livewitness witness` prints it", got) from error
    witness = Witness(url, vkey, entry.seconds("timeout_s", 10.0))
    entry.no_more()
    return witness


class _Members:
    """The members of one mapping of the file, each taken once; what is left at the end is unknown."""

    def __init__(self, value: object, where: str, file: Path) -> None:
        self._where, self._file = where, file
        if not isinstance(value, dict):
            raise _refused(file, f"{where} is a mapping", "members, as `name: value`", _shown(value))
        self._left: dict[Any, object] = dict(value)

    def refused(self, member: str, expected: str, got: object) -> SettingsError:
        return _refused(self._file, f"{self._where}: {member}", expected, _shown(got))

    def entries(self, member: str) -> list[_Members]:
        value = self._left.pop(member, None)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refused(member, "a list", value)
        return [_Members(item, f"{member}[{number}]", self._file) for number, item in enumerate(value)]

    def text(self, member: str, default: str | None = None) -> str:
        value = self._left.pop(member, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self.refused(member, "a text", "no such member" if value is None else value)
        return value

    def flag(self, member: str) -> bool:
        value = self._left.pop(member, False)
        if not isinstance(value, bool):
            raise self.refused(member, "true or false", value)
        return value

    def url(self) -> str:
        url = self.text("url")
        try:
            parts = urlsplit(url)
            sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and url.isprintable()
        except ValueError:
            sound = False
        if not sound or " " in url:
            raise self.refused("url", "an address that starts with http:// or https://", url)
        return url

    def seconds(self, member: str, default: float) -> float:
        return self.positive(member, default, at_most=_LONGEST_S)

    def positive(self, member: str, default: float, *, at_most: float) -> float:
        value = self._left.pop(member, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refused(member, "a number", value)
        if not math.isfinite(value) or not 0 < value <= at_most:
            raise self.refused(member, f"above 0, at most {at_most:g}", value)
        return float(value)

    def no_more(self) -> None:
        if self._left:
            raise self.refused("members", "known ones only", f"unknown member {next(iter(self._left))}")


def _yaml(file: Path) -> object:
    try:
        if file.stat().st_size > _MAX_FILE:
            raise _refused(file, "a settings file is small", "at most 1 MiB", f"{file.stat().st_size} bytes")
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(file, "the settings file can be read", "a YAML file", str(error)) from error
    try:
        value: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, AttributeError, OverflowError, RecursionError) as error:  # tags raise these
        got = " ".join(str(error).split())[:300]
        raise _refused(file, "the settings file is YAML", "`authorities:` and a list", got) from error
    return {} if value is None else value


def _shown(value: object) -> str:
    text = str(value)
    return f"{text[:200]}..." if len(text) > 200 else text or "nothing"


def _refused(file: Path, rule: str, expected: str, got: str) -> SettingsError:
    return SettingsError(rule, expected=expected, got=got, next_step=f"edit {file}   (README, section Time-stamps)")
