"""The ways into a mock: decorator, `with`, `async with`, start and stop.

`mock` has the object with all doors, `functions` and `classes` what decorating one means. What a mock is stands in
`_mock`, which mock is active where in `_active`.
"""

from __future__ import annotations

from emrs_mock._doors.mock import Mock
from emrs_mock._options import Options

__all__ = ["Mock", "mock_emr_serverless"]

mock_emr_serverless = Mock(Options())
"""All doors in one: bare decorator, decorator with options, `with`, `async with`, `.start()` and `.stop()`."""
