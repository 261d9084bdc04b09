"""`emr.serve()`: clients reach a mock by a URL, and everything of the handle works on what they do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import parsedate_to_datetime

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from emrs_mock import Fail, mock_emr_serverless
from emrs_mock.server.serving import serving
from emrs_mock.server.worlds import ROOT, Worlds
from tests.server.conftest import client_of
from tests.service.requests import create_application, start_job_run

OTHER_PROCESS = """
import boto3
client = boto3.client("emr-serverless", "eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
application = client.create_application(name="etl", type="SPARK", releaseLabel="emr-7.2.0")["applicationId"]
print(client.start_job_run(
    applicationId=application,
    executionRoleArn="arn:aws:iam::123456789012:role/etl",
    jobDriver={"sparkSubmit": {"entryPoint": "s3://code/job.py"}},
)["jobRunId"])
"""


@pytest.fixture
def client(url):
    """A boto3 client that reaches the mock over HTTP."""
    return client_of(url)


def test_another_process_submits_and_this_one_lets_the_job_run_end():
    """As the docs show it: the environment variable is all that the other process needs."""
    with mock_emr_serverless(clock="manual") as emr, emr.serve() as url:
        env = {**os.environ, "AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_EMR_SERVERLESS": url}
        script = OTHER_PROCESS.replace('"eu-west-1",', f'"eu-west-1", endpoint_url={url!r},')
        done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
        assert emr.run_until(done.stdout.strip()).state == "SUCCESS"


def test_rules_decide_about_job_runs_that_come_over_http(emr, client):
    """`emr.when` does not ask which way a job run was submitted."""
    emr.when(entry_point="*.py").fail(Fail.out_of_memory())
    run = start_job_run(client, emr.add_application(region_name="eu-west-1").id)
    assert emr.run_until(run).state == "FAILED"


def test_an_error_has_its_type_status_and_text(client):
    """A client raises the modelled exception."""
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="does not exist") as caught:
        client.get_application(applicationId="00aaaaaaaaaaaaaa")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_the_signature_names_region_and_account(url):
    """Each region is a world of its own, and an access key may name its account."""
    east, west = client_of(url, "us-east-1"), client_of(url, "us-west-2")
    create_application(east)
    assert (len(east.list_applications()["applications"]), west.list_applications()["applications"]) == (1, [])


def test_a_lost_reply_is_a_connection_that_is_reset_and_the_retry_has_the_same_token(emr, client):
    """The job run was started: the retry gets the same one."""
    emr.fault("StartJobRun").lose_reply(times=1)
    run = start_job_run(client, emr.add_application(region_name="eu-west-1").id)
    assert [each.id for each in emr.job_runs] == [run]
    assert [(call.attempt, call.error) for call in emr.calls.of("StartJobRun")] == [(1, "read timeout"), (2, None)]
    assert emr.calls.of("StartJobRun").count == 1


def test_a_lost_reply_can_be_held_until_the_client_gives_up(emr):
    """For code whose own read time-out is the thing under test."""
    emr.fault("ListApplications").lose_reply()
    impatient = Config(read_timeout=0.1, retries={"max_attempts": 0})
    with emr.serve(hold_time_outs=True) as url, pytest.raises(ReadTimeoutError):
        client_of(url, config=impatient).list_applications()


@pytest.mark.parametrize("fault", ["reset", "unreachable", "time_out"])
def test_a_fault_of_the_connection_is_tried_again(emr, client, fault):
    """A client that retries does not see it."""
    getattr(emr.fault("ListApplications"), fault)(times=2)
    assert client.list_applications()["applications"] == []
    assert len(emr.calls) == 3


def test_a_delay_moves_a_manual_clock_and_takes_no_time(emr, client):
    """As for clients in this process."""
    emr.fault("ListApplications").slow(3600)
    before = emr.clock.now()
    client.list_applications()
    assert (emr.clock.now() - before).total_seconds() == 3600


def test_on_the_system_clock_a_delay_is_real(url):
    """A client's own time-out can be tested."""
    with mock_emr_serverless() as emr, emr.serve() as url:
        emr.fault("*").slow(0.2)
        began = emr.clock.now()
        with urllib.request.urlopen(f"{url}/applications") as answer:
            assert answer.status == 200
        assert (emr.clock.now() - began).total_seconds() >= 0.2


def test_fifty_submissions_at_once_with_lost_replies_make_fifty_job_runs(emr, url):
    """Each client's retry gets the job run that its first try started."""
    application = emr.add_application(region_name="eu-west-1").id
    lost: set[str] = set()

    def is_new(token):
        before = len(lost)
        lost.add(token)
        return len(lost) > before

    emr.fault("StartJobRun", where=lambda params: is_new(params["clientToken"])).lose_reply()
    clients = [client_of(url) for _ in range(5)]
    with ThreadPoolExecutor(10) as pool:
        runs = list(pool.map(lambda number: start_job_run(clients[number % 5], application), range(50)))
    assert len(set(runs)) == len(emr.job_runs) == 50


def test_what_the_author_did_wrong_is_refused_and_raised_at_the_end(emr):
    """The client gets an error that it does not retry; the test fails with the author's own exception."""

    def wrong(run):
        raise LookupError("the author's mistake")

    emr.when(where=wrong).fail()
    application = emr.add_application(region_name="eu-west-1").id
    served = emr.serve()
    with pytest.raises(ClientError, match="the author's mistake") as caught:
        start_job_run(client_of(url := served.__enter__()), application)
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    response = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert response["access-control-allow-origin"] == "*"  # or a browser would not read it
    emr.fault("ListApplications", where=lambda params: 1 / 0).reset()
    with pytest.raises(ClientError, match="division by zero"):
        client_of(url).list_applications()
    with pytest.raises(LookupError, match="the author's mistake"):
        served.__exit__(None, None, None)


def test_a_handler_that_blocks_does_not_keep_other_requests_waiting(emr, url):
    """Requests are answered in threads: a handler may even wait for a call of its own to the same server."""
    seen = []
    emr.when().run(lambda run: seen.append(client_of(url).list_applications()["applications"]))
    run = start_job_run(client_of(url), emr.add_application(region_name="eu-west-1").id)
    assert emr.run_until(run).state == "SUCCESS"
    assert len(seen[0]) == 1


def test_leaving_ends_the_server_and_its_threads(emr):
    """Nothing listens any more, and no thread of ours is left."""
    with emr.serve() as url:
        client_of(url).list_applications()
    with pytest.raises(OSError, match=r"refused|reset"):
        urllib.request.urlopen(url)
    with emr.serve() as url:  # the mock itself goes on
        assert client_of(url).list_applications()["applications"] == []
    assert not [thread for thread in threading.enumerate() if thread.name == "emrs-mock-server"]


def test_leaving_does_not_wait_for_a_handler_that_blocks(emr):
    """Its client has gone away by then."""
    entered, free, ended = threading.Event(), threading.Event(), threading.Event()

    def blocks(params):
        entered.set()
        free.wait(10)
        ended.set()

    emr.fault("ListApplications", where=blocks).reset()

    def call(url):
        with suppress(OSError):  # it is left without an answer
            urllib.request.urlopen(f"{url}/applications").close()

    with emr.serve() as url:
        client = threading.Thread(target=call, args=[url])
        client.start()
        entered.wait(10)
    assert not ended.is_set()
    free.set()
    client.join()


def test_leaving_ends_the_worlds_that_were_made(emr):
    """A handler of theirs that runs a process would leave it behind; the mock that is served is the author's to end."""
    worlds = Worlds(lambda name: emr if name == ROOT else emr._another())
    with serving(worlds, "127.0.0.1", 0, pytest.fail, hold=False) as url:
        for path in ("/applications", "/w/a/applications", "/w/b/applications"):
            urllib.request.urlopen(f"{url}{path}").close()
    assert {name: handle._backend.closed for name, handle in worlds.items()} == {ROOT: False, "a": True, "b": True}


def test_a_delay_is_shorter_where_time_passes_faster():
    """A hundred times as fast, twenty seconds are a fifth of a second."""
    with mock_emr_serverless() as emr:
        emr.fault("ListApplications").slow(20)
        worlds = Worlds(lambda name: emr)
        with serving(worlds, "127.0.0.1", 0, pytest.fail, hold=False, speed=100) as url:
            began = time.monotonic()
            urllib.request.urlopen(f"{url}/applications", timeout=10).close()
    assert 0.2 <= time.monotonic() - began < 10


def test_an_answer_has_the_date_of_the_mock(emr, url):
    """SDKs correct their own clock by it."""
    with urllib.request.urlopen(f"{url}/applications") as answer:
        assert parsedate_to_datetime(answer.headers["Date"]) == emr.clock.now()


def test_only_requests_that_may_change_a_world_are_counted(emr):
    """The state is saved after those: a page that looks each second writes no file."""
    worlds, counts = Worlds(lambda name: emr), []
    application = emr.add_application("STOPPED", region_name="us-east-1").id
    with serving(worlds, "127.0.0.1", 0, pytest.fail, hold=False) as url:
        for method in ("GET", "POST", "PATCH", "DELETE", "GET"):
            request = urllib.request.Request(f"{url}/applications/{application}", method=method, data=b"{}")
            with suppress(urllib.error.HTTPError):
                urllib.request.urlopen(request).close()
            counts.append(worlds.changes)
    assert counts == [0, 1, 2, 3, 3]


def test_an_address_of_ipv6_stands_in_brackets(emr):
    """As in any URL."""
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
    with emr.serve(host="::1") as url:
        assert url.startswith("http://[::1]:")
        assert client_of(url).list_applications()["applications"] == []


def test_an_address_in_use_is_an_error_at_once(emr, url):
    """Nothing is left behind by the second server."""
    with pytest.raises(OSError, match="in use"), emr.serve(port=int(url.rpartition(":")[2])):
        pass


def test_a_virtual_clock_is_refused_with_the_reason():
    """Clients in other processes sleep for real."""
    with mock_emr_serverless(clock="virtual") as emr, pytest.raises(RuntimeError, match="sleep for real"), emr.serve():
        pass


def test_a_path_of_no_operation_is_refused(url):
    """As AWS does it, with a status of its own."""
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        urllib.request.urlopen(f"{url}/nothing")
    with caught.value as answer:
        assert answer.headers["x-amzn-errortype"] == "UnknownOperationException"


def test_a_browser_may_call_the_api(url):
    """The preflight is answered, and answers may be read."""
    request = urllib.request.Request(f"{url}/applications", method="OPTIONS", headers={"Origin": "http://localhost"})
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    with urllib.request.urlopen(f"{url}/applications") as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "x-amzn-errortype" in answer.headers["Access-Control-Expose-Headers"]


def test_a_page_of_another_origin_does_not_steer(url):
    """Steering has no CORS: a browser neither gets a preflight answered nor reads an answer."""
    with urllib.request.urlopen(f"{url}/_emrs_mock/clock") as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
    preflight = urllib.request.Request(f"{url}/_emrs_mock/clock/advance", method="OPTIONS")
    with pytest.raises(urllib.error.HTTPError, match="405") as refused:
        urllib.request.urlopen(preflight)
    with refused.value as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("port", [-1, 65536, 70000])
def test_a_port_that_cannot_be_is_refused(port):
    """Before anything listens."""
    with (
        mock_emr_serverless() as emr,
        pytest.raises(ValueError, match="expected a number from 0"),
        emr.serve(port=port),
    ):
        pass


@pytest.mark.parametrize("port", [float("nan"), "5000", None])
def test_a_port_that_is_no_number_is_refused(port):
    """By its type."""
    with mock_emr_serverless() as emr, pytest.raises((TypeError, ValueError), match="expected"), emr.serve(port=port):
        pass
