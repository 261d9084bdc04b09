"""`emr.fault(...)`: faults, which make tries of calls fail. Errors of the service itself are in `operations`.

The faults are applied to each try, after the quotas and before the service (facts §16, order of refusals). The last
fault that matches wins, so that a test can override its fixtures.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from emrs_mock._annotations import checked
from emrs_mock._call import Answer, Call, NoReply, Reply, ServiceError
from emrs_mock._forks import survives_forks
from emrs_mock.operations.member_names import is_named
from emrs_mock.scenario.revocable import Registry, Revocable, verbs
from emrs_mock.sim.timing import Duration, duration

Effect = Callable[[Call, Answer], Reply]
Where = Callable[[Mapping[str, Any]], bool]
TimeOut = Literal["connect", "read"]

_TIME_OUTS: Mapping[TimeOut, NoReply] = {"connect": NoReply.CONNECT_TIMEOUT, "read": NoReply.READ_TIMEOUT}
GARBAGE = b"<html><body>502 Bad Gateway</body></html>"

_TEXTS: Mapping[str, str] = {
    "AccessDenied": "User: {caller} is not authorized to perform: emr-serverless:{operation}",  # facts §13
    "ExpiredToken": "The security token included in the request is expired",  # assumed: AWS's usual text
    "Throttling": "Rate exceeded",  # facts §6
    "UnrecognizedClient": "The security token included in the request is invalid.",  # assumed: AWS's usual text
}
_OTHER_TEXT = "{operation} failed because the test asked for it"


class KnownNames(NamedTuple):
    """The names in the installed service model; read when the test's author uses a name."""

    operations: Callable[[], Sequence[str]]
    errors: Callable[[], Sequence[str]]


class UnfinishedFault(ValueError):
    """A `fault(...)` without a verb, which does nothing: a mistake in the test."""


@verbs
@checked("faults")
class Fault(Revocable):
    """Makes the tries that match fail; one of its methods, the verbs, says how.

    `times=` limits a verb to that many tries (None: all). One client call can be several tries: botocore makes up to
    three in the retry modes standard and adaptive, and five in legacy mode.
    `remove()`, or the end of a `with` block, removes the fault.
    """

    def __init__(
        self, faults: Faults, operation: str, where: Where | None, every: int | None, probability: float | None
    ) -> None:
        super().__init__(faults)
        self._known = faults.known
        self._random_key = f"{faults.seed} {operation} {len(faults.entries)}"
        self.operation = operation
        self._where, self._every, self._probability = where, every, probability
        self._effect: Effect | None = None
        self._left: int | None = None
        self._matches_seen = 0
        self.matched = 0
        """The number of tries that it has hit."""

    def error(self, code: str, message: str | None = None, *, times: int | None = None) -> Fault:
        """AWS answers with this error: one of the service model's, or one of AWS's common errors.

        The HTTP status follows from the code. Raises ValueError, with a list, for a code that does not exist.
        """
        _refuse_unless_known(code, self._known.errors(), "error")

        def refuse(call: Call, proceed: Answer) -> Reply:
            return Reply(ServiceError(code, _text(code, call) if message is None else message))

        return self._do(refuse, times)

    def time_out(self, kind: TimeOut = "read", *, after: Duration = 0, times: int | None = None) -> Fault:
        """The client gets a `"connect"` or `"read"` time-out; the call does not reach the service.

        The time-out comes after `after` (seconds or timedelta) on the mock's clock.
        """
        _refuse_unless_known(kind, get_args(TimeOut), "time-out")
        return self._silence(_TIME_OUTS[kind], times, after)

    def reset(self, *, times: int | None = None) -> Fault:
        """The connection is closed before the call reaches the service."""
        return self._silence(NoReply.CONNECTION_RESET, times)

    def unreachable(self, *, times: int | None = None) -> Fault:
        """The client cannot connect."""
        return self._silence(NoReply.UNREACHABLE, times)

    def slow(self, delay: Duration, *, times: int | None = None) -> Fault:
        """The service performs the call; its answer comes `delay` later (seconds or timedelta, simulated)."""
        extra = duration(delay, "slow()")

        def delay_reply(call: Call, proceed: Answer) -> Reply:
            reply = proceed(call)
            return reply._replace(delay=reply.delay + extra)

        return self._do(delay_reply, times)

    def garble(self, body: bytes = GARBAGE, *, times: int | None = None) -> Fault:
        """The service performs the call; the client receives this body instead of the answer, with status 200."""
        return self._do(lambda call, proceed: proceed(call)._replace(outcome=body), times)

    def lose_reply(self, *, after: Duration = 0, times: int | None = None) -> Fault:
        """The service performs the call; the client gets a read time-out and retries with the same token.

        The time-out comes after `after` (seconds or timedelta) on the mock's clock. botocore's own is 60 seconds.
        """
        waited = duration(after, "after=")

        def perform(call: Call, proceed: Answer) -> Reply:
            reply = proceed(call)
            return reply._replace(outcome=NoReply.READ_TIMEOUT, delay=reply.delay + waited)

        return self._do(perform, times)

    def __repr__(self) -> str:
        given = {"where": self._where, "every": self._every, "probability": self._probability}
        return f"fault({', '.join([repr(self.operation), *(f'{k}={v!r}' for k, v in given.items() if v is not None)])})"

    def _hits(self, call: Call) -> bool:
        """Whether the fault applies to this try. If so, one of its `times` is used up."""
        if self._effect is None or self._left == 0 or not self._matches(call):
            return False
        self._matches_seen += 1
        if self._every is not None and self._matches_seen % self._every:
            return False
        if self._probability is not None and self._draw() >= self._probability:
            return False
        self._left = None if self._left is None else self._left - 1
        self.matched += 1
        return True

    def _draw(self) -> float:
        # A new generator for each try has no state, which `rewind` would have to restore.
        return random.Random(f"{self._random_key} {self._matches_seen}").random()

    def _matches(self, call: Call) -> bool:
        return is_named(call.operation, self.operation) and (self._where is None or bool(self._where(call.params)))

    def _silence(self, silence: NoReply, times: int | None, after: Duration = 0) -> Fault:
        delay = duration(after, "after=")
        return self._do(lambda call, proceed: Reply(silence, delay), times)

    def _do(self, effect: Effect, times: int | None) -> Fault:
        if self._effect is not None:
            raise ValueError(f"{self!r} already has a verb: make a second fault (docs: faults)")
        _refuse_unless_counting(times, "times=")
        self._effect, self._left = effect, times
        return self


class Faults(Registry[Fault]):
    """The faults of one mock, and the layer that applies them."""

    def __init__(self, known: KnownNames, seed: int) -> None:
        super().__init__()
        self.known = known
        self.seed = seed
        self._lock = survives_forks(threading.RLock())  # `where` may make calls itself

    def add(self, operation: str, where: Where | None, every: int | None, probability: float | None) -> Fault:
        """Add a fault that has no verb yet. Raises ValueError or TypeError for a filter that no try can match."""
        operations = self.known.operations()
        if not any(is_named(name, operation) for name in operations):
            _refuse_unless_known(operation, operations, "operation")
        _refuse_unless_counting(every, "every=")
        if probability is not None and not 0 < probability <= 1:
            raise ValueError(f"probability={probability!r}: expected a number above 0 and at most 1 (docs: faults)")
        fault = Fault(self, operation, where, every, probability)
        self.entries.append(fault)
        return fault

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        if not self.entries:
            return proceed(call)
        with self._lock:
            hit = next((fault for fault in reversed(self.entries) if fault._hits(call)), None)
        return proceed(call) if hit is None or hit._effect is None else hit._effect(call, proceed)

    def unmatched(self) -> Iterator[str]:
        """The faults that have hit no try, one line for each."""
        for fault in self.entries:
            if fault._effect is not None and not fault.matched:
                seen = fault._matches_seen
                reason = f"none of the {seen} tries that it matches was its turn" if seen else "no try got to it"
                yield f"{fault!r}{fault._verbs}: {reason}"

    def check_complete(self) -> None:
        """Raise UnfinishedFault if there are faults without a verb."""
        unfinished = [repr(fault) for fault in self.entries if fault._effect is None and not fault._is_mistaken]
        if unfinished:
            raise UnfinishedFault(
                f"{', '.join(unfinished)}: add a verb: .error(), .time_out(), .reset(), .unreachable(), .slow(), "
                ".garble() or .lose_reply() (docs: faults)"
            )


def _text(code: str, call: Call) -> str:
    text = _TEXTS.get(code.removesuffix("Exception"), _OTHER_TEXT)
    return text.format(caller=call.caller.arn, operation=call.operation)


def _refuse_unless_known(name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        raise ValueError(f"No {what} {name!r}. There are: {', '.join(known)} (docs: faults)")


def _refuse_unless_counting(number: int | None, what: str) -> None:
    if number is not None and number < 1:
        raise ValueError(f"{what}{number!r}: expected a number of tries, at least 1 (docs: faults)")
