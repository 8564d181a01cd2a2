"""The browser: launched by Playwright on a profile folder of its own, watched over a raw DevTools socket (data path 2).

Ownership: one `Browser` per room and process. It owns the profile folder when that is fresh (deleted at the end), the
Playwright driver, the browser's processes and the DevTools connection. The debugging port is loopback, chosen by the
browser, and closed with it; it is not authenticated against other programs of this machine (written to the preflight).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import psutil
from playwright.async_api import BrowserContext, Error, Page, Playwright, async_playwright

from crawler.cdp import CdpConnection
from crawler.exits import ExitCode, LiveWitnessError

VIEWPORT = {"width": 1280, "height": 720}  # CSS pixels; what the costs in the README were measured at
ARGUMENTS = (
    "--remote-debugging-port=0",  # beside Playwright's pipe; the browser picks a free loopback port
    "--autoplay-policy=no-user-gesture-required",  # a live room plays by itself
    "--disable-quic",  # one transport, so that addresses and certificates in the network facts are TCP/TLS
)
CLOSE_SECONDS = 1.5
SEAT_PREFIX = "livewitness-seat-"  # then the process id of its owner


class BrowserLaunchError(LiveWitnessError):
    """The browser is there but does not start."""

    exit_code = ExitCode.MISSING


@dataclass(frozen=True, slots=True)
class Seat:
    """Who is looking: a fresh empty profile (a guest), or a profile that a person named and may have logged in."""

    name: str | None = None

    @property
    def kind(self) -> str:
        return "guest-fresh" if self.name is None else "named profile"

    def folder(self) -> Path:
        if self.name is None:
            _sweep(Path(tempfile.gettempdir()))
            return Path(tempfile.mkdtemp(prefix=f"{SEAT_PREFIX}{os.getpid()}-"))
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
        folder = base / "livewitness" / "profiles" / self.name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


class Browser:
    """A running browser with one page. Async context manager; every call at the end has a time limit."""

    def __init__(self, executable: Path, seat: Seat, *, headed: bool = False) -> None:
        self.executable = executable
        self.seat = seat
        self._headed = headed
        self._folder: Path | None = None
        self._driver: Playwright | None = None
        self._context: BrowserContext | None = None
        self._children: list[psutil.Process] = []
        self.cdp: CdpConnection | None = None
        self.died = asyncio.Event()

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BrowserLaunchError:
            await self.close()
            raise
        except Exception as error:  # sorted out two lines below; whatever it is, no process may stay behind
            await self.close()
            # Playwright raises a bare Exception when its driver dies under it; any other kind is a fault of ours.
            if not isinstance(error, Error | aiohttp.ClientError | OSError) and type(error) is not Exception:
                raise
            msg = f"the browser {self.executable} died while it started ({error}); type: livewitness doctor"
            raise BrowserLaunchError(msg) from error
        except BaseException:  # cancelled: no process or profile may stay behind
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def page(self) -> Page:
        """The page to navigate; the first of the profile."""
        if self._context is None or not self._context.pages:
            msg = "the browser has no page"
            raise BrowserLaunchError(msg)
        return self._context.pages[0]

    async def new_page(self) -> Page:
        """Put a new page in the place of one that crashed (a crashed page can't navigate any more)."""
        assert self._context is not None  # noqa: S101 - only called on a started browser
        fresh = await self._context.new_page()
        for page in self._context.pages:
            if page is not fresh:
                with contextlib.suppress(Error, TimeoutError):
                    await asyncio.wait_for(page.close(), CLOSE_SECONDS)
        return fresh

    def processes(self) -> list[psutil.Process]:
        """The browser's processes that are alive (for costs and for the orderly end)."""
        return [p for p in self._children if p.is_running()] + [
            c for p in self._children if p.is_running() for c in _children(p)
        ]

    async def _start(self) -> None:
        self._folder = self.seat.folder()
        port_file = self._folder / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        before = {p.pid for p in _children(psutil.Process())}
        self._driver = await async_playwright().start()
        try:
            self._context = await self._driver.chromium.launch_persistent_context(
                self._folder,
                executable_path=self.executable,
                headless=not self._headed,
                args=list(ARGUMENTS),
                # A room is a stranger's page: the sandbox stays on wherever it can (Chromium refuses it to root).
                chromium_sandbox=os.geteuid() != 0,
                viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]},
                # We drain before the browser ends; Playwright would end it first.
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
                accept_downloads=False,
                timeout=20_000,
            )
        except Error as error:
            first = str(error).strip().splitlines()[0]
            msg = f"the browser {self.executable} does not start: {first}; type: livewitness doctor"
            raise BrowserLaunchError(msg) from error
        self._context.on("close", lambda _: self.died.set())
        self._children = [p for p in _children(psutil.Process()) if p.pid not in before]
        port, path = await _active_port(port_file)
        self.cdp = await CdpConnection(f"ws://127.0.0.1:{port}{path}").__aenter__()

    async def close(self) -> None:
        """End everything within a few seconds, by force where it does not end by itself."""
        alive = self.processes()
        if self._context is not None:
            with contextlib.suppress(Error, TimeoutError):
                await asyncio.wait_for(self._context.close(), CLOSE_SECONDS)
            self._context = None
        if self._driver is not None:
            with contextlib.suppress(Error, TimeoutError):
                await asyncio.wait_for(self._driver.stop(), CLOSE_SECONDS)
            self._driver = None
        if self.cdp is not None:
            await self.cdp.close()  # after the browser: without us a page that was held still would run again
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        await asyncio.to_thread(psutil.wait_procs, alive, 1)
        if self._folder is not None and self.seat.name is None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            self._folder = None


def _sweep(folder: Path) -> None:
    """Delete fresh profiles whose process was killed: they hold what a guest saw."""
    for left in folder.glob(f"{SEAT_PREFIX}*"):
        owner = left.name.removeprefix(SEAT_PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


async def _active_port(file: Path) -> tuple[int, str]:
    """Port and path of the DevTools socket, which Chromium writes into its profile when it listens."""
    for _ in range(100):
        with contextlib.suppress(FileNotFoundError, ValueError):
            port, path = (await asyncio.to_thread(file.read_text)).split("\n")[:2]
            return int(port), path
        await asyncio.sleep(0.05)
    msg = "the browser opened no DevTools port within 5 s; type: livewitness doctor"
    raise BrowserLaunchError(msg)
