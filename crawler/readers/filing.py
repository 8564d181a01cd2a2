"""How a reading log is filed: under case and room of the capture log that it reads, and by what it reads."""

from __future__ import annotations

from evidence_store.store import Store

MESSAGES = "messages"  # `source` in the first entry of a run over frames and answers
UNFILED = "unfiled"  # the case of a session that was given none


def filed(store: Store, capture_log: str) -> tuple[str, str]:
    """Case and room of the capture log, as far as they were not erased."""
    for summary in store.logs():
        if summary.log == capture_log:
            return summary.case or UNFILED, summary.subject or ""
    return UNFILED, ""
