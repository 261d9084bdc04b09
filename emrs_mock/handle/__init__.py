"""The handle of a mock, `EMRServerless`, which connects the clock, the simulation, the operations and the other rooms.

How a mock is entered and left is in `activation`.
"""

from __future__ import annotations
