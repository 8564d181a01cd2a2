"""``python -m crawler.simroom``: serve a simulated room from the command line."""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from .dialects import DIALECTS
from .fields import ScenarioError
from .kinds import ChatSocket, Transport
from .lettering import MissingFont
from .server import run


def main() -> int:
    """Parse the command line and serve; exit codes as in the README (2 wrong usage, 3 something is missing)."""
    parser = argparse.ArgumentParser(
        prog="python -m crawler.simroom", description="Serve a simulated live room with ground truth."
    )
    parser.add_argument("--scenario", default="default", help="name of one that ships, or a YAML file")
    parser.add_argument("--seed", type=int, help="instead of the scenario's own")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--media", choices=get_args(Transport), help="how the page gets video and sound")
    parser.add_argument("--chat", choices=get_args(ChatSocket), help="what opens the chat socket")
    parser.add_argument("--dialect", choices=sorted(DIALECTS), help="speak as this site does (default: as none)")
    given = parser.parse_args()
    try:
        run(
            given.scenario,
            host=given.host,
            port=given.port,
            seed=given.seed,
            media=given.media,
            chat=given.chat,
            dialect=given.dialect,
        )
    except ScenarioError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (MissingFont, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
