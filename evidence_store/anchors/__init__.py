"""Anchors: what outside authorities say about the register (FORMAT.md section 10). Pure rules, and I/O at the rim.

`settings`: which authorities are asked. `timestamps`: what a reply is worth, when it comes and years later.
`authority`: asking one over HTTP. `revocation`: whether its certificates were revoked. `openssl`: the second opinion.
"""
