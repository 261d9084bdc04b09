"""The options of a mock, the same at every door, checked where they are given."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from emrs_mock.observation.deliveries import DELIVERIES, Delivery
from emrs_mock.observation.orphans import OnOrphans
from emrs_mock.scenario.quotas import Quotas
from emrs_mock.sim.clock import in_utc
from emrs_mock.sim.timing import Duration, Timing, duration

ClockName = Literal["system", "manual", "virtual"]

OtherServices = Literal["allow", "block"]
Credentials = Literal["own", "fake"]

_ACCOUNT = re.compile(r"\d{12}")


def _is_account(value: Any) -> bool:
    return isinstance(value, str) and _ACCOUNT.fullmatch(value) is not None


def _is_a(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


def _is_deliveries(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str) and all(map(DELIVERIES.__contains__, value))


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _one_of(literal: Any, page: str) -> tuple[Callable[[Any], bool], str]:
    names = get_args(literal)
    return names.__contains__, f"there are {', '.join(map(repr, names))} (docs: {page})"


_WANTED: Mapping[str, tuple[Callable[[Any], bool], str, type[Exception]]] = {
    "clock": (*_one_of(ClockName, "clocks"), ValueError),
    "timing": (_is_a(Timing), "a Timing is wanted, as in Timing(run=300) (docs: clocks)", TypeError),
    "account_id": (_is_account, "twelve digits are wanted (docs: accounts)", ValueError),
    "accounts": (
        _or_none(lambda accounts: all(map(_is_account, accounts.values()))),
        "twelve digits are wanted for each (docs: accounts)",
        ValueError,
    ),
    "quotas": (_or_none(_is_a(Quotas)), "Quotas are wanted, as in Quotas.aws() (docs: quotas)", TypeError),
    "deliver": (
        _is_deliveries,
        f'a set of names is wanted, as in {{"s3"}}; there are {", ".join(map(repr, DELIVERIES))} (docs: logs)',
        ValueError,
    ),
    "on_orphans": (*_one_of(OnOrphans, "orphans"), ValueError),
    "other_services": (*_one_of(OtherServices, "leaving-the-process"), ValueError),
    "credentials": (*_one_of(Credentials, "leaving-the-process"), ValueError),
    "seed": (_is_a(int), "a whole number is wanted (docs: clocks)", TypeError),
    "as_kwarg": (
        _or_none(lambda name: str(name).isidentifier()),
        "a parameter's name is wanted (docs: activation)",
        ValueError,
    ),
}
"""What each option has to be: the check, what to say if it fails, and how."""

_DURATIONS = ("latency", "grace")
_ONLY_WITH: Mapping[str, tuple[str, ...]] = {
    "start": ("manual", "virtual"),
    "latency": ("manual", "virtual"),
    "grace": ("virtual",),
}
"""The clocks that an option is for; it is refused with the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be said about a mock.

    clock: where time comes from: `"system"` follows the process's own time, freezes included; `"manual"` stands still
        until it is moved; with `"virtual"` the process lives in simulated time, and sleeping moves it.
    start: the time at which a manual or virtual clock begins; a datetime or ISO string, naive is UTC; default: now, cut
        to the second.
    timing: how long each timed move takes.
    account_id: the account that every call is made from.
    accounts: the account of a client by its access key, or by the name of the profile that has the key; otherwise it is
        the account that the client's credentials name, otherwise `account_id`.
    latency: how long each try of a call takes on the mock's clock; None: 0.1 s with `clock="virtual"`, so that a loop
        that polls without sleeping ends too, else nothing.
    grace: how long, in real time, a virtual clock waits for threads that it cannot see to work.
    quotas: what an account may use; None: nothing is limited but what always holds (docs: quotas).
    seed: what ids and other chance depend on; with `start` given too, every run is the same.
    deliver: which of `"s3"` (logs), `"logs"` (CloudWatch's) and `"events"` (EventBridge's) are handed to ordinary boto3
        clients, for moto or another double of AWS to take them (docs: logs); in text with commas between them.
    on_orphans: what becomes of job runs and sessions that are still active, and of applications that are STARTED, at
        the end of a test that did not fail: nothing, a warning or an error.
    other_services: what becomes of calls of other AWS services while the mock is active: `"allow"` leaves them alone;
        `"block"` raises where no double of AWS answers them, such as moto, a Stubber or an endpoint on this machine.
    credentials: which credentials clients get that are made inside: `"own"`, or `"fake"` ones, for which nothing is
        looked up and no `credential_process` is run.
    as_kwarg: the name under which decorated functions and test methods get the handle.

    Raises TypeError or ValueError for a value that is none of these.
    """

    clock: ClockName = "system"
    start: datetime | str | None = None
    timing: Timing = Timing()
    account_id: str = "123456789012"
    accounts: Mapping[str, str] | None = None
    latency: Duration | None = None
    grace: Duration | None = None
    quotas: Quotas | None = None
    seed: int = 0
    deliver: Collection[Delivery] = ()
    on_orphans: OnOrphans = "ignore"
    other_services: OtherServices = "allow"
    credentials: Credentials = "own"
    as_kwarg: str | None = None

    def __post_init__(self) -> None:
        for name, (fits, wanted, error) in _WANTED.items():
            value = getattr(self, name)
            if not fits(value):
                raise error(f"{name}={value!r}: {wanted}")
        for name, clocks in _ONLY_WITH.items():
            if getattr(self, name) is not None and self.clock not in clocks:
                said = " or ".join(f'clock="{clock}"' for clock in clocks)
                raise ValueError(f"{name}= needs a clock of the mock's own: {said} (docs: clocks)")
        for name in _DURATIONS:
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else duration(value, f"{name}="))
        object.__setattr__(self, "deliver", frozenset(self.deliver))
        self.starts_at()

    def starts_at(self) -> datetime | None:
        """`start` as an aware datetime."""
        start = datetime.fromisoformat(self.start.replace("Z", "+00:00")) if isinstance(self.start, str) else self.start
        return None if start is None else in_utc(start)

    def latency_of_calls(self, by_default: timedelta) -> timedelta:
        """How long a call takes."""
        return by_default if self.latency is None else duration(self.latency)

    def grace_length(self) -> timedelta | None:
        """`grace` as a duration."""
        return None if self.grace is None else duration(self.grace)

    def with_(self, options: dict[str, Any]) -> Options:
        """The options with some said anew; TypeError for one that does not exist."""
        known = [field.name for field in fields(self)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise TypeError(f"mock_emr_serverless has no option {', '.join(unknown)}. It has: {', '.join(known)}")
        return replace(self, **options)


# --- options from text ----------------------------------------------------------------------------------------------

DECORATORS_OWN = {"as_kwarg"}
"""Options that mean nothing where nothing is decorated, as where options come from text."""


@dataclass(frozen=True, slots=True)
class TextOption:
    """An option that a string can express: how to read it from one, and what `Options` says of it."""

    read: Callable[[str], Any]
    help: str


def text_options() -> dict[str, TextOption]:
    """The options that a string can express, by name."""
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
    """Names with commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _helps(doc: str) -> Mapping[str, str]:
    """What a docstring says under `name:`, by name."""
    said = re.findall(r"^(\w+): (.+(?:\n {4}.+)*)", inspect.cleandoc(doc), re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text) for name, text in said}
