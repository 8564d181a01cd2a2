"""What a page asked its servers for is kept bit-exact, or listed and counted as lost: a real browser and real sockets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from blake3 import blake3

from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.answer_room import JSON, LARGE, AnswerRoom, Kept, answer_room, kept_answers
from tests.harness.grading import entries, gaps
from tests.harness.room import Watched, watch

pytestmark = [pytest.mark.browser]

ASKED = [
    "/json?token=umbrella", "/gzip", "/gbk", "/marked", "/broken-utf8", "/text", "/html", "/protobuf?cursor=1",
    "/octets", "/untyped", "/empty", "/no-content", "/refused", "/moved", "/cached", "/cached", "/tagged", "/tagged",
    "/jsonp?as=xhr", "/protobuf?cursor=1",
]  # fmt: skip
EVERY_KIND = f"""(async () => {{ await rest(1500);
for (const url of {json.dumps(ASKED)}) await ask(url);
await ask('/picture'); await ask('/style'); await ask('/film.mp4');
for (const kind of ['text', 'arraybuffer']) await new Promise(done => {{ const x = new XMLHttpRequest();
  x.responseType = kind; x.onload = done; x.open('GET', '/json?by=xhr-' + kind); x.send(); }});
window.answered = () => 0;
await load('/jsonp?callback=answered&api=mtop'); await load('/json?as=script'); await load('/script.js');
await ask(URL.createObjectURL(new Blob(['{{}}'], {{type: 'application/json'}})));
}})();"""


def run(tmp_path: Path, room: AnswerRoom, seconds: int = 7) -> tuple[Path, Watched, list[Kept]]:
    store = tmp_path / "store"
    watched = watch(room.url, store, "--for", f"{seconds}s", "--no-read")
    assert "Traceback" not in watched.err, watched.err
    assert verify(store).ok
    return store, watched, kept_answers(store, watched.log)


def digests(bodies: list[bytes]) -> list[str]:
    return [blake3(body).hexdigest() for body in bodies]


def by_path(kept: list[Kept]) -> dict[str, list[Kept]]:
    found: dict[str, list[Kept]] = {}
    for one in kept:
        found.setdefault(one.path, []).append(one)
    return found


def test_every_kind_of_answer_is_kept_bit_exact(tmp_path: Path) -> None:
    with answer_room(EVERY_KIND) as room:
        store, watched, kept = run(tmp_path, room)
    assert watched.code == 0
    assert gaps(store, watched.log) == []
    found = by_path(kept)
    for path, sent in room.answered.items():
        if path.split("?")[0] in {"/moved", "/picture", "/style", "/film.mp4", "/script.js"}:
            assert path not in found, "kept elsewhere, or no answer"
            continue
        ours = [one.body for one in found[path] if not one.row["from_cache"]]
        assert digests([body for body in ours if body is not None])[: len(sent)] == digests(sent), path
        assert all(one.row["exact"] for one in found[path]), path
    assert set(found) == set(room.answered) - {"/moved", "/picture", "/style", "/film.mp4", "/script.js"}
    # What the page got, it got from where?
    assert [one.row["from_cache"] for one in found["/cached"]] == [False, True]
    assert digests([one.body or b"" for one in found["/cached"]]) == digests([JSON, JSON])
    assert room.not_modified == 1
    assert digests([one.body or b"" for one in found["/tagged"]]) == digests([JSON, JSON])
    (moved,) = found["/json?after=moved"]
    assert (moved.row["redirects"], moved.row["status"]) == (1, 200)
    assert {one.row["type"] for one in found["/jsonp?callback=answered&api=mtop"]} == {"Script"}
    assert found["/json?by=xhr-text"][0].row["type"] == "XHR"
    assert found["/gbk"][0].row["charset"] == "gbk"
    # Walls speak in headers.
    (empty,) = found["/empty"]
    assert (empty.body, empty.headers["bdturing-verify"], empty.row["status"]) == (b"", "a-wall", 200)
    assert found["/refused"][0].headers["x-why"] == "risk"
    assert "failed" not in empty.row
    assert found["/json?token=umbrella"][0].headers == {}
    assert all(int(one.row["mono_asked"]) <= int(one.row["mono_finished"]) for one in kept)
    # Neither entries nor the index hold queries or content.
    with Store.open_read_only(store) as opened:
        for entry in entries(store, watched.log, "answers"):
            index = opened.blobs.parts(entry.blobs[0])[0]
            for secret in ("umbrella", "cursor", "仅剩", "a-wall"):
                assert secret.encode() not in entry.raw + index, secret
            assert entry.body["hosts"] == ["127.0.0.1"]
