"""What a rule notes for messages: why it has decided nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emrs_mock.scenario.revocable import Registry, Revocable, written

MAX_NOTED = 10
"""The number of job runs for which a rule notes why it did not decide about them."""


class Noting(Revocable):
    """A rule as its author wrote it, with notes about the job runs that it did not decide about."""

    def __init__(self, registry: Registry[Any], matchers: Mapping[str, Any]) -> None:
        super().__init__(registry)
        self._matchers = matchers
        self._unmatched: Mapping[str, str] = {}
        """By the ids of the first job runs, the reason."""
        self.matched = 0
        """The number of job runs about which the rule has decided something."""

    def __repr__(self) -> str:
        return f"when({written((), self._matchers)}){self._verbs}"

    def _note_unmatched(self, run: Any, reason: str) -> None:
        """Note why the rule decides nothing about a job run, while it has not decided about any."""
        if not self.matched and len(self._unmatched) < MAX_NOTED:
            self._unmatched = {**self._unmatched, run.id: reason}

    def _why_unmatched(self) -> Iterator[str]:
        """Why the rule has decided nothing, one line for each reason."""
        if not self._unmatched:
            yield f"{self!r}: no job run was submitted while the rule was there"
        for reason in dict.fromkeys(self._unmatched.values()):
            runs = [run_id for run_id, own_reason in self._unmatched.items() if own_reason == reason]
            yield f"{self!r}: {reason} (job run {', '.join(runs)})"
