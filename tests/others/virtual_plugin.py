"""A plugin of pytest: every test of a suite that knows nothing of us runs inside a virtual mock."""

from __future__ import annotations

import pytest

from emrs_mock import mock_emr_serverless


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """Live in simulated time from the set-up of a test to the end of its tear-down."""
    with mock_emr_serverless(clock="virtual"):
        return (yield)
