"""The ways into and out of a mock: decorator, `with`, `async with`, start and stop; and which mock is active where.

What an active mock is and does is in `handle`.
"""

from __future__ import annotations
