"""Tokens that came while a verification ran: a log that is being written may name one that its register walk missed."""

from __future__ import annotations

from evidence_store.databases.seam import Databases
from evidence_store.entries import REPLY_ROLE, EntryType
from evidence_store.reader import LogReader


class NewerTokens:
    """Replies (BLAKE3) of tokens in the register from index `seen` on; looked for when one is asked for, and each time.

    They were not checked: that is for the next verification, as all is that came after this one began.
    """

    def __init__(self, databases: Databases, seen: int) -> None:
        self._databases = databases
        self._seen = seen

    def __contains__(self, reply: str) -> bool:
        """Raises StoreError."""
        with LogReader(self._databases.register("ro")) as reader:
            return any(
                blob.role == REPLY_ROLE and blob.blake3 == reply
                for entry in reader.entries(self._seen, {EntryType.ANCHOR_TOKEN})
                for blob in entry.blobs
            )
