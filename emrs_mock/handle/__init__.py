"""The handle of a mock, `EMRServerless`: what joins clock, simulation, operations, scenario and observation.

How a mock is entered and left is in `activation`.
"""

from __future__ import annotations
