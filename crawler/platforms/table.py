"""What `livewitness platforms` prints: each site, what is kept and decoded there, what is not possible and why."""

from __future__ import annotations

import textwrap
from dataclasses import asdict

from crawler.platforms.registry import GENERIC, SITES

WIDTH = 118
_ROWS = (
    ("kept", "kept"),
    ("decoded", "decoded"),
    ("not possible", "not_possible"),
    ("logging in", "login"),
)


def platforms_json() -> list[dict[str, object]]:
    """Each site with its name and hosts, then the members of `About`."""
    return [{"name": site.name, "hosts": list(site.hosts), **asdict(site.about)} for site in (*SITES, GENERIC)]


def platforms_text() -> str:
    """A paragraph for each site, for a terminal."""
    lines: list[str] = []
    for site in (*SITES, GENERIC):
        hosts = f" ({', '.join(site.hosts)})" if site.hosts else ""
        lines.append(f"{site.about.title}{hosts}")
        about = asdict(site.about)
        for name, member in _ROWS:
            lines += _row(name, about[member])
        for figure, means in site.about.figures.items():
            lines += _row(f"\u201c{figure}\u201d", means)
        lines.append("")
    return "\n".join(lines).rstrip()


def _row(name: str, text: str) -> list[str]:
    return textwrap.wrap(f"{name}: {text}", WIDTH, initial_indent="  ", subsequent_indent="      ")
