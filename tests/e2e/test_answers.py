"""What a page asked its servers for is kept bit-exact, or listed and counted as lost; in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from blake3 import blake3

from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.answer_room import JSON, LARGE, STATE, AnswerRoom, Kept, answer_room, kept_answers
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
        if path == "/gbk":  # the browser gives it as text alone: its UTF-8 is kept, and that is said
            assert [(json.loads(body or b""), found[path][0].row["exact"]) for body in ours] == [(STATE, False)]
            continue
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


def test_what_can_not_be_kept_is_listed_with_its_size_and_is_a_gap(tmp_path: Path) -> None:
    script = """(async () => { await rest(1500);
    await ask('/large');
    const stop = new AbortController(); fetch('/half-way', {signal: stop.signal}).catch(() => 0);
    await rest(600); stop.abort();
    ask('/breaks'); ask('/drops'); await ask('/json?after=all');
    for (let i = 0; i < 3; i++) { const early = new AbortController();
      fetch('/half-way?early', {signal: early.signal}).catch(() => 0); early.abort(); }
    })();"""
    with answer_room(script) as room:
        store, watched, kept = run(tmp_path, room)
    found = by_path(kept)
    large, half, broken, drops = (found[path][0] for path in ("/large", "/half-way", "/breaks", "/drops"))
    assert (large.body, large.row["size"], large.row["not_kept"]) == (None, len(LARGE), "over 2097152 bytes")
    assert (half.body, half.row["size"], half.row["failed"]) == (None, len(b'{"half":'), "net::ERR_ABORTED")
    assert drops.body is None
    assert drops.row["size"] % len(b"{}\n") == 0
    assert drops.row["not_kept"] == "cut short by the end of the page"
    assert (broken.body, broken.row["size"]) == (None, len(b'{"half":'))
    assert broken.row["failed"] == broken.row["not_kept"] == "net::ERR_CONTENT_LENGTH_MISMATCH"
    assert digests([found["/json?after=all"][0].body or b""]) == digests([JSON])
    assert "/half-way?early" not in found, "nothing had come of it: the network facts have it"
    lost = [entry.body for entry in entries(store, watched.log, "gap")]
    assert {body["cause"] for body in lost} == {"answers lost"}
    assert sum(body["detail"]["answers"] for body in lost) == 4
    assert sum(body["detail"]["bytes"] for body in lost) == sum(one.row["size"] for one in (large, half, broken, drops))
    whys = {why for body in lost for why in body["detail"]["why"]}
    assert whys == {one.row["not_kept"] for one in (large, half, broken, drops)}
    assert sum(int(entry.body["not_kept"]) for entry in entries(store, watched.log, "answers")) == 4


def test_what_workers_ask_for_is_kept(tmp_path: Path) -> None:
    worker = """const by = new URL(location).searchParams.get('by');
    const ask = path => fetch(path + '?by=' + by).then(answer => answer.arrayBuffer());
    // A shared worker may run before we are attached to it on a machine that is busy.
    setTimeout(() => ['/text', '/protobuf'].map(ask), by === 'shared' ? 800 : 0);"""
    serving = (
        worker
        + """
    self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));
    const made = new Response('{"库存":1}', {headers: {'Content-Type': 'text/plain'}});
    const stored = async request => { const store = await caches.open('one');
      await store.put(request, await fetch(request)); return store.match(request); };
    self.addEventListener('fetch', event => { const url = event.request.url;
      if (url.includes('through')) event.respondWith(fetch(event.request));
      if (url.includes('made')) event.respondWith(made.clone());
      if (url.includes('stored')) event.respondWith(stored(event.request)); });"""
    )
    script = """(async () => { await rest(1500);
    new Worker('/worker.js?by=worker'); new SharedWorker('/worker.js?by=shared');
    await navigator.serviceWorker.register('/serving.js?by=service', {scope: '/'});
    await navigator.serviceWorker.ready; await rest(500);
    for (const how of ['through', 'made', 'stored'])
      for (const path of ['/text', '/protobuf']) await ask(path + '?how=' + how); })();"""
    files = {"/worker.js": worker, "/serving.js": serving}
    with answer_room(script, files=files) as room:
        store, watched, kept = run(tmp_path, room)
    assert gaps(store, watched.log) == []
    found = by_path(kept)
    for by in ("worker", "shared", "service"):
        for path in (f"/text?by={by}", f"/protobuf?by={by}"):
            assert digests([one.body or b"" for one in found[path]]) == digests(room.answered[path]), path
            assert found[path][0].row["exact"]
    # What goes through the service worker is kept as the page got it; of the worker's own request there is no body.
    for path in ("/text?how=through", "/protobuf?how=through", "/text?how=stored", "/protobuf?how=stored"):
        assert sorted(one.row["from_cache"] for one in found[path]) == [False, True], path
        (page,) = (one for one in found[path] if one.row["from_cache"])
        assert digests([page.body or b""]) == digests(room.answered[path]), path
        assert page.row["exact"]
    assert [(one.body or b"").decode() for one in found["/text?how=made"]] == ['{"库存":1}']


@pytest.mark.soak  # 13 s each; CI keeps those of what most sites do
def test_messages_of_an_event_source_are_kept_one_by_one(tmp_path: Path) -> None:
    script = "setTimeout(() => { const source = new EventSource('/events?token=umbrella'); }, 1500);"
    with answer_room(script) as room:
        store, watched, kept = run(tmp_path, room, seconds=6)
    assert gaps(store, watched.log) == []
    assert {one.path for one in kept} == {"/events?token=umbrella"}
    assert len(kept) >= 8, "it connects again by itself"
    messages = [(one.row["message"], one.name["event"], one.name["id"], (one.body or b"").decode()) for one in kept]
    once = [(n + 1, "库存", str(n), f"还剩{n}\n单") for n in range(3)] + [(4, "message", "2", "plain")]
    assert messages[:8] == once * 2
    assert {(one.row["type"], one.row["sent_as"]) for one in kept} == {("EventSource", "text")}


@pytest.mark.soak
def test_what_requests_carry_is_kept_up_to_its_limit(tmp_path: Path) -> None:
    script = """(async () => { await rest(1500);
    const post = (as, body) => ask('/taken?as=' + as, {method: 'POST', body});
    await post('text', '{"话题":"topic-9"}'); await post('bytes', new Uint8Array([0, 255, 254, 8]));
    await post('blob', new Blob(['b'.repeat(50000)])); await post('binary-blob', new Blob([new Uint8Array([0, 200])]));
    await post('long', 'x'.repeat(70000)); await post('none', '');
    const form = new FormData(); form.append('q', '关键词'); await post('form', form);
    await post('params', new URLSearchParams({cursor: 'a b'})); })();"""
    with answer_room(script) as room:
        store, watched, kept = run(tmp_path, room)
    assert gaps(store, watched.log) == []
    found = by_path(kept)
    for path, sent in room.received.items():
        (one,) = found[path]
        assert one.body == b"ok"
        if path == "/taken?as=long":
            assert (one.post, one.row["post_size"]) == (None, 70000)
        elif path == "/taken?as=none":
            assert (one.post, one.row["post_size"]) == (b"", 0)
        else:
            assert one.post is not None, path
            assert (digests([one.post]), one.row["post_size"]) == (digests(sent), len(sent[0])), path
    assert len(room.received) == 8


@pytest.mark.soak
def test_what_an_old_document_got_is_kept_or_said_to_be_lost(tmp_path: Path) -> None:
    script = """(async () => { await rest(2500); if (location.search) return ask('/json?of=new');
    for (let i = 0; i < 10; i++) { await ask('/text?of=old'); await rest(50); } location.href = '/room/1?back'; })();"""
    with answer_room(script) as room:
        store, watched, kept = run(tmp_path, room, seconds=9)
    assert watched.code == 0
    found = by_path(kept)
    assert digests([one.body or b"" for one in found["/json?of=new"]]) == digests(room.answered["/json?of=new"])
    old = found["/text?of=old"]
    bodies = [one.body for one in old if one.body is not None]
    assert len(old) == 10, "each is kept, or listed"
    assert len(bodies) >= 5
    assert set(digests(bodies)) == {*digests([JSON])}
    lost = [
        entry.body["detail"] for entry in entries(store, watched.log, "gap") if entry.body["cause"] == "answers lost"
    ]
    assert sum(detail["answers"] for detail in lost) == sum("not_kept" in one.row for one in old) == 10 - len(bodies)
    assert old[-1].entry.index < found["/json?of=new"][0].entry.index, "documents do not share an entry"


@pytest.mark.parametrize("spa", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_nothing_that_another_room_was_told_is_kept(tmp_path: Path, *, spa: bool) -> None:
    going = "history.pushState(0, '', '/room/2'); other()" if spa else "location.href = '/room/2'"
    script = f"""const other = async () => {{ for (let i = 0; i < 60; i++) await ask('/text?of=other'); }};
    (async () => {{ for (let i = 0; i < 8; i++) {{ await rest(500); await ask('/json?of=ours'); }} {going}; }})();"""
    other = "(async () => { for (let i = 0; i < 60; i++) await ask('/text?of=other'); })();"
    with answer_room(script, other=other) as room:
        store, watched, kept = run(tmp_path, room, seconds=12)
    assert watched.code == 4
    assert room.answered["/text?of=other"], "the page really went to another room"
    assert {one.path for one in kept} == {"/json?of=ours"}
    assert len(kept) >= 3
    causes = {gap.cause for gap in gaps(store, watched.log)}
    assert "withheld: another room" in causes
    assert causes <= {"withheld: another room", "page navigated", "answers lost"}, "its last one may be lost"
    with Store.open_read_only(store) as opened, opened.reader(watched.log) as reader:
        for entry in reader.entries(types={"answers", "network"}):
            for ref in entry.blobs:
                assert b"of=other" not in opened.blobs.read(ref)


@pytest.mark.soak
def test_a_page_that_hangs_keeps_nothing_from_us(tmp_path: Path) -> None:
    script = """(async () => { await rest(2500);
    const answers = ['/json?1', '/text?2', '/protobuf?3'].map(url => ask(url));
    await Promise.all(answers); const until = Date.now() + 3000; while (Date.now() < until); })();"""
    with answer_room(script) as room:
        store, watched, kept = run(tmp_path, room, seconds=8)
    found = by_path(kept)
    assert {path: digests([one.body or b"" for one in ours]) for path, ours in found.items()} == {
        path: digests(sent) for path, sent in room.answered.items()
    }
    assert "answers lost" not in {gap.cause for gap in gaps(store, watched.log)}
