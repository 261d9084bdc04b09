"""What the test's author decides: rules, endings, handlers, faults, quotas, latency, arranged records, snapshots.

How things go on from there in time is in `sim`, what the author sees of it in `observation`.
"""

from __future__ import annotations
