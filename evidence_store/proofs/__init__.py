"""Proof files: what shows one thing of a store to somebody who has neither the store nor our software.

`gather` reads what is needed out of a store, `folder` writes it down, `check` checks a folder (FORMAT.md section 12).
Nothing here writes to a store, and nothing imports what does.
"""
