"""Readers of what sites send: hostile bytes in, values with their places out, or one error (`Undecodable`).

Pure and bounded: whatever up to 4 MiB comes in, no other exception, no hang, and under 64 MB of memory. Fuzzed by
`tests/benchmarks/fuzz_wire.py`; what it ever found stands in `tests/golden/wire`.
"""

from crawler.platforms.wire.bilibili import Packet, packets
from crawler.platforms.wire.inflate import Kind, gunzip, inflated, sniff, unbrotli, unzlib
from crawler.platforms.wire.json_text import Parsed, b64, parse, parse_jsonp, parsed, unwrapped
from crawler.platforms.wire.message import Message
from crawler.platforms.wire.protobuf import Field, fields
from crawler.platforms.wire.undecodable import Flaw, Undecodable

__all__ = [
    "Field",
    "Flaw",
    "Kind",
    "Message",
    "Packet",
    "Parsed",
    "Undecodable",
    "b64",
    "fields",
    "gunzip",
    "inflated",
    "packets",
    "parse",
    "parse_jsonp",
    "parsed",
    "sniff",
    "unbrotli",
    "unwrapped",
    "unzlib",
]
