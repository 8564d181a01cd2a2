"""The settings file of the anchors: what it may say, and that anything else is refused with a way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.anchors import chains
from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.anchors.settings import find_settings, load_settings
from evidence_store.errors import SettingsError, StoreError
from tests.harness.authority_keys import Pki, make_pki

_PUBLIC = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
VKEY = str(CosignerKey("witness.example.org", _PUBLIC))


@pytest.fixture(scope="module")
def pki() -> Pki:
    return make_pki("one", "http://127.0.0.1:9")


@pytest.fixture
def folder(tmp_path: Path, pki: Pki) -> Path:
    pki.root.write(tmp_path, "root")
    pki.issuing.write(tmp_path, "issuing")
    return tmp_path


def settings_file(folder: Path, text: str) -> Path:
    file = folder / "anchors.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_everything_said(folder: Path, pki: Pki) -> None:
    (folder / "both.pem").write_bytes((folder / "issuing.pem").read_bytes() + (folder / "root.pem").read_bytes())
    text = f"""
authorities:
  - {{name: one, url: "https://one.example.org/tsa", root: root.pem}}
  - name: two.cn
    url: http://127.0.0.1:9/tsa
    root: {folder}/both.pem
    policy: "1.2.3.4.1"
    hash: sha256
    qualified: true
    timeout_s: 2.5
witnesses:
  - {{url: "https://witness.example.org/", vkey: {VKEY}}}
every_s: 30
close_wait_s: 1.5
renew_before_days: 30
"""
    settings = load_settings(settings_file(folder, text))
    one, two = settings.authorities
    assert (one.name, one.url, one.root) == ("one", "https://one.example.org/tsa", folder / "root.pem")
    assert (one.policy, one.hash, one.qualified, one.timeout_s) == (None, "sha256", False, 10.0)
    assert [chains.subject(root) for root in one.roots] == ["CN=one Root"]
    assert (two.roots, two.between) == ((pki.root.certificate,), (pki.issuing.certificate,))
    assert (two.policy, two.qualified, two.timeout_s) == ("1.2.3.4.1", True, 2.5)
    (witness,) = settings.witnesses
    assert (witness.url, witness.vkey, witness.timeout_s) == ("https://witness.example.org/", VKEY, 10.0)
    assert (settings.every_s, settings.close_wait_s, settings.renew_before_days) == (30.0, 1.5, 30.0)
    assert settings.notes == ()


def test_what_is_not_said_has_a_default_and_too_little_is_noted(folder: Path) -> None:
    none = load_settings(settings_file(folder, ""))
    assert (none.authorities, none.witnesses) == ((), ())
    assert (none.every_s, none.close_wait_s, none.renew_before_days) == (60.0, 5.0, 90.0)
    assert "this machine's clock" in none.notes[0]
    one = load_settings(settings_file(folder, "authorities: [{name: a, url: 'http://a/', root: root.pem}]"))
    assert "one authority only (a)" in one.notes[0]


ONE = "name: a, url: 'http://a/', root: root.pem"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", "is a mapping"),
        ("authorities: {a: 1}", "expected a list, got {'a': 1}"),
        ("authorities: [7]", "authorities[0] is a mapping"),
        ("every: 60", "unknown member every"),
        (f"authorities: [{{{ONE}, roots: x}}]", "unknown member roots"),
        (f"authorities: [{{{ONE}}}, {{{ONE}}}]", "a twice"),
        ("authorities: [{url: 'http://a/', root: root.pem}]", "name: expected a text, got no such member"),
        ("authorities: [{name: a/b, url: 'http://a/', root: root.pem}]", "got a/b"),
        ("authorities: [{name: a, url: 'ftp://a/', root: root.pem}]", "http:// or https://, got ftp://a/"),
        ("authorities: [{name: a, url: 'http://', root: root.pem}]", "http:// or https://"),
        ("authorities: [{name: a, url: 'http://[::1', root: root.pem}]", "http:// or https://"),
        ("authorities: [{name: a, url: 'http://a:99999/', root: root.pem}]", "http:// or https://"),
        ("authorities: [{name: a, url: 'http://a/ b', root: root.pem}]", "http:// or https://"),
        ("authorities: [{name: a, url: 'http://a/', root: none.pem}]", "none.pem"),
        ("authorities: [{name: a, url: 'http://a/', root: anchors.yaml}]", "anchors.yaml"),
        ("authorities: [{name: a, url: 'http://a/', root: issuing.pem}]", "1 certificates, none self-signed"),
        (f"authorities: [{{{ONE}, policy: 1.2}}]", "policy: expected a text, got 1.2"),
        (f"authorities: [{{{ONE}, policy: any}}]", "a dotted OID in quotes"),
        (f"authorities: [{{{ONE}, hash: sm3}}]", "sha256 (the format knows no other imprint), got sm3"),
        (f"authorities: [{{{ONE}, qualified: 1}}]", "true or false, got 1"),
        (f"authorities: [{{{ONE}, timeout_s: 0}}]", "timeout_s: expected above 0"),
        ("witnesses: [{url: 'http://a/', vkey: none}]", "vkey: expected <name>+<key id>+<base64>"),
        (f"witnesses: [{{url: 'http://a/', vkey: x{VKEY}}}]", "vkey: expected"),
        (f"witnesses: [{{url: 'http://a/', vkey: {VKEY}}}, {{url: 'http://b/', vkey: {VKEY}}}]", "twice"),
        ("every_s: 0", "every_s: expected above 0"),
        ("every_s: -1", "got -1"),
        ("every_s: .nan", "got nan"),
        ("every_s: 1.0e+9", "at most 86400"),
        ("close_wait_s: soon", "a number, got soon"),
        ("close_wait_s: true", "a number, got True"),
        ("renew_before_days: 0", "renew_before_days"),
        ("a: [", "is YAML"),
        ("a: !!python/object:os.system x", "is YAML"),
    ],
)
def test_anything_else_is_refused_with_a_way_out(folder: Path, text: str, words: str) -> None:
    file = settings_file(folder, text)
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert words in str(caught.value)
    assert f"edit {file}" in caught.value.next_step
    assert isinstance(caught.value, StoreError)


def test_a_file_that_cannot_be_read_is_refused(folder: Path) -> None:
    for file in (folder / "none.yaml", folder):
        with pytest.raises(SettingsError, match="can be read"):
            load_settings(file)
    (folder / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="can be read"):
        load_settings(folder / "binary.yaml")
    (folder / "large.yaml").write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(SettingsError, match="at most 1 MiB"):
        load_settings(folder / "large.yaml")


def test_the_file_named_comes_before_the_variable_and_that_before_the_store_s(tmp_path: Path) -> None:
    assert find_settings(tmp_path, None, {}) is None
    beside = settings_file(tmp_path, "")
    assert find_settings(tmp_path, None, {}) == beside
    variable = {"LIVEWITNESS_ANCHORS": "elsewhere/anchors.yaml"}
    assert find_settings(tmp_path, None, variable) == Path("elsewhere/anchors.yaml")
    assert find_settings(tmp_path, Path("this.yaml"), variable) == Path("this.yaml")
    assert find_settings(tmp_path, None, {"LIVEWITNESS_ANCHORS": ""}) == beside
