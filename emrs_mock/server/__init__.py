"""A mock over HTTP: clients in any language, in this process or another, reach it by a URL.

HTTP itself is h11's and asyncio's. What a call means is in `operations`; how a request is read and an answer written is
`wire`'s, the same as for botocore's clients in this process.
"""

from __future__ import annotations
