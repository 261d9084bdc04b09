"""Which rules have something to say about a request: a rule about certain members needs one of them in it.

Most requests have few of the members that they may have. The rules themselves are in `preconditions` and beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from emrs_mock._call import Call
from emrs_mock.sim.world import World

Rule = Callable[[World, Call], None]
"""What refuses a request by raising ServiceError. It changes nothing."""

_MEMBERS: dict[Rule, frozenset[str]] = {}


def about(*members: str) -> Callable[[Rule], Rule]:
    """Mark a rule that refuses no request in which all of these members are absent."""

    def mark(rule: Rule) -> Rule:
        _MEMBERS[rule] = frozenset(members)
        return rule

    return mark


def relevant(rules: Iterable[Rule], given: Collection[str]) -> tuple[Rule, ...]:
    """Those of the rules that can refuse a request with the given members, in the same order."""
    return tuple(rule for rule in rules if rule not in _MEMBERS or not _MEMBERS[rule].isdisjoint(given))
