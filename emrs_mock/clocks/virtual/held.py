"""How long, really, a block lasts in which simulated time is held: for real work in a test. Nothing is held here."""

from __future__ import annotations

from datetime import timedelta

from emrs_mock.clocks.virtual.real_clock import Real


class Held:
    """A block in which time is held: it tells the real time, which the clocks of the process do not."""

    def __init__(self) -> None:
        self._began = Real.monotonic()
        self._took: float | None = None

    def end(self) -> None:
        """The block has ended."""
        self._took = Real.monotonic() - self._began

    @property
    def elapsed(self) -> timedelta:
        """For how long, really, the block has lasted so far; after its end, how long it lasted."""
        return timedelta(seconds=Real.monotonic() - self._began if self._took is None else self._took)
