"""The clocks of a mock: system, manual and virtual, and moving time until a record is in a state.

What happens when time moves is in `sim`.
"""

from __future__ import annotations
