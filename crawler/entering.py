"""Opening a room's address, and what the site's server says to it (data path 2)."""

from __future__ import annotations

from playwright.async_api import Error, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from crawler.judgement import Ending, VisitEnd, refused
from crawler.platforms import RoomState

ENTER_SECONDS = 20.0  # for the room to answer, and again for it to show what it is


async def opened(page: Page, url: str) -> tuple[int | None, VisitEnd | None]:
    """The answer's HTTP status, and how a visit ends that can't begin; what the page shows is judged by looks."""
    try:
        response = await page.goto(url, wait_until="commit", timeout=ENTER_SECONDS * 1000)
    except PlaywrightTimeoutError:
        words = f"the room did not answer within {ENTER_SECONDS:g} s; check address and network"
        return None, VisitEnd(Ending.UNREACHABLE, RoomState.UNREACHABLE, words)
    except Error as error:
        why = str(error).splitlines()[0].split(" at ")[0]
        words = f"the room can't be reached: {why}; check address and network"
        return None, VisitEnd(Ending.UNREACHABLE, RoomState.UNREACHABLE, words)
    status = response.status if response else None
    if status is None or status < 400:
        return status, None
    state, hint = refused(status)
    return status, VisitEnd(Ending.UNREACHABLE, state, f"the room answered with HTTP status {status}; {hint}")
