"""Latency: each try of a call takes time on the mock's clock; the calling thread or task sleeps meanwhile."""

from __future__ import annotations

from datetime import timedelta

from emrs_mock._call import Answer, Call, Reply

OF_VIRTUAL_CALLS = timedelta(milliseconds=100)
"""The default with a virtual clock. Without it, a loop that polls without sleeping would never end."""


class Latency:
    """The layer that delays every reply."""

    def __init__(self, delay: timedelta) -> None:
        self._delay = delay

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        reply = proceed(call)
        return reply._replace(delay=reply.delay + self._delay)
