"""Latency: each try of a call takes a while on the mock's clock, slept by the thread or task that calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from emrs_mock._call import Answer, Call, Reply

OF_VIRTUAL_CALLS = timedelta(milliseconds=100)
"""What a call takes when time is virtual and nobody says otherwise: a loop that polls without sleeping must end."""


class Latency:
    """The layer that lets every reply come later."""

    def __init__(self, delay: timedelta) -> None:
        self._delay = delay

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        reply = proceed(call)
        return replace(reply, delay=reply.delay + self._delay)
