"""`verify`: everything recomputed from the bytes, as numbered checks (FORMAT.md section 9). Reads only.

It never imports what writes logs (an import contract); its report, its code and its tests use the same numbers.
"""

from evidence_store.verify.anchors import Trust
from evidence_store.verify.report import CHECKS, CheckResult, Finding, Report, Status
from evidence_store.verify.store import Progress, verify

__all__ = ["CHECKS", "CheckResult", "Finding", "Progress", "Report", "Status", "Trust", "verify"]
