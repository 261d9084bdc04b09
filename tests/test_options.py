"""The options of a mock: their effects, and the checks when they are given."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime, timedelta, timezone

import boto3
import pytest

from emrs_mock import Quotas, Timing, mock_emr_serverless
from emrs_mock.options import Options, text_options
from tests.service.requests import START, at, start_job_run

HISTORY = [("SUBMITTED", 0), ("PENDING", 2), ("SCHEDULED", 5), ("RUNNING", 9), ("SUCCESS", 14)]


def manual(**options):
    """A mock on a clock that stands at START, with these options."""
    return mock_emr_serverless(clock="manual", start=START, **options)


@pytest.mark.parametrize(
    "start",
    [
        START,
        datetime(2024, 1, 1),
        datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00Z",
        "2024-01-01T02:00:00+02:00",
    ],
)
def test_start_is_a_datetime_or_an_iso_string(start):
    """Naive ones are UTC."""
    with mock_emr_serverless(clock="manual", start=start) as emr:
        assert (emr.clock.now(), emr.clock.now().tzinfo) == (START, timezone.utc)


def test_timing_says_how_long_each_move_takes():
    """Each duration is set alone; the others keep their defaults."""
    with manual(timing=Timing(submitted=2, pending=3, scheduled=timedelta(seconds=4), run=5)) as emr:
        app = emr.add_application().id
        run = start_job_run(emr.client("us-east-1"), app)
        emr.run_until(app, "STOPPED")
        changes = [c for c in emr._simulation.changes if c.id == run]
        assert [(c.after, (c.at - START).total_seconds()) for c in changes] == HISTORY
        assert emr.clock.now() == at(seconds=14 + 900 + 20)


def test_instant_timing_lets_no_time_pass():
    """A job run ends at the instant of its submission."""
    with manual(timing=Timing.instant()) as emr:
        run = start_job_run(emr.client("us-east-1"), emr.add_application("CREATED").id)
        assert (emr.job_runs[run].state, emr.job_runs[run].ended_at) == ("SUCCESS", START)


@pytest.mark.parametrize("name", [field.name for field in fields(Timing)])
def test_no_move_takes_less_than_no_time(name):
    """Each field is checked, and the error names it."""
    with pytest.raises(ValueError, match=rf"Timing\.{name} cannot be negative"):
        Timing(**{name: -1})
    with pytest.raises(TypeError, match=rf"Timing\.{name} is a timedelta or a number of seconds"):
        Timing(**{name: "1"})


def ids(emr):
    """Ids of one application and two job runs."""
    app = emr.add_application()
    return [app.id, *(emr.add_job_run(app).id for _ in range(2))]


def test_the_same_seed_and_start_give_the_same_ids():
    """Another seed gives others."""
    made = []
    for seed in (7, 7, 8):
        with manual(seed=seed) as emr:
            made.append(ids(emr))
    assert made[0] == made[1]
    assert not set(made[1]) & set(made[2])


def test_account_id_is_where_calls_are_made_from():
    """It is in ARNs and in createdBy."""
    with manual(account_id="000000000042") as emr:
        app = emr.add_application()
        assert app.arn.split(":")[4] == app.created_by.split(":")[4] == "000000000042"


def client_of(key):
    """A client with an access key of its own."""
    return boto3.client("emr-serverless", "us-east-1", aws_access_key_id=key, aws_secret_access_key="x")


def test_accounts_are_told_apart_by_access_key():
    """Each has records of its own; an unknown key belongs to the mock's own account."""
    keys = {"AKIAAAAAAAAAAAAAAAAA": "111111111111", "AKIABBBBBBBBBBBBBBBB": "222222222222"}
    with manual(accounts=keys) as emr:
        for key in (*keys, "AKIACCCCCCCCCCCCCCCC"):
            client = client_of(key)
            assert client.list_applications()["applications"] == []
            client.create_application(releaseLabel="emr-7.10.0", type="SPARK")
        owners = [app.arn.split(":")[4] for app in emr.applications]
    assert owners == ["111111111111", "222222222222", "123456789012"]


def test_accounts_are_told_apart_by_profile(tmp_path, monkeypatch):
    """The profile's access key decides; a profile without one is refused."""
    credentials = tmp_path / "credentials"
    credentials.write_text("[prod]\naws_access_key_id = AKIAAAAAAAAAAAAAAAAA\naws_secret_access_key = x\n")
    config = tmp_path / "config"
    config.write_text("[profile sso]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with manual(accounts={"prod": "111111111111"}) as emr:
        boto3.Session(profile_name="prod", region_name="us-east-1").client("emr-serverless").create_application(
            releaseLabel="emr-7.10.0", type="SPARK"
        )
        assert emr.applications[0].arn.split(":")[4] == "111111111111"
    with pytest.raises(ValueError, match="the profile has no access key of its own"):
        manual(accounts={"sso": "111111111111"}).start()


WRONG = [
    ({"clock": "frozen"}, ValueError, "clock='frozen': expected one of 'system', 'manual'"),
    ({"clock": None}, ValueError, "clock=None: expected one of"),
    ({"start": START}, ValueError, "start= needs a clock of the mock's own"),
    ({"clock": "manual", "start": "yesterday"}, ValueError, "yesterday"),
    ({"timing": 5}, TypeError, "timing=5: expected a Timing, as in Timing(run=300)"),
    ({"account_id": "42"}, ValueError, "account_id='42': expected twelve digits"),
    ({"account_id": 123456789012}, ValueError, "account_id=123456789012: expected twelve digits"),
    ({"accounts": {"AKIAAAAAAAAAAAAAAAAA": "prod"}}, ValueError, "expected twelve digits for each"),
    ({"quotas": {"vcpus": 16}}, TypeError, "expected Quotas, as in Quotas.aws()"),
    ({"deliver": "s3"}, ValueError, "deliver='s3': expected a set of names, as in {\"s3\"}"),
    ({"deliver": {"s3", "sqs"}}, ValueError, "from 's3', 'logs', 'events'"),
    ({"deliver": [["s3"]]}, ValueError, "from 's3', 'logs', 'events'"),
    ({"deliver": None}, ValueError, "deliver=None: expected a set of names"),
    ({"other_services": "deny"}, ValueError, "other_services='deny': expected one of 'allow', 'block'"),
    ({"credentials": None}, ValueError, "credentials=None: expected one of 'own', 'fake'"),
    ({"seed": "7"}, TypeError, "seed='7': expected a whole number"),
    ({"as_kwarg": "not a name"}, ValueError, "as_kwarg='not a name': expected the name of a parameter"),
    ({"clok": "manual"}, TypeError, "mock_emr_serverless has no option clok; did you mean clock=? (docs: options)"),
]


@pytest.mark.parametrize(("options", "error", "text"), WRONG)
def test_an_option_is_checked_where_it_is_given(options, error, text):
    """The error says what was expected; no mock is active afterwards."""
    with pytest.raises(error, match=re.escape(text)):
        mock_emr_serverless(**options)


PAGES = {
    "clock": "clocks",
    "timing": "clocks",
    "account_id": "accounts",
    "accounts": "accounts",
    "quotas": "quotas",
    "deliver": "logs",
    "on_orphans": "orphans",
    "seed": "clocks",
    "as_kwarg": "activation",
}
WRONG_FOR_ANY = {"accounts": {"key": 1}, "quotas": 1, "as_kwarg": "-"}


@pytest.mark.parametrize(("option", "page"), PAGES.items())
def test_the_refusal_of_an_option_begins_with_it_and_ends_with_its_page(option, page):
    """First what was given, in between what is possible, at the end where to read on."""
    value = WRONG_FOR_ANY.get(option, 1.5)
    with pytest.raises((TypeError, ValueError)) as caught:
        mock_emr_serverless(**{option: value})
    assert re.fullmatch(rf"{option}={re.escape(repr(value))}: [a-zQ].*[a-z)}}'] \(docs: {page}\)", str(caught.value))


@pytest.mark.parametrize(
    ("option", "clocks"), [("start", ["manual", "virtual"]), ("latency", ["manual", "virtual"]), ("grace", ["virtual"])]
)
def test_an_option_of_a_simulated_clock_is_refused_with_others(option, clocks):
    """With the clocks that have it."""
    value = START if option == "start" else 1
    said = " or ".join(f'clock="{clock}"' for clock in clocks)
    for clock in {"system", "manual", "virtual"} - set(clocks):
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below
            mock_emr_serverless(clock=clock, **{option: value})
        assert str(caught.value) == f"{option}= needs a clock of the mock's own: {said} (docs: clocks)"
    for clock in clocks:
        mock_emr_serverless(clock=clock, **{option: value})


def test_whatever_is_no_option_is_named_in_alphabetical_order():
    """All of them, with all that there are."""
    with pytest.raises(TypeError) as caught:
        mock_emr_serverless(zeta=1, alpha=2)
    known = ", ".join(sorted(field.name for field in fields(Options)))
    assert str(caught.value) == f"mock_emr_serverless has no option alpha, zeta; it has: {known} (docs: options)"


def test_by_default_nothing_is_simulated_or_limited():
    """The process's own time, no quotas, no deliveries, nothing said about orphans."""
    options = Options()
    assert (options.clock, options.account_id, options.seed) == ("system", "123456789012", 0)
    assert (options.on_orphans, options.deliver) == ("ignore", frozenset())
    assert {options.start, options.accounts, options.latency, options.grace, options.quotas, options.as_kwarg} == {None}


def test_durations_are_seconds_or_timedeltas():
    """Kept as timedeltas; without latency the clock's default holds."""
    options = Options(clock="virtual", latency=0.5, grace=timedelta(seconds=2))
    assert (options.latency_of_calls(timedelta(1)), options.grace_length()) == (
        timedelta(seconds=0.5),
        at(seconds=2) - START,
    )
    assert Options(clock="virtual").latency_of_calls(timedelta(1)) == timedelta(1)
    assert Options(clock="virtual").grace_length() is None


def test_options_can_be_said_in_text():
    """All but those that only a decorator or Python can express, each with its help on one line."""
    known = text_options()
    only_in_python = {"timing", "accounts", "quotas", "as_kwarg"}
    assert set(known) == {field.name for field in fields(Options)} - only_in_python
    read = {"seed": ("7", 7), "latency": ("0.5", 0.5), "deliver": (" s3, ,logs,", ["s3", "logs"]), "start": ("1", "1")}
    assert {name: known[name].read(text) for name, (text, _) in read.items()} == {
        n: value for n, (_, value) in read.items()
    }
    for name, option in known.items():
        assert option.help.endswith("."), name
        assert "\n" not in option.help
        assert "  " not in option.help
    assert known["account_id"].help.startswith("the account ")


@pytest.mark.parametrize("names", [{"s3", "logs"}, ["s3", "logs"], ("logs", "s3", "s3"), {"s3": 1, "logs": 2}])
def test_deliver_is_any_collection_of_names(names):
    """The order does not matter."""
    assert Options(deliver=names).deliver == {"s3", "logs"}
    assert Options(deliver=names) == Options(deliver={"logs", "s3"})


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ({"vcpus": 0}, "Quotas(vcpus=0): expected a positive number"),
        ({"rates": {"GetJobRun": (0, 1)}}, "expected (calls per second, burst)"),
        ({"rates": {"GetJobRun": (1, 0)}}, "expected (calls per second, burst)"),
        ({"rates": {"GetJobRun": (1, 2, 3)}}, "expected (calls per second, burst)"),
    ],
)
def test_quotas_are_positive(figures, text):
    """The error shows the value."""
    with pytest.raises(ValueError, match=re.escape(text)):
        Quotas(**figures)
