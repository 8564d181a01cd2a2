"""清洁性检查: the state of this machine and network before a watch, as one `preflight` entry (data path 2).

Everything is asked in parallel and has `LIMIT_SECONDS` at most; what can't be reached is the value "not reachable",
never an error. Digests of large files follow as `preflight.more`. Names of logged-in users, addresses and hosts bytes
lie in parts, so that a copy can withhold them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import shutil
import socket
import threading
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import dns.exception
import dns.resolver
import ntplib
import psutil
from blake3 import blake3
from cryptography.hazmat.primitives import hashes

import crawler
from crawler.browser import Browser
from crawler.clock import Clock
from evidence_store.entries import JSON, Attachment, Draft, EntryType, Part

LIMIT_SECONDS = 1.8
NOT_REACHABLE = "not reachable"
NTP_SERVERS = ("ntp.ntsc.ac.cn", "ntp.aliyun.com", "pool.ntp.org")  # the first is the national time service centre's
PACKAGES = ("crawler", "evidence_store", "spiders")  # our own code, by name: imports go one way
HOSTS = Path("/etc/hosts")
MAX_HOSTS = 1 << 20


async def preflight(clock: Clock, browser: Browser, url: str, store: Path) -> Draft:
    """The `preflight` entry for a room's address; takes at most `LIMIT_SECONDS` and a little."""
    at = clock.now()
    host = urlsplit(url).hostname or ""
    asked: dict[str, Callable[[], JSON]] = {
        "system": _system,
        "time": _time_offset,
        "dns": lambda: _dns(host),
        "route": lambda: _route(host),
        "proxy": _proxy,
        "disk": lambda: _disk(store),
        "code": code_digest,
        "lock": _lock_digest,
    }
    answers = dict(zip(asked, await asyncio.gather(*(_within(ask) for ask in asked.values())), strict=True))
    browser_facts = await _browser(browser)
    private = {"users": sorted({u.name for u in psutil.users()}), "host": socket.gethostname(), "pid": os.getpid()}
    attachments = [
        Attachment(
            "private", "application/vnd.livewitness.parts", (Part(_json(private)), Part(_json(answers["route"])))
        ),
    ]
    hosts = await asyncio.to_thread(_hosts)
    if hosts is not None:
        attachments.append(Attachment("hosts", "application/vnd.livewitness.parts", (Part(hosts),)))
    answers["route"] = "in part 1 of `private`"
    body: dict[str, JSON] = {
        **answers,
        "browser": browser_facts,
        "seat": {"kind": browser.seat.kind, "extensions": []},
        "tool": {"name": "livewitness", "version": version("livewitness")},
        "egress": "not asked: no outside service is used",
    }
    return Draft(EntryType.PREFLIGHT, at.wall_ns, at.mono_ns, body, tuple(attachments))


async def preflight_more(clock: Clock, browser: Browser) -> Draft:
    """The slow digests: the browser's binary (about 250 MB)."""
    at = clock.now()
    digests = await asyncio.to_thread(_file_digests, browser.executable)
    body: dict[str, JSON] = {"browser_binary": {"name": browser.executable.name, **digests}}
    return Draft(EntryType.PREFLIGHT_MORE, at.wall_ns, at.mono_ns, body)


def code_digest() -> JSON:
    """BLAKE3 over the names and bytes of our own source files, in sorted order."""
    hasher = blake3()
    count = 0
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            continue
        root = Path(spec.submodule_search_locations[0])
        for file in sorted(root.rglob("*.py")):
            name = f"{root.name}/{file.relative_to(root).as_posix()}"
            hasher.update(len(name).to_bytes(4)).update(name.encode())
            content = file.read_bytes()
            hasher.update(len(content).to_bytes(8)).update(content)
            count += 1
    return {"files": count, "blake3": hasher.hexdigest()}


def _answer(answer: asyncio.Future[JSON], value: JSON) -> None:
    if not answer.done():
        answer.set_result(value)


async def _within(ask: Callable[[], JSON]) -> JSON:
    """Ask in a thread of its own; its time is limited, its refusal a value.

    A daemon thread: a name look-up can't be cancelled, and the watch's end must not wait for one.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[JSON] = loop.create_future()

    def run() -> None:
        try:
            value = ask()
        except Exception as error:  # noqa: BLE001 - what can't be found out is a value of the preflight, with its reason
            value = {"value": NOT_REACHABLE, "why": f"{type(error).__name__}: {error}"[:200]}
        with contextlib.suppress(RuntimeError):  # the watch is over, and its loop closed
            loop.call_soon_threadsafe(_answer, answer, value)

    threading.Thread(target=run, daemon=True, name="preflight").start()
    try:
        return await asyncio.wait_for(answer, LIMIT_SECONDS)
    except TimeoutError:
        return NOT_REACHABLE


def _system() -> JSON:
    boot = Path("/proc/sys/kernel/random/boot_id")
    return {
        "os": platform.platform(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "boot_id": boot.read_text().strip() if boot.exists() else None,
        "booted": int(psutil.boot_time()),
        "processes": len(psutil.pids()),
    }


def _time_offset() -> JSON:
    """Offset of this clock against each time server that answers, seconds (positive: we are behind)."""
    answers: list[JSON] = []
    client = ntplib.NTPClient()
    for server in NTP_SERVERS:
        try:
            reply = client.request(server, version=3, timeout=0.5)
        except (OSError, ntplib.NTPException) as error:
            answers.append({"server": server, "offset": NOT_REACHABLE, "why": str(error)[:120]})
        else:
            answers.append({"server": server, "offset": round(reply.offset, 6), "delay": round(reply.delay, 6),
                            "root_dispersion": round(reply.root_dispersion, 6), "stratum": reply.stratum})  # fmt: skip
    return answers


def _dns(host: str) -> JSON:
    resolver = dns.resolver.Resolver()
    facts: dict[str, JSON] = {"servers": [str(server) for server in resolver.nameservers]}
    if not host or host.replace(".", "").isdigit() or ":" in host:
        return facts | {"answers": "the address names no host"}
    try:
        facts["system"] = sorted({str(info[4][0]) for info in socket.getaddrinfo(host, None)})
    except OSError as error:
        facts["system"] = {"value": NOT_REACHABLE, "why": str(error)}
    try:
        resolver.lifetime = 1.2
        facts["answers"] = sorted(str(answer) for answer in resolver.resolve(host, "A"))
    except dns.exception.DNSException as error:
        facts["answers"] = {"value": NOT_REACHABLE, "why": str(error)[:200]}
    return facts


def _route(host: str) -> JSON:
    """Our own address towards the room (no packet is sent), and the routing table as the kernel gives it."""
    facts: dict[str, JSON] = {}
    table = Path("/proc/net/route")
    facts["table"] = table.read_text()[:20_000] if table.exists() else NOT_REACHABLE
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((host, 9))
            facts["from"] = probe.getsockname()[0]
    except OSError as error:
        facts["from"] = {"value": NOT_REACHABLE, "why": str(error)}
    return facts


def _proxy() -> JSON:
    """Proxy settings of this process; user names and passwords in them are cut."""
    return {
        scheme: f"{urlsplit(value).hostname or value.rpartition('@')[2]}:{urlsplit(value).port or ''}"
        for scheme, value in sorted(getproxies().items())
    }


def _disk(store: Path) -> JSON:
    usage = shutil.disk_usage(store if store.exists() else store.parent)
    return {"total": usage.total, "free": usage.free}


def _hosts() -> bytes | None:
    return HOSTS.read_bytes()[:MAX_HOSTS] if HOSTS.is_file() else None


def _lock_digest() -> JSON:
    lock = Path(crawler.__file__).parent.parent / "requirements.lock"
    if not lock.is_file():
        return "not installed from a checkout: no requirements.lock beside the code"
    return {"file": lock.name, "blake3": blake3(lock.read_bytes()).hexdigest()}


async def _browser(browser: Browser) -> dict[str, JSON]:
    assert browser.cdp is not None  # noqa: S101 - called on a started browser
    answer: dict[str, Any] = await browser.cdp.send("Browser.getVersion")
    return {
        "product": answer["product"],
        "revision": answer["revision"],
        "user_agent": answer["userAgent"],
        "protocol": answer["protocolVersion"],
        "binary": browser.executable.name,
        "debugging": "loopback port, open to programs of this machine while the watch runs",
    }


def _file_digests(file: Path) -> dict[str, JSON]:
    sha = hashes.Hash(hashes.SHA256())
    blake = blake3()
    size = 0
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            blake.update(block)
            sha.update(block)
            size += len(block)
    return {"size": size, "blake3": blake.hexdigest(), "sha256": sha.finalize().hex()}


def _json(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
