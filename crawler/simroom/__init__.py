"""A simulated live room with ground truth: for the demo, the benchmarks and the end-to-end tests.

It imports nothing else of this project, so it can't agree with us by construction. Start reading at ``server.py``;
what ``GET /truth.json`` says is written down in ``TRUTH.md``. The page shapes and wire formats of real sites are in
``dialects/`` (``DIALECTS.md``).
"""
