"""The ini keys: defaults for the whole project, and what becomes of calls outside of every mock."""

from __future__ import annotations

from dataclasses import fields

import pytest

from emrs_mock.activation import active_mocks
from emrs_mock.options import Options

DEFAULTS = """
emr_serverless_clock = manual
emr_serverless_start = 2026-01-31T04:00:00Z
emr_serverless_account_id = 111122223333
emr_serverless_seed = 7
emr_serverless_other_services = block
emr_serverless_credentials = fake
"""


def test_the_ini_keys_are_the_defaults_of_fixture_and_marker(project):
    """A marker overrides single options."""
    project(
        """
def test_fixture(emr_serverless):
    options = emr_serverless.options
    assert (options.clock, options.seed, options.account_id) == ("manual", 7, "111122223333")
    assert emr_serverless.clock.now().isoformat() == "2026-01-31T04:00:00+00:00"
    assert (options.other_services, options.credentials) == ("block", "fake")

@pytest.mark.emr_serverless(seed=8)
def test_marker():
    assert (current().options.clock, current().options.seed) == ("manual", 8)
""",
        ini=DEFAULTS,
    ).assert_outcomes(passed=2)


def test_the_ini_keys_leave_decorator_and_block_alone(project):
    """What stands in the code is all that holds there."""
    project(
        """
@mock_emr_serverless
def test_decorator():
    assert current().options == emrs_mock.options.Options()
""",
        ini=DEFAULTS,
    ).assert_outcomes(passed=1)


def test_the_ini_keys_can_stand_in_pyproject_toml(pytester, run_pytest):
    """Where a number may stand as one."""
    pytester.makepyfile("def test_one(emr_serverless): assert emr_serverless.options.seed == 7")
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nemr_serverless_seed = 7\n")
    run_pytest("-p", "no:pytest_asyncio.plugin").assert_outcomes(passed=1)


@pytest.mark.parametrize(("value", "names"), [("s3,logs", {"s3", "logs"}), ("events ,", {"events"}), ("", set())])
def test_names_stand_with_commas_between_them(project, value, names):
    """As in `deliver`."""
    test = f"def test_one(emr_serverless): assert emr_serverless.options.deliver == {names!r}"
    project(test, ini=f"emr_serverless_deliver = {value}").assert_outcomes(passed=1)


def test_a_delivery_that_there_is_not_is_a_usage_error(project):
    """With those that there are."""
    result = project("def test_one(): pass", ini="emr_serverless_deliver = s3,sqs")
    result.stderr.fnmatch_lines(["*ini file: emr_serverless_deliver=*from 's3', 'logs', 'events'*"])


def test_every_option_that_a_string_can_express_has_a_key(project):
    """`pytest --help` explains it."""
    told = project("", "--help").stdout.str()
    keys = {field.name for field in fields(Options) if f"emr_serverless_{field.name} " in told}
    assert keys >= {"clock", "start", "account_id", "seed", "deliver"}
    assert keys.isdisjoint({"timing", "as_kwarg"})


CALLS = """
@pytest.fixture
def stray(monkeypatch):
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", lambda *args: pytest.fail("on its way to AWS"))
    return boto3.client("emr-serverless", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")

def test_outside(stray):
    stray.list_applications()

def test_inside(emr_serverless, stray):
    stray.list_applications()
"""


def test_a_call_outside_of_every_mock_is_refused_on_demand(project):
    """Before anything is sent, and the refusal names the fixture; inside nothing changes."""
    result = project(CALLS, ini="emr_serverless_outside = error")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*RuntimeError: EMR Serverless was called while no mock*fixture emr_serverless*"])


def test_a_call_while_tests_are_collected_is_refused_on_demand(project):
    """A module that calls when it is imported has no fixture around it."""
    code = 'boto3.client("emr-serverless", region_name="eu-west-1").list_applications()'
    result = project(code, ini="emr_serverless_outside = error")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*RuntimeError: EMR Serverless was called while no mock*"])


def test_a_call_outside_of_every_mock_is_allowed_by_default(project):
    """It goes where it would go without the plugin."""
    result = project(CALLS)
    result.stdout.fnmatch_lines(["*on its way to AWS*"])


def test_refusing_ends_with_the_session(project):
    """What runs in the same process afterwards is as before."""
    before = active_mocks.outside
    project("def test_one(): pass", ini="emr_serverless_outside = error").assert_outcomes(passed=1)
    assert active_mocks.outside is before
