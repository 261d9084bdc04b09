"""Process-wide simulated time: what steers it, what obeys it, and where the system clock reads the time of day."""

from __future__ import annotations
