"""What the test's author sees: records, calls, logs, events, metrics, timelines, reports, coverage, deliveries.

Everything here is derived from the simulation's records and changes, and changes nothing in it.
"""

from __future__ import annotations
