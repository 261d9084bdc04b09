"""What the test's author decides: rules, endings, handlers, faults, quotas, latency, arranged records, snapshots.

What the simulation does with these decisions is in `sim`; what the author can read afterwards is in `observation`.
"""

from __future__ import annotations
