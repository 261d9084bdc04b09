"""What a rule notes about itself: how it was written, and why it has decided nothing. Both are for messages."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from emrs_mock.scenario.revocable import Registry, Revocable

MAX_NOTED = 10
"""The number of job runs for which a rule notes why it did not decide about them."""


class Noting(Revocable):
    """A rule as its author wrote it, with notes about the job runs that it did not decide about."""

    def __init__(self, registry: Registry[Any], matchers: Mapping[str, Any]) -> None:
        super().__init__(registry)
        self._matchers = matchers
        self._verbs = ""
        self._unmatched: Mapping[str, str] = {}
        """By the ids of the first job runs, the reason."""
        self.matched = 0
        """The number of job runs about which the rule has decided something."""

    def __repr__(self) -> str:
        return f"when({_arguments((), self._matchers)}){self._verbs}"

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


N = TypeVar("N", bound=Noting)
P = ParamSpec("P")


def verb(decide: Callable[Concatenate[N, P], N]) -> Callable[Concatenate[N, P], N]:
    """Decorate a verb, so that the `repr` of the rule shows how it was called."""

    @wraps(decide)
    def said(rule: N, /, *args: P.args, **kwargs: P.kwargs) -> N:
        decide(rule, *args, **kwargs)
        rule._verbs += f".{decide.__name__}({_arguments(args, kwargs)})"
        return rule

    return said


def _arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    return ", ".join([*map(_written, args), *(f"{name}={_written(value)}" for name, value in kwargs.items())])


def _written(value: Any) -> str:
    """A value as in Python; a callable by its name, because its `repr` has an address."""
    return str(getattr(value, "__qualname__", "") or _short.repr(value))


_short: Any = reprlib.Repr()
_short.maxstring = _short.maxother = 100
