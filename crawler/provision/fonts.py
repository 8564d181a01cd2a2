"""Fonts: without a Chinese one 弹幕 are boxes, in the page and in each picture that we keep; the same with emoji."""

from __future__ import annotations

import subprocess
from pathlib import Path

from crawler.provision.piece import Say, StepResult
from crawler.provision.system import System, apt_install, apt_remedy

PACKAGES = ("fontconfig", "fonts-noto-cjk", "fonts-noto-color-emoji")
_QUERIES = {"Chinese": ":lang=zh", "emoji": ":lang=und-zsye"}
_MAC_FONTS = {
    "Chinese": ("PingFang.ttc", "Hiragino Sans GB.ttc", "STHeiti Light.ttc"),
    "emoji": ("Apple Color Emoji.ttc",),
}
_MAC_FOLDER = Path("/System/Library/Fonts")


def look(system: System) -> StepResult:
    """Which fonts are there (about 20 ms); a result that is not ok carries the command that mends it."""
    found: dict[str, str] = {}
    for kind, query in _QUERIES.items():
        family = _mac_font(kind) if system.distribution == "macos" else _family(query)
        if family is None:
            return StepResult("fonts", ok=False, found=f"no {kind} font", remedy=_remedy(system))
        found[kind] = family
    return StepResult("fonts", ok=True, found=", ".join(f"{kind}: {family}" for kind, family in found.items()))


def bring(system: System, say: Say) -> StepResult:
    """`look`, and install the fonts where some are missing and we may."""
    result = look(system)
    if result.ok or system.apt is None:
        return result
    say(f"fonts: {result.found}; installing {', '.join(PACKAGES)} by apt-get (about 70 MB)")
    why = apt_install(system, *PACKAGES)
    if why:
        return StepResult("fonts", ok=False, found=f"{result.found}; apt-get: {why}", remedy=_remedy(system))
    return look(system)


def _family(pattern: str) -> str | None:
    try:
        # No check of the return code: fc-list answers 0 or 1 when nothing matches, depending on its version.
        listed = subprocess.run(["fc-list", pattern, "family"], capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        return None  # no fontconfig, no fonts that a browser would find
    families = {line.split(",")[0] for line in listed.stdout.splitlines() if line.strip()}
    # One is named, for people to read: of a family with a cut per region, the mainland's.
    return min(families, key=lambda family: (not family.endswith(" SC"), family), default=None)


def _mac_font(kind: str) -> str | None:
    return next((name.split(".")[0] for name in _MAC_FONTS[kind] if (_MAC_FOLDER / name).exists()), None)


def _remedy(system: System) -> str:
    if system.distribution == "macos":
        return "softwareupdate --install --all"
    if system.distribution in {"fedora", "rhel", "centos"}:
        return "sudo dnf install fontconfig google-noto-sans-cjk-fonts google-noto-color-emoji-fonts"
    return apt_remedy(*PACKAGES)
