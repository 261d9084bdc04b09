"""The messages that a mistake in a test gets, side by side: to be read as their readers read them.

A message says what was given, what is possible, and the page about it. `...` stands for a list.
"""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase

import pytest

import emrs_mock
from emrs_mock import Quotas, Timing, mock_emr_serverless

MESSAGES = r"""
emr.clock.advance()
    TypeError: advance() takes one duration: either a timedelta or seconds, as in advance(30), or named units, as in advance(minutes=5) (docs: clocks)
emr.clock.advance(30, minutes=1)
    TypeError: advance() takes one duration: either a timedelta or seconds, as in advance(30), or named units, as in advance(minutes=5) (docs: clocks)
emr.clock.advance("30")
    TypeError: Clock.advance: by='30': expected a timedelta or a number of seconds or None (docs: clocks)
emr.clock.advance(-1)
    ValueError: What the clock is advanced by cannot be negative: -1 (docs: clocks)
emr.clock.move_to("tomorrow")
    ValueError: Clock.move_to: moment='tomorrow': expected a datetime, or a string such as '2026-01-31T04:00:00Z' (docs: clocks)
emr.clock.move_to(date(2026, 1, 31))
    TypeError: Clock.move_to: moment=datetime.date(2026, 1, 31): expected a datetime, or a string such as '2026-01-31T04:00:00Z' (docs: clocks)
emr.clock.move_to(1769832000)
    TypeError: Clock.move_to: moment=1769832000: expected a datetime, or a string such as '2026-01-31T04:00:00Z' (docs: clocks)
emr.clock.move_to("2020-01-01")
    ValueError: The clock never runs backwards: it is 2026-01-31T04:00:00+00:00 already (docs: clocks)
mock_emr_serverless(clock="manual", start="tomorrow")
    ValueError: start='tomorrow': expected a datetime, or a string such as '2026-01-31T04:00:00Z' (docs: clocks)
mock_emr_serverless(clock="manual", start=date(2026, 1, 31))
    TypeError: start=datetime.date(2026, 1, 31): expected a datetime, or a string such as '2026-01-31T04:00:00Z' (docs: clocks)
mock_emr_serverless(clock="manual", start=1769832000)
    TypeError: start=1769832000: expected a datetime, or a string such as '2026-01-31T04:00:00Z' (docs: clocks)
mock_emr_serverless(start="2026-01-31")
    ValueError: start= needs a clock of the mock's own: clock="manual" or clock="virtual" (docs: clocks)
mock_emr_serverless(clock="frozen")
    ValueError: clock='frozen': expected one of 'system', 'manual', 'virtual' (docs: clocks)
mock_emr_serverless(clok="manual")
    TypeError: mock_emr_serverless has no option clok. It has: clock, start, timing, ...
mock_emr_serverless(account_id="42")
    ValueError: account_id='42': expected twelve digits (docs: accounts)
mock_emr_serverless(patience=-1)
    ValueError: patience= cannot be negative: -1 (docs: clocks)
mock_emr_serverless(as_kwarg="emr")(print_nothing)
    TypeError: as_kwarg='emr': <function print_nothing at ...> has no such parameter (docs: activation)
mock_emr_serverless.stop()
    RuntimeError: This mock is not active, so it cannot be stopped: start() comes first (docs: activation)
mock_emr_serverless("etl")
    TypeError: 'etl' cannot be decorated: it is neither a function nor a class (docs: activation)
emr.when(name=5)
    TypeError: EMRServerless.when: name=5: expected a string or a re.Pattern or a callable or None (docs: handle)
emr.when(mode="BULK")
    ValueError: No job run has mode='BULK'. There are: BATCH, STREAMING (docs: rules)
emr.when().fail(after="5 minutes")
    TypeError: Rule.fail: after='5 minutes': expected a timedelta or a number of seconds or None (docs: rules)
emr.when().fail().hang()
    ValueError: when().fail() already has a verb for this: make a second rule (docs: rules)
emr.when().fail(times=0)
    ValueError: times=0: expected a number of job runs, at least 1 (docs: rules)
emr.when().attempts()
    TypeError: attempts(): expected Succeed(...), Fail(...) or Hang() for each attempt (docs: rules)
emr.when().stay("RUNNING")
    ValueError: stay('RUNNING'): job_run records can stay in: QUEUED, SUBMITTED, PENDING, SCHEDULED, CANCELLING; for RUNNING, use after= of another verb (docs: rules)
emr.when().fail(); emr.assert_all_matched()
    AssertionError: These rules decided about no job run (docs: rules):\n  when().fail(): no job run was submitted while the rule was there
emr.when(name="etl"); mock.stop()
    UnfinishedRule: when(name='etl'): add a verb, such as .succeed(), .fail() or .hang() (docs: rules)
emr.fault("get_*"); mock.stop()
    UnfinishedFault: fault('get_*'): add a verb: .error(), .time_out(), .reset(), .unreachable(), .slow(), .garble() or .lose_reply() (docs: faults)
emr.fault("start_job")
    ValueError: No operation 'start_job'. There are: CancelJobRun, ..., UpdateApplication (docs: faults)
emr.fault("start_job_run").error("Throttled")
    ValueError: No error 'Throttled'. There are: ConflictException, ... (docs: faults)
emr.fault("start_job_run").time_out("write")
    ValueError: No time-out 'write'. There are: connect, read (docs: faults)
emr.fault("start_job_run").reset().slow(5)
    ValueError: fault('start_job_run') already has a verb: make a second fault (docs: faults)
emr.calls.of("get_job")
    ValueError: No operation 'get_job'. There are: CancelJobRun, ..., UpdateApplication (docs: calls)
emr.add_application("RUNNING")
    ValueError: No application can be in state 'RUNNING'. There are: CREATING, CREATED, STARTING, STARTED, STOPPING, STOPPED, TERMINATED (docs: states)
emr.add_application(realeaseLabel="emr-7.2.0")
    ValueError: CreateApplication: Unknown parameter in input: "realeaseLabel", must be one of: name, releaseLabel, ...
emr.add_job_run("00nothere0000000")
    ValueError: No application '00nothere0000000'. There are: none (docs: handle)
emr.add_application()["applicationId"]
    TypeError: <Application ... STARTED> is a record and no response, so ['applicationId'] is not possible; use .application_id (docs: handle)
emr.add_application().applicationId
    AttributeError: <Application ... STARTED> has no 'applicationId' now; use .application_id (docs: handle)
emr.add_application().running
    AttributeError: <Application ... STARTED> has no 'running' now; it has: application_id, ..., updated_at (docs: handle)
emr.applications["00nothere0000000"]
    KeyError: No application '00nothere0000000'. There are: none (docs: handle)
emr.run_until("00nothere0000000")
    KeyError: No record '00nothere0000000'. There are: none (docs: clocks)
emr.run_until(emr.add_application())
    TypeError: Say which state the application shall reach: CREATING, CREATED, STARTING, STARTED, STOPPING, STOPPED, TERMINATED (docs: clocks)
emr.run_until(emr.add_application(), "RUNNING")
    ValueError: No application can be in state 'RUNNING'. There are: CREATING, CREATED, STARTING, STARTED, STOPPING, STOPPED, TERMINATED (docs: states)
emr.run_until({})
    TypeError: Expected a record, an id, an ARN or a response that has one of jobRunId, sessionId, id, applicationId, arn (docs: handle)
emr.subscribe(print_nothing, "State")
    ValueError: No event has the detail-type 'State'. There are: EMR Serverless Application State Change, ... (docs: events)
emr.metrics["Running"]
    KeyError: No metric 'Running'. There are: CPUAllocated, ... (docs: metrics)
emr.stop(); emr.stop()
    RuntimeError: This mock is not active, so it cannot be stopped (docs: activation)
emr.stop(); emrs_mock.current()
    RuntimeError: No mock is active here. Use the pytest fixture emr_serverless, decorate the test with @mock_emr_serverless, or open a block: with mock_emr_serverless() as emr (docs: activation)
emrs_mock.curent
    AttributeError: module 'emrs_mock' has no attribute 'curent'. It has: ApplicationState, ...
Quotas(vcpus=0)
    ValueError: Quotas(vcpus=0): expected a positive number (docs: quotas)
Timing(run=-1)
    ValueError: Timing.run cannot be negative: -1 (docs: clocks)
emrs_mock.connect(float("nan"))
    ValueError: connect: url=nan: expected a string (docs: server)
emrs_mock.connect("localhost:5000")
    ValueError: connect: url='localhost:5000': expected a URL, such as 'http://127.0.0.1:5000' (docs: server)
"""  # noqa: E501 - each message is a line, as it is printed


def print_nothing(*_arguments):
    """Takes anything."""


def pairs(text):
    """The mistakes, each with its message."""
    lines = text.strip().splitlines()
    return [(code, told.strip().replace(r"\n", "\n")) for code, told in zip(lines[::2], lines[1::2], strict=True)]


def told(code):
    """The error that a mistake gets, as Python prints it."""
    mock = mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z")
    emr = mock.start()
    names = {"date": date, "emrs_mock": emrs_mock, "mock_emr_serverless": mock_emr_serverless, "Quotas": Quotas}
    try:
        exec(code, {**names, "Timing": Timing, "print_nothing": print_nothing, "emr": emr, "mock": mock})
    except Exception as error:
        return f"{type(error).__name__}: {error.args[0]}"
    finally:
        if mock._active() is not None:
            emr._has_failed = True
            mock.stop()
    return "nothing"


@pytest.mark.parametrize(("code", "message"), pairs(MESSAGES))
def test_a_mistake_is_answered_with_what_is_possible(code, message):
    """In full, so that a change of wording is seen."""
    said = told(code).partition(". Did you mean")[0]
    pattern = message.replace("[", "[[]").replace("*", "[*]").replace("...", "*")
    literal = pattern.replace("Succeed(*), Fail(*)", "Succeed(...), Fail(...)")
    assert fnmatchcase(said, literal), f"\n{said}\n{message}"
