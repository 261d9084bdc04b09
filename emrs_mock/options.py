"""The options of a mock: the same for every way of entering one, and checked when they are given."""

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
    return names.__contains__, f"expected one of {', '.join(map(repr, names))} (docs: {page})"


_WANTED: Mapping[str, tuple[Callable[[Any], bool], str, type[Exception]]] = {
    "clock": (*_one_of(ClockName, "clocks"), ValueError),
    "timing": (_is_a(Timing), "expected a Timing, as in Timing(run=300) (docs: clocks)", TypeError),
    "account_id": (_is_account, "expected twelve digits (docs: accounts)", ValueError),
    "accounts": (
        _or_none(lambda accounts: all(map(_is_account, accounts.values()))),
        "expected twelve digits for each (docs: accounts)",
        ValueError,
    ),
    "quotas": (_or_none(_is_a(Quotas)), "expected Quotas, as in Quotas.aws() (docs: quotas)", TypeError),
    "deliver": (
        _is_deliveries,
        f'expected a set of names, as in {{"s3"}}, from {", ".join(map(repr, DELIVERIES))} (docs: logs)',
        ValueError,
    ),
    "on_orphans": (*_one_of(OnOrphans, "orphans"), ValueError),
    "other_services": (*_one_of(OtherServices, "leaving-the-process"), ValueError),
    "credentials": (*_one_of(Credentials, "leaving-the-process"), ValueError),
    "seed": (_is_a(int), "expected a whole number (docs: clocks)", TypeError),
    "as_kwarg": (
        _or_none(lambda name: str(name).isidentifier()),
        "expected the name of a parameter (docs: activation)",
        ValueError,
    ),
}
"""For each option: the check, the text of the error if it fails, and the type of the error."""

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
    deliver: which of `"s3"` (logs), `"logs"` (CloudWatch Logs) and `"events"` (EventBridge) the mock sends with
        ordinary boto3 clients, to moto or another double of AWS (docs: logs); in text, separated by commas.
    on_orphans: what happens at the end of a test that did not fail, if job runs or sessions are still active or
        applications are STARTED: nothing, a warning or an error.
    other_services: what happens to calls of other AWS services while the mock is active: `"allow"` does not touch them;
        `"block"` raises unless a double of AWS answers, such as moto, a Stubber or an endpoint on this machine.
    credentials: the credentials of clients that are made inside of the mock: `"own"`, or `"fake"`; then none are looked
        up, and no `credential_process` is run.
    as_kwarg: the name of the parameter with which decorated functions and test methods receive the handle.

    Raises TypeError or ValueError for any other value.
    """

    clock: ClockName = "system"
    start: datetime | str | None = None
    timing: Timing = Timing()
    account_id: str = "123456789012"
    accounts: Mapping[str, str] | None = None
    latency: Duration | None = None
    grace: Duration | None = None
    patience: Duration | None = 20
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
            raise TypeError(f"mock_emr_serverless has no option {', '.join(unknown)}. It has: {', '.join(known)}")
        return replace(self, **options)


# --- options from text ----------------------------------------------------------------------------------------------

DECORATORS_OWN = {"as_kwarg"}
"""Options that only decorators have: they cannot be given as text."""


@dataclass(frozen=True, slots=True)
class TextOption:
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
