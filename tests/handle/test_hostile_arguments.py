"""Whatever an author passes to whatever is public: it is taken, or refused with what was expected, and all works on.

The methods are found by walking from the handle: a new one is tested without a new line here, as long as what it
requires has a name that `VALID` knows.
"""

from __future__ import annotations

import inspect
import traceback
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import MethodType

import pytest

import emrs_mock
from emrs_mock import mock_emr_serverless
from tests.service.model import has
from tests.service.requests import START, create_application, everything, start_job_run

PACKAGE = str(Path(emrs_mock.__file__).parent)
NOT_CALLED = {"stop", "start", "reset"}
"""They take nothing and end what the others are tried on."""
OURS = {"Options", "Streams"}
"""Classes that an author sees, and that the package alone calls with arguments."""
FAR = timezone(timedelta(hours=14))

HOSTILE = [
    None, float("nan"), float("inf"), -float("inf"), -1, 0, 10**30, 1.5, 1e300, True, "", "x", "\ud800", "\x1b[2J",
    b"x", [], {}, (), set(), [None], {"a": None}, {1: 2}, object(), ..., lambda *args, **kwargs: None,
    datetime.min, datetime.max, datetime.min.replace(tzinfo=FAR), datetime.max.replace(tzinfo=timezone.utc),
    datetime(999, 1, 1), datetime(9000, 1, 2), "2024-01-01", "9999-12-31T23:59:59Z", datetime(2024, 1, 1).date(),
    timedelta.max, timedelta.min, timedelta(days=-1),
]  # fmt: skip

VALID = {
    "about": None,
    "after": 1,
    "application": lambda emr: emr.applications[0].id,
    "callback": lambda emr: print,
    "code": "ThrottlingException",
    "detail_type": None,
    "delay": 1,
    "endings": lambda emr: emrs_mock.Succeed(),
    "handler": lambda emr: lambda run: None,
    "key": 0,
    "kind": "read",
    "moment": lambda emr: emr.clock.now(),
    "module": "pandas",
    "name": "RunningJobs",
    "number": 1,
    "operation": "GetJobRun",
    "role": "role",
    "snapshot": lambda emr: emr.snapshot(),
    "state": "PENDING",
    "takes": lambda emr: bool,
    "target": lambda emr: emr.job_runs[0],
    "wanted": lambda emr: [(0, 3)],
    "text": lambda emr: emr.snapshot().to_json(),
}
"""A good value for what is required, by its name; a function of the handle makes it."""


def in_the_middle_of_things():
    """A mock with records of every kind, a rule, a fault and calls; to be entered."""
    mock = mock_emr_serverless(clock="manual", start=START)
    emr = mock.start()
    client = emr.client("us-east-1")
    emr.when(name="planned").succeed()
    sessions = {"interactiveConfiguration": {"sessionEnabled": True}} if has("StartSession") else {}
    app = emr.add_application(region_name="us-east-1", releaseLabel="emr-7.13.0", **sessions)
    start_job_run(client, app.id)
    if sessions:
        emr.add_session(app)
    emr.clock.advance(60)
    return emr


@pytest.fixture
def emr():
    """A mock in the middle of things."""
    emr = in_the_middle_of_things()
    yield emr
    emr.stop()


def forget_rules(emr):
    """Take back every rule and fault, finished or not."""
    for said in [*emr._rules.entries, *emr._backend.faults.entries]:
        said.remove()


def is_ours(kind):
    """Whether a class is the package's."""
    return kind.__module__.split(".")[0] == "emrs_mock"


def required(emr, function):
    """Good arguments for what a function requires, by name."""
    empty = inspect.Parameter.empty
    parameters = inspect.signature(function).parameters.values()
    names = [p.name for p in parameters if p.default is empty and p.kind is not p.VAR_KEYWORD]
    assert set(names) <= set(VALID) | {"operations"}, f"{function}: say a valid value in VALID"
    return {name: VALID[name](emr) if callable(VALID[name]) else VALID[name] for name in names if name in VALID}


def called(function, arguments):
    """Call a function by its parameters' names, those that have no names by position."""
    positional, named = [], {}
    for name, value in arguments.items():
        kind = inspect.signature(function).parameters[name].kind
        if kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL):
            positional.append(value)
        elif kind is inspect.Parameter.VAR_KEYWORD:
            named["anything"] = value
        else:
            named[name] = value
    return function(*positional, **named)


def methods_of(thing):
    """The public methods of an object of ours, and looking something up in it, by name."""
    names = [name for name in dir(type(thing)) if not name.startswith("_") or name == "__getitem__"]
    for name in names:
        member = inspect.getattr_static(type(thing), name)
        if name not in NOT_CALLED | OURS and not isinstance(member, property):
            function = getattr(thing, name)
            if isinstance(function, MethodType) and is_ours(inspect.unwrap(function.__func__)):
                yield name, function


def reached(emr):
    """Everything of ours that an author can get at from the handle: by attributes, lookups and what methods return."""
    found, ahead = {}, [emr, *emr.applications, *emr.sessions]
    while ahead:
        thing = ahead.pop()
        if not is_ours(type(thing)) or type(thing) in found or type(thing).__name__ in OURS:
            continue
        found[type(thing)] = thing
        names = [name for name in dir(type(thing)) if not name.startswith("_")]
        properties = [n for n in names if isinstance(inspect.getattr_static(type(thing), n), property)]
        ahead += [getattr(thing, name) for name in properties]
        for _, function in methods_of(thing):
            try:
                ahead.append(called(function, required(emr, function)))
            except (AssertionError, LookupError, NotImplementedError, TypeError, ValueError):
                continue  # such as a second verb of a rule, or what the installed botocore lacks
    return found


def cases():
    """Each method, or maker, of each public class, and each of its parameters."""
    emr = in_the_middle_of_things()
    for kind, thing in reached(emr).items():
        for name, function in methods_of(thing):
            yield from ((kind.__name__, name, parameter) for parameter in inspect.signature(function).parameters)
    forget_rules(emr)
    emr.stop()
    for name in ("Fail", "Hang", "Quotas", "Snapshot", "Succeed", "Timing", "mock_emr_serverless"):
        public = getattr(emrs_mock, name)
        makers = [public] if name != "Snapshot" else []
        makers += [getattr(public, n) for n in dir(public) if inspect.ismethod(getattr(public, n)) and n[0] != "_"]
        for maker in makers:
            parameters = inspect.signature(maker).parameters
            yield from ((name, "" if maker is public else maker.__name__, parameter) for parameter in parameters)


CASES = sorted(set(cases()))


def finder(emr, kind, method):
    """What gives the method of an object of a class, or what makes one: a rule or fault is new each time."""
    public = getattr(emrs_mock, kind, None)
    if not method:
        return lambda: public
    fresh = {"Rule": emr.when, "Fault": lambda: emr.fault("GetJobRun")}.get(kind)
    found = None if fresh else next((thing for of, thing in reached(emr).items() if of.__name__ == kind), public)
    return lambda: getattr(fresh() if fresh else found, method)


def error_of(function, arguments):
    """What a call raises, of what an author may be told."""
    try:
        called(function, arguments)
    except (TypeError, ValueError, LookupError, NotImplementedError, emrs_mock.UnreachableState) as error:
        return error
    return None


def said_by_us(error):
    """Whether an error was raised by the package's own code, in words."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return last.filename.startswith(PACKAGE) and last.line.startswith(("raise", ")")) and len(str(error)) > 20


def works_on(emr):
    """Everything can be shown and called, and time passes."""
    everything(emr)
    emr.clock.advance(days=1)
    client = emr.client("us-east-1")
    app = create_application(client)
    client.start_application(applicationId=app)
    start_job_run(client, app)
    emr.clock.advance(days=1)
    everything(emr)


@pytest.mark.parametrize(("kind", "method", "parameter"), CASES, ids=lambda part: part or "made")
@pytest.mark.filterwarnings("ignore::emrs_mock.EMRServerlessClockWarning")
def test_whatever_is_passed_is_taken_or_refused_in_words(emr, kind, method, parameter):
    """A TypeError or ValueError (or a LookupError, for what there is not) that says more than Python would.

    Only a position that there is not is an IndexError, as of any sequence, and what the installed botocore lacks a
    NotImplementedError.
    """
    find = finder(emr, kind, method)
    for value in HOSTILE:
        function = find()
        arguments = {**required(emr, function), parameter: value}
        before = everything(emr)
        error = error_of(function, arguments)
        if error is not None:
            assert said_by_us(error) or type(error) in (IndexError, NotImplementedError), (
                value,
                traceback.format_exception(error),
            )
            assert everything(emr) == before, value
    forget_rules(emr)
    works_on(emr)
