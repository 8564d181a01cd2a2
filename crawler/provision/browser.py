"""Which browser sits in the room: the first of a fixed order that proves itself (see `probe`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from crawler.provision.piece import MissingPiece, Say, StepResult, own_command
from crawler.provision.probe import NO_SANDBOX, Probe, playwright_build, probe
from crawler.provision.record import BrowserRecord, load, record_of, save
from crawler.provision.system import System, apt_install, apt_remedy

OVERRIDE = "LIVEWITNESS_BROWSER"
DOWNLOAD_SECONDS = 900
RECHECK_SECONDS = 90
NOTHING_FOUND = "no Chrome, Chromium or Edge on this machine"

# Debian's and Fedora's real binaries before the names on the path: those are wrappers that add flags (and keys) of
# their own, and we want to know what runs.
_LINUX_PLACES = (
    "/opt/google/chrome/chrome",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/opt/microsoft/msedge/msedge",
)
_LINUX_NAMES = ("google-chrome", "chromium", "chromium-browser", "microsoft-edge")
# With the small set-uid program that gives the browser its sandbox where user namespaces are off.
_APT = ("chromium", "chromium-sandbox")
_MAC_APPS = ("Google Chrome", "Chromium", "Microsoft Edge")


def browser_executable() -> Path:
    """The browser that set-up chose: under 1 ms, unless its file changed (an update); then it is tried again, 5 s.

    `$LIVEWITNESS_BROWSER` wins over what is recorded, and is tried when it is not what is recorded.

    Raises:
        MissingPiece: set-up was not run, or the browser is gone, or it no longer does what rooms ask.
    """
    record = load().browser
    wanted = os.environ.get(OVERRIDE) or (record.path if record else None)
    if wanted is None:
        what = "no browser chosen yet"
        raise MissingPiece(what, own_command("setup"))
    if record is not None and record.path == wanted and record.unchanged():
        return Path(wanted)
    # In a process of its own: the caller may be inside an event loop, where synchronous Playwright refuses to run.
    command = [sys.executable, "-m", "crawler.provision.browser", wanted]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=RECHECK_SECONDS)
    except subprocess.TimeoutExpired:
        what = f"the browser {wanted} changed, and trying it again took over {RECHECK_SECONDS} s"
        raise MissingPiece(what, own_command("setup")) from None
    if tried.returncode != 0:
        lines = (tried.stdout + tried.stderr).strip().splitlines()
        what = f"the browser {wanted} will not do: {lines[-1] if lines else 'it could not be tried'}"
        raise MissingPiece(what, own_command("setup"))
    return Path(wanted)


def bring(system: System, say: Say) -> StepResult:
    """Find, or install, a browser that proves itself, and record it. Tries nothing that is recorded and unchanged."""
    record = load().browser
    override = os.environ.get(OVERRIDE)
    if record is not None and record.unchanged() and override in {None, "", record.path}:
        return StepResult("browser", ok=True, found=_shown(record))
    if override:
        return _override(Path(override), say)
    tried: list[Probe] = []
    if (found := _first_good(_on_machine(system), tried, say)) is not None:
        return found
    say("browser: none on this machine will do; asking Playwright for its own Chromium (about 170 MB)")
    why_not = _playwright_install()
    if not why_not and (found := _first_good([playwright_build()], tried, say)) is not None:
        return found
    if system.apt is not None and system.has_chromium_package:
        say("browser: installing chromium by apt-get (about 110 MB)")
        why_apt = apt_install(system, *_APT)
        if not why_apt and (found := _first_good([Path("/usr/lib/chromium/chromium")], tried, say)) is not None:
            return found
        why_not += f"; apt-get: {why_apt or 'done'}"
    seen = "; ".join(f"{one.path} {one.why}" for one in tried) or NOTHING_FOUND
    sandbox = any(NO_SANDBOX in one.why for one in tried)
    remedy = _sandbox_remedy(system) if sandbox else _remedy(system)
    return StepResult("browser", ok=False, found=f"{seen}; Playwright: {why_not or 'done'}", remedy=remedy)


def none_at_all(system: System) -> StepResult | None:
    """A failed step when there is not even a browser to try; None when there are some. Launches nothing."""
    if _on_machine(system) or os.environ.get(OVERRIDE):
        return None
    return StepResult("browser", ok=False, found=NOTHING_FOUND, remedy=_remedy(system))


def look() -> StepResult:
    """What is recorded, and whether it still stands. Launches nothing."""
    record = load().browser
    override = os.environ.get(OVERRIDE)
    if override and (record is None or record.path != override):
        found = f"{OVERRIDE}={override} has not been tried yet"
        return StepResult("browser", ok=False, found=found, remedy=own_command("setup"))
    if record is None:
        return StepResult("browser", ok=False, found="none chosen yet", remedy=own_command("setup"))
    if not record.unchanged():
        found = f"{record.path} is gone, or changed since it was tried"
        return StepResult("browser", ok=False, found=found, remedy=own_command("setup"))
    return StepResult("browser", ok=True, found=_shown(record))


def _shown(record: BrowserRecord) -> str:
    return f"{record.path} {record.version}"


def _try(path: Path, say: Say) -> Probe:
    say(f"browser: trying {path} (launch, H.264 with AAC, 弹幕, emoji)")
    tried = probe(path)
    if tried.ok:
        save(replace(load(), browser=record_of(path, tried.version)))
    return tried


def _override(path: Path, say: Say) -> StepResult:
    """A browser that a person asked for: no other one in its place."""
    tried = _try(path, say)
    if tried.ok:
        return StepResult("browser", ok=True, found=f"{path} {tried.version}")
    return StepResult("browser", ok=False, found=f"{OVERRIDE}={path} {tried.why}", remedy=f"unset {OVERRIDE}")


def _first_good(paths: list[Path], tried: list[Probe], say: Say) -> StepResult | None:
    """The first that will do, or None; adds each one tried to `tried`."""
    for path in paths:
        last = _try(path, say)
        tried.append(last)
        if last.ok:
            return StepResult("browser", ok=True, found=f"{path} {last.version}")
        say(f"browser: {path} {last.why}")
    return None


def _on_machine(system: System) -> list[Path]:
    if system.distribution == "macos":
        folders = (Path("/Applications"), Path.home() / "Applications")
        places = [folder / f"{app}.app/Contents/MacOS/{app}" for app in _MAC_APPS for folder in folders]
    else:
        places = [Path(place) for place in _LINUX_PLACES]
        places += [Path(found) for name in _LINUX_NAMES if (found := shutil.which(name)) is not None]
    return [place for place in [*places, playwright_build()] if place.exists()]


def _playwright_install() -> str:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DOWNLOAD_SECONDS)
    except subprocess.TimeoutExpired:
        return f"not fetched within {DOWNLOAD_SECONDS} s"
    if done.returncode == 0:
        return ""
    lines = [line for line in done.stderr.splitlines() if "rror" in line]
    return f"could not be fetched ({lines[0].strip() if lines else f'ended with {done.returncode}'})"


def _remedy(system: System) -> str:
    if system.distribution == "macos":
        return "brew install --cask google-chrome"
    if system.has_chromium_package:
        return apt_remedy(*_APT)
    return f"{sys.executable} -m playwright install --with-deps chromium"


def _sandbox_remedy(system: System) -> str:
    if system.has_chromium_package:
        return apt_remedy("chromium-sandbox")
    if system.distribution == "ubuntu":
        return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    return "sudo sysctl -w user.max_user_namespaces=15000"


def _retry(path: Path) -> int:
    """The other end of `browser_executable`: 0 when `path` will do (and is recorded), else 1 and the reason."""
    tried = _try(path, lambda _: None)
    if tried.why:
        sys.stdout.write(f"{tried.why}\n")
    return int(not tried.ok)


if __name__ == "__main__":
    sys.exit(_retry(Path(sys.argv[1])))
