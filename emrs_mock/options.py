"""The options of a mock: the same for every way of entering one, and checked when they are given."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from emrs_mock._annotations import fits
from emrs_mock._misspelt import hint
from emrs_mock.observation.orphans import OnOrphans
from emrs_mock.scenario.quotas import Quotas
from emrs_mock.sim.clock import in_utc
from emrs_mock.sim.timing import Duration, Timing, duration

ClockName = Literal["system", "manual", "virtual"]

OtherServices = Literal["allow", "block"]
Credentials = Literal["own", "fake"]
Delivery = Literal["s3", "logs", "events"]

_ACCOUNT = re.compile(r"\d{12}")


def _is_account(value: str) -> bool:
    return _ACCOUNT.fullmatch(value) is not None


def _are_accounts(accounts: Mapping[str, str]) -> bool:
    return all(map(_is_account, accounts.values()))


def _is_number(value: int) -> bool:
    return value > 0


def _is_name(name: str) -> bool:
    return name.isidentifier()


def _is_deliveries(value: Collection[str]) -> bool:
    return not isinstance(value, str) and all(name in get_args(Delivery) for name in value)


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


_A_MOMENT = "a datetime, or a string such as '2026-01-31T04:00:00Z'"
_SOME_DELIVERIES = f'a set of names, as in {{"s3"}}, from {", ".join(map(repr, get_args(Delivery)))}'


class Check(NamedTuple):
    """Which values an option takes, besides its annotation: stands in the annotation, for type checkers to skip.

    page: where the docs describe the option.
    wanted: what the error says is expected; for a `Literal` the error lists the names.
    holds: what has to be true of a value of the annotation's type; a `Literal`'s is one of the names.
    error: the type of the error.
    """

    page: str
    wanted: str = ""
    holds: Callable[[Any], bool] = lambda value: True
    error: type[Exception] = ValueError

    def require(self, name: str, value: Any, hint: Any) -> None:
        """Raise `error` for a value that does not fit."""
        names = get_args(hint) if get_origin(hint) is Literal else ()
        if not (fits(value, hint) and (value in names or not names) and self.holds(value)):
            wanted = self.wanted or f"one of {', '.join(map(repr, names))}"
            raise self.error(f"{name}={value!r}: expected {wanted} (docs: {self.page})")


_DURATIONS = ("latency", "grace", "patience")
_ONLY_WITH: Mapping[str, tuple[str, ...]] = {
    "start": ("manual", "virtual"),
    "latency": ("manual", "virtual"),
    "grace": ("virtual",),
}
"""The clocks with which an option can be used; with any other clock it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a mock.

    clock: `"system"` follows the time of the process, freezes included; `"manual"` stands still until the test advances
        it; with `"virtual"` the process runs in simulated time, and sleeping advances it.
    start: the time at which a manual or virtual clock begins; a datetime or ISO string, naive is UTC; default: now, cut
        to the second.
    timing: how long each automatic transition takes.
    account_id: the account that makes the calls.
    accounts: the account that a client belongs to, by the client's access key or by the name of the profile that has
        the key. For other clients it is the account that their credentials name, or else `account_id`.
    latency: how long each try of a call takes on the mock's clock; None: 0.1 s with `clock="virtual"`, so that a loop
        that polls without sleeping ends too; with `clock="manual"` no time.
    grace: how long, in real time, a virtual clock waits for threads whose work it cannot see.
    patience: how long, in real time, code may poll an unfinished record while the clock stands still, before the poll
        raises EMRServerlessWaitError (docs: clocks); None: for ever.
    quotas: what an account may use; None: unlimited, except for the service's fixed limits (docs: quotas).
    seed: the seed of ids and of random choices; with `start` given as well, every run is the same.
    calls_kept: how many of the newest tries `emr.calls` has; `emr.calls.dropped` counts older ones; None: all.
    deliver: which of `"s3"` (logs), `"logs"` (CloudWatch Logs) and `"events"` (EventBridge) the mock sends with
        ordinary boto3 clients, to moto or another double of AWS (docs: logs); in text, separated by commas.
    on_orphans: what happens at the end of a test that did not fail, if job runs or sessions are still active or
        applications are STARTED: nothing, a warning or an error. What `emr.add_...` made does not count.
    other_services: what happens to calls of other AWS services while the mock is active: `"allow"` does not touch them;
        `"block"` raises unless a double of AWS answers, such as moto, a Stubber or an endpoint on this machine.
    credentials: the credentials of clients that are made inside of the mock: `"own"`, or `"fake"`; then none are looked
        up, and no `credential_process` is run.
    as_kwarg: the name of the parameter with which decorated functions and test methods receive the handle.

    Raises TypeError or ValueError for any other value.
    """

    clock: Annotated[ClockName, Check("clocks")] = "system"
    start: Annotated[datetime | str | None, Check("clocks", _A_MOMENT, error=TypeError)] = None
    timing: Annotated[Timing, Check("clocks", "a Timing, as in Timing(run=300)", error=TypeError)] = Timing()
    account_id: Annotated[str, Check("accounts", "twelve digits", _is_account)] = "123456789012"
    accounts: Annotated[
        Mapping[str, str] | None, Check("accounts", "twelve digits for each", _or_none(_are_accounts))
    ] = None
    latency: Duration | None = None
    grace: Duration | None = None
    patience: Duration | None = 20
    quotas: Annotated[Quotas | None, Check("quotas", "Quotas, as in Quotas.aws()", error=TypeError)] = None
    seed: Annotated[int, Check("clocks", "a whole number", error=TypeError)] = 0
    calls_kept: Annotated[
        int | None, Check("calls", "a whole number greater than 0, or None", _or_none(_is_number))
    ] = 100_000
    deliver: Annotated[Collection[Delivery], Check("logs", _SOME_DELIVERIES, _is_deliveries)] = ()
    on_orphans: Annotated[OnOrphans, Check("orphans")] = "ignore"
    other_services: Annotated[OtherServices, Check("leaving-the-process")] = "allow"
    credentials: Annotated[Credentials, Check("leaving-the-process")] = "own"
    as_kwarg: Annotated[str | None, Check("activation", "the name of a parameter", _or_none(_is_name))] = None

    def __post_init__(self) -> None:
        for name, (check, kind) in _checks().items():
            check.require(name, getattr(self, name), kind)
        for name, clocks in _ONLY_WITH.items():
            if getattr(self, name) is not None and self.clock not in clocks:
                choices = " or ".join(f'clock="{clock}"' for clock in clocks)
                raise ValueError(f"{name}= needs a clock of the mock's own: {choices} (docs: clocks)")
        for name in _DURATIONS:
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else duration(value, f"{name}="))
        object.__setattr__(self, "deliver", frozenset(self.deliver))
        self.starts_at()

    def starts_at(self) -> datetime | None:
        """`start` as an aware datetime."""
        return None if self.start is None else in_utc(self.start, "start=")

    def latency_of_calls(self, by_default: timedelta) -> timedelta:
        """How long each try of a call takes."""
        return by_default if self.latency is None else duration(self.latency)

    def grace_length(self) -> timedelta | None:
        """`grace` as a duration."""
        return None if self.grace is None else duration(self.grace)

    def patience_length(self) -> timedelta | None:
        """`patience` as a duration."""
        return None if self.patience is None else duration(self.patience)

    def with_(self, options: dict[str, Any]) -> Options:
        """A copy with these options replaced. Raises TypeError for an option that does not exist."""
        known = [field.name for field in fields(self)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            meant = "; ".join(dict.fromkeys(hint(name, known, "{}=") for name in unknown))
            raise TypeError(f"mock_emr_serverless has no option {', '.join(unknown)}; {meant} (docs: options)")
        return replace(self, **options)


@cache
def _checks() -> Mapping[str, tuple[Check, Any]]:
    """The checks in the annotations of `Options`, each with the type beside it."""
    hints = get_type_hints(Options, include_extras=True).items()
    return {name: (hint.__metadata__[0], hint.__origin__) for name, hint in hints if get_origin(hint) is Annotated}


if TYPE_CHECKING:

    @dataclass(frozen=True, slots=True, kw_only=True)
    class PassingOptions(Options):
        """The options of a decorator that passes the handle: `Options`, with the name of the parameter for it."""

        as_kwarg: str = field()

else:
    PassingOptions = Options


# --- options from text ----------------------------------------------------------------------------------------------

DECORATORS_OWN = {"as_kwarg"}
"""Options that only decorators have: they cannot be given as text."""


class TextOption(NamedTuple):
    """An option that can be given as text: the function that reads it, and its help text."""

    read: Callable[[str], Any]
    help: str


def text_options() -> dict[str, TextOption]:
    """The options that can be given as text, by name."""
    helps = _helps(Options.__doc__ or "")
    readers = {name: _reader(hint) for name, hint in get_type_hints(Options).items() if name not in DECORATORS_OWN}
    return {name: TextOption(read, helps.get(name, "")) for name, read in readers.items() if read is not None}


def _reader(hint: Any) -> Callable[[str], Any] | None:
    if get_origin(hint) is Collection:
        return _names
    is_choice = get_origin(hint) in (Union, types.UnionType, Literal)
    kinds = [kind if isinstance(kind, type) else type(kind) for kind in (get_args(hint) if is_choice else [hint])]
    return next((kind for kind in (int, float, str) if kind in kinds), None)


def _names(text: str) -> list[str]:
    """Read names that are separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _helps(doc: str) -> Mapping[str, str]:
    """The paragraphs of a docstring that begin with `name:`, by name."""
    paragraphs = re.findall(r"^(\w+): (.+(?:\n {4}.+)*)", inspect.cleandoc(doc), re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text) for name, text in paragraphs}
