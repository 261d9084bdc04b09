"""What the test's author can read: records, calls, logs, events, metrics, timelines, reports, coverage, deliveries.

Everything here is computed from the records and changes of the simulation, and modifies nothing in it.
"""

from __future__ import annotations
