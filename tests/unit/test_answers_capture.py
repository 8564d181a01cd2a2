"""Network events of the browser become answers: bounds, losses, and the moment when the page leaves."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Coroutine, Mapping
from typing import Any

from crawler.captures.answers import MAX_ANSWERS, MAX_ASKED, MAX_BODY, MAX_BYTES, AnswerCapture
from crawler.cdp import CdpClosedError, CdpError
from crawler.clock import Instant
from evidence_store.canonical_json import canonical
from evidence_store.entries import Draft, EntryType, Part

URL = "https://api.example/poll?token=umbrella"


class StoppedClock:
    """Wall and monotonic time that stand still; the events carry their own."""

    def now(self) -> Instant:
        return Instant(1_700_000_100_000_000_000, 100_000_000_000)


class Browser:
    """Stands where the DevTools connection stands: events to the handlers, bodies when the test hands them over."""

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}
        self.asked: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.posts: dict[str, dict[str, Any]] = {}
        self.tasks: list[asyncio.Task[Any]] = []
        self.closed = asyncio.Event()

    def on(self, method: str, handler: Any) -> None:
        self.handlers[method] = handler

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.tasks.append(asyncio.create_task(coroutine))

    async def send(self, method: str, params: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        request = params["requestId"]
        if method == "Network.getRequestPostData":
            if request not in self.posts:
                raise CdpError("No post data available for the request")
            return self.posts[request]
        self.asked[request] = asyncio.get_running_loop().create_future()
        return await self.asked[request]

    async def give(self, request: str, body: str | bytes | Exception) -> None:
        await asyncio.sleep(0)
        if isinstance(body, Exception):
            self.asked.pop(request).set_exception(body)
        else:
            text = body if isinstance(body, str) else b64encode(body).decode()
            self.asked.pop(request).set_result({"body": text, "base64Encoded": isinstance(body, bytes)})
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def event(self, method: str, number: str, second: float, session: str = "s1", /, **params: Any) -> None:
        self.handlers[f"Network.{method}"]({"requestId": number, "timestamp": second, **params}, session)

    def begins(self, number: str, second: float, /, url: str = URL, size: int = 2, **more: Any) -> None:
        """A request goes out, its answer begins, and `size` bytes of it come."""
        self.event("requestWillBeSent", number, second, request={"url": url, **more.pop("request", {})})
        response = {"url": url, "status": 200, "mimeType": "application/json", "headers": {"X-A": "umbrella"}, **more}
        self.event("responseReceived", number, second, type="Fetch", response=response)
        if size:
            self.event("dataReceived", number, second, dataLength=size)

    def ends(self, request: str, second: float) -> None:
        self.event("loadingFinished", request, second)

    def fails(self, request: str, second: float, words: str = "net::ERR_ABORTED") -> None:
        self.event("loadingFailed", request, second, errorText=words)


class Heard:
    """A capture, what it emitted, and what it said was lost."""

    def __init__(self) -> None:
        self.drafts: list[tuple[Draft, int]] = []
        self.lost: list[tuple[int, int, int, Mapping[str, int]]] = []
        self.browser = Browser()
        self.answers = AnswerCapture(
            StoppedClock(),
            lambda draft, ended: self.drafts.append((draft, ended)),
            lambda *loss: self.lost.append(loss),
        )
        self.answers.listen(self.browser)  # type: ignore[arg-type]

    def batches(self) -> list[tuple[Mapping[str, Any], list[dict[str, Any]], list[bytes]]]:
        """Body, rows and parts of each batch."""
        self.answers.flush()
        found = []
        for draft, _ in self.drafts:
            assert draft.type is EntryType.ANSWERS
            canonical(dict(draft.body))
            assert b"umbrella" not in canonical(dict(draft.body))
            (attachment,) = draft.attachments
            parts = [part.payload for part in attachment.content if isinstance(part, Part)]
            assert b"umbrella" not in parts[0]
            found.append((draft.body, json.loads(parts[0])["answers"], parts))
        return found


async def test_an_answer_has_its_times_its_parts_and_its_size() -> None:
    heard = Heard()
    browser = heard.browser
    browser.begins("r1", 50.0, request={"hasPostData": True, "postDataEntries": [{"bytes": "YT0x"}]}, size=9)
    browser.ends("r1", 50.25)
    browser.begins("r2", 51.0, size=3)
    browser.ends("r2", 51.5)
    await browser.give("r1", '{"库":1}')
    await browser.give("r2", b"\xff\x00\x01")
    ((body, (first, second), parts),) = heard.batches()
    assert body == {
        "answers": 2, "bytes": 12, "not_kept": 0, "not_exact": 0, "hosts": ["api.example"],
        "first_mono": "50250000000", "last_mono": "51500000000",
    }  # fmt: skip
    assert (first["url"], first["mono_asked"], first["mono_finished"]) == (
        "https://api.example/poll",
        "50000000000",
        "50250000000",
    )
    assert parts[first["address_part"]] == URL.encode()
    assert second["address_part"] == first["address_part"], "one address, one part"
    assert (parts[first["post_part"]], first["post_size"], first["post_sent_as"]) == (b"a=1", 3, "bytes")
    assert (parts[first["body_part"]], first["sent_as"], first["exact"]) == ('{"库":1}'.encode(), "text", True)
    assert (parts[second["body_part"]], second["sent_as"], second["post_part"]) == (b"\xff\x00\x01", "bytes", None)
    ((draft, ended),) = heard.drafts
    assert (draft.mono_ns, draft.wall_ns, ended) == (50_250_000_000, 1_700_000_050_250_000_000, 51_500_000_000)
    assert (heard.answers.answers, heard.lost) == (2, [])


async def test_nothing_heard_is_nothing_written() -> None:
    heard = Heard()
    assert heard.batches() == []
    assert heard.lost == []


async def test_only_so_many_bodies_are_asked_for_at_a_time() -> None:
    heard = Heard()
    for number in range(MAX_ASKED + 8):
        heard.browser.begins(str(number), 50.0)
        heard.browser.ends(str(number), 51.0)
    await asyncio.sleep(0)
    assert len(heard.browser.asked) == MAX_ASKED
    for number in range(MAX_ASKED + 8):
        await heard.browser.give(str(number), "{}")
        assert len(heard.browser.asked) <= MAX_ASKED
    ((_, rows, _),) = heard.batches()
    assert len(rows) == MAX_ASKED + 8


async def test_a_batch_closes_early_when_it_is_full() -> None:
    heard = Heard()
    for number in range(MAX_ANSWERS + 1):
        heard.browser.begins(str(number), 50.0)
        heard.browser.ends(str(number), 51.0)
        await heard.browser.give(str(number), "{}")
    assert [draft.body["answers"] for draft, _ in heard.drafts] == [MAX_ANSWERS]
    for number in range(3):
        heard.browser.begins(f"large{number}", 52.0, size=MAX_BODY)
        heard.browser.ends(f"large{number}", 53.0)
        await heard.browser.give(f"large{number}", "x" * MAX_BODY)
    assert len(heard.drafts) == 2
    assert int(heard.drafts[1][0].body["bytes"]) >= MAX_BYTES
    assert [len(rows) for _, rows, _ in heard.batches()] == [MAX_ANSWERS, 3, 1]


async def test_what_is_too_large_is_not_asked_for_but_listed_and_lost() -> None:
    heard = Heard()
    heard.browser.begins("r1", 50.0, size=MAX_BODY + 1)
    heard.browser.ends("r1", 51.0)
    await asyncio.sleep(0)
    assert heard.browser.asked == {}
    ((body, (row,), _),) = heard.batches()
    assert (row["size"], row["not_kept"], row["body_part"]) == (MAX_BODY + 1, f"over {MAX_BODY} bytes", None)
    assert (body["not_kept"], body["bytes"]) == (1, 0)
    assert heard.lost == [(1, MAX_BODY + 1, 50_000_000_000, {f"over {MAX_BODY} bytes": 1})]
    heard.answers.flush()
    assert len(heard.lost) == 1, "told once"


async def test_a_body_that_grew_beyond_the_limit_on_its_way_is_lost_too() -> None:
    heard = Heard()
    heard.browser.begins("r1", 50.0, size=10)
    heard.browser.ends("r1", 51.0)
    await heard.browser.give("r1", "好" * MAX_BODY)
    ((_, (row,), _),) = heard.batches()
    assert row["not_kept"] == f"over {MAX_BODY} bytes"
    assert len(heard.lost) == 1


async def test_a_refusal_of_the_browser_is_a_loss_with_its_words() -> None:
    heard = Heard()
    for number, error in enumerate(
        [CdpError("Request content was evicted from inspector cache"), CdpClosedError("gone")]
    ):
        heard.browser.begins(str(number), 50.0 + number, size=7)
        heard.browser.ends(str(number), 51.0)
        await heard.browser.give(str(number), error)
    ((_, rows, _),) = heard.batches()
    assert [row["not_kept"] for row in rows] == ["Request content was evicted from inspector cache", "gone"]
    assert [loss[:3] for loss in heard.lost] == [(2, 14, 50_000_000_000)]


async def test_a_request_that_was_given_up_before_anything_came_is_no_loss() -> None:
    heard = Heard()
    heard.browser.begins("r1", 50.0, size=0)
    heard.browser.fails("r1", 51.0)
    heard.browser.begins("r2", 50.0, size=5)
    heard.browser.fails("r2", 51.0)
    for number in ("r1", "r2"):
        await heard.browser.give(number, CdpError("No data found for resource with given identifier"))
    ((_, (empty, half), _),) = heard.batches()
    assert (empty["failed"], empty["size"], "not_kept" in empty) == ("net::ERR_ABORTED", 0, False)
    assert (half["failed"], half["size"], half["not_kept"]) == ("net::ERR_ABORTED", 5, "net::ERR_ABORTED")
    assert [loss[:2] for loss in heard.lost] == [(1, 5)]


async def test_an_empty_answer_is_kept_with_its_headers() -> None:
    heard = Heard()
    heard.browser.begins("r1", 50.0, size=0, headers={"Content-Length": "0", "bdturing-verify": "umbrella"})
    heard.browser.fails("r1", 51.0)  # what Chromium says when a script does not read it
    await heard.browser.give("r1", CdpError("No data found for resource with given identifier"))
    ((_, (row,), parts),) = heard.batches()
    assert ("failed" in row, parts[row["body_part"]], row["exact"]) == (False, b"", True)
    assert json.loads(parts[row["headers_part"]])["bdturing-verify"] == "umbrella"


async def test_headers_are_kept_of_errors_and_of_nothing_else() -> None:
    heard = Heard()
    for number, status in (("r1", 200), ("r2", 403)):
        heard.browser.begins(number, 50.0, status=status)
        heard.browser.ends(number, 51.0)
        await heard.browser.give(number, "{}")
    ((_, (fine, refused), _),) = heard.batches()
    assert (fine["headers_part"] is None, refused["headers_part"] is None) == (True, False)


async def test_a_redirect_is_one_exchange_with_its_last_address() -> None:
    heard = Heard()
    heard.browser.event("requestWillBeSent", "r1", 50.0, request={"url": "https://a.example/one"})
    heard.browser.event(
        "requestWillBeSent", "r1", 50.5, request={"url": "https://a.example/two"}, redirectResponse={"status": 302}
    )
    response = {"url": "https://a.example/two", "status": 200, "mimeType": "application/json", "headers": {}}
    heard.browser.event("responseReceived", "r1", 51.0, type="XHR", response=response)
    heard.browser.event("dataReceived", "r1", 51.0, dataLength=2)
    heard.browser.ends("r1", 51.5)
    await heard.browser.give("r1", "{}")
    ((_, (row,), _),) = heard.batches()
    assert (row["redirects"], row["mono_asked"], row["url"]) == (1, "50000000000", "https://a.example/two")


async def test_a_posted_body_that_the_event_leaves_out_is_asked_for() -> None:
    heard = Heard()
    heard.browser.posts = {"r1": {"postData": "umbrella", "base64Encoded": False}}
    for number in ("r1", "r2"):
        heard.browser.begins(number, 50.0, request={"hasPostData": True})
        heard.browser.ends(number, 51.0)
        await heard.browser.give(number, "{}")
    ((_, (known, unknown), parts),) = heard.batches()
    assert (parts[known["post_part"]], known["post_sent_as"], known["post_size"]) == (b"umbrella", "text", 8)
    assert (unknown["post_part"], unknown["post_sent_as"], unknown["post_size"]) == (None, None, None)


async def test_messages_of_an_event_source_are_rows_of_their_own() -> None:
    heard = Heard()
    heard.browser.event("requestWillBeSent", "e", 50.0, request={"url": URL})
    response = {"url": URL, "status": 200, "mimeType": "text/event-stream", "headers": {}}
    heard.browser.event("responseReceived", "e", 50.0, type="EventSource", response=response)
    heard.browser.event("dataReceived", "e", 50.0, dataLength=999)
    for second, content in ((51.0, "umbrella"), (52.0, "x" * (MAX_BODY + 1)), (53.0, "")):
        heard.browser.event("eventSourceMessageReceived", "e", second, eventName="tick", eventId="7", data=content)
    heard.answers.finish()
    ((_, rows, parts),) = heard.batches()
    assert [(row["message"], row["mono_finished"]) for row in rows] == [
        (1, "51000000000"), (2, "52000000000"), (3, "53000000000"),
    ]  # fmt: skip
    assert parts[rows[0]["body_part"]] == b"umbrella"
    assert json.loads(parts[rows[0]["name_part"]]) == {"event": "tick", "id": "7"}
    assert rows[1]["not_kept"] == f"over {MAX_BODY} bytes"
    assert parts[rows[2]["body_part"]] == b""
    assert [loss[:2] for loss in heard.lost] == [(1, MAX_BODY + 1)]


async def test_documents_share_no_entry() -> None:
    heard = Heard()
    heard.browser.begins("old", 50.0)
    heard.browser.ends("old", 50.5)
    heard.answers.finish()  # another document takes its place
    heard.browser.begins("new", 51.0)
    heard.browser.ends("new", 51.5)
    await heard.browser.give("new", "{}")
    await heard.browser.give("old", "{}")
    assert [[row["mono_finished"] for row in rows] for _, rows, _ in heard.batches()] == [
        ["50500000000"],
        ["51500000000"],
    ]


async def test_what_is_under_way_when_a_document_ends_is_lost_as_far_as_it_had_come() -> None:
    heard = Heard()
    heard.browser.begins("half", 50.0, size=5)
    heard.browser.begins("asked", 50.0, size=0)
    heard.answers.finish()
    ((_, (row,), _),) = heard.batches()
    assert (row["not_kept"], row["size"]) == ("cut short by the end of the page", 5)
    heard.browser.ends("half", 51.0)  # of a worker that lives on: it is listed already
    heard.browser.event("dataReceived", "asked", 51.0, dataLength=2)
    heard.browser.ends("asked", 51.0)
    await heard.browser.give("asked", "{}")
    assert sum(len(rows) for _, rows, _ in heard.batches()) == 2
    assert len(heard.lost) == 1


async def test_what_comes_after_the_page_has_left_is_dropped() -> None:
    heard = Heard()
    for number, second in (("kept", 50.0), ("before", 50.5), ("after", 52.0)):
        heard.browser.begins(number, 49.0)
        heard.browser.ends(number, second)
    heard.browser.begins("late", 52.5, size=4)
    await heard.browser.give("kept", "{}")
    heard.answers.leave(51_000_000_000)
    await heard.browser.give("before", '{"of":"ours"}')
    await heard.browser.give("after", '{"of":"theirs"}')
    heard.browser.ends("late", 53.0)
    heard.browser.begins("new", 54.0)
    heard.browser.ends("new", 55.0)
    await asyncio.sleep(0)
    assert heard.browser.asked == {}
    batches = heard.batches()
    assert [[(row["mono_finished"], row.get("not_kept")) for row in rows] for _, rows, _ in batches] == [
        [("50000000000", None)],
        [("50500000000", "the page left the room")],
    ]
    assert [loss[:2] for loss in heard.lost] == [(1, 2)]


async def test_what_had_come_after_the_last_good_look_is_a_batch_of_its_own() -> None:
    heard = Heard()
    for number, second in (("ours", 50.0), ("theirs", 52.0)):
        heard.browser.begins(number, 49.0)
        heard.browser.ends(number, second)
        await heard.browser.give(number, "{}")
    heard.answers.leave(51_000_000_000)
    assert [ended for _, ended in heard.drafts] == [50_000_000_000, 52_000_000_000]
    assert heard.lost == []


async def test_a_browser_that_dies_takes_what_it_held_with_it() -> None:
    heard = Heard()
    for number in range(MAX_ASKED + 1):
        heard.browser.begins(str(number), 50.0)
        heard.browser.ends(str(number), 51.0)
    heard.browser.begins("half", 50.0, size=5)
    await asyncio.sleep(0)
    heard.browser.closed.set()
    for task in heard.browser.tasks:
        task.cancel()
    await asyncio.gather(*heard.browser.tasks, return_exceptions=True)
    heard.answers.listen(Browser())  # type: ignore[arg-type]
    ((body, rows, _),) = heard.batches()
    assert body["not_kept"] == len(rows) == MAX_ASKED + 2
    ((answers, size, _, whys),) = heard.lost
    assert (answers, size) == (MAX_ASKED + 2, 2 * (MAX_ASKED + 1) + 5)
    assert whys == {"the browser was closed": MAX_ASKED, "the browser died": 2}


async def test_requests_that_are_never_answered_do_not_pile_up() -> None:
    heard = Heard()
    for number in range(5000):
        post = {"hasPostData": True, "postDataEntries": [{"bytes": b64encode(b"x" * 3000).decode()}]}
        heard.browser.event("requestWillBeSent", str(number), 50.0, request={"url": URL, **post})
    held = sum(len(exchange.post.content) for exchange in heard.answers._under_way.values() if exchange.post)
    assert len(heard.answers._under_way) <= 2000
    assert held <= (4 << 20) + (64 << 10)
    assert heard.batches() == []
