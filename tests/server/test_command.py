"""`emrs-mock serve`: a server with a clock, in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from argparse import Namespace
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.cli import main
from emrs_mock.scenario.snapshots import Snapshot
from emrs_mock.server.command import _told, setup_of
from emrs_mock.server.pace import PacedSource
from emrs_mock.server.state import SHORTEST_PAUSE, keep_saving, save
from emrs_mock.server.worlds import Worlds
from tests.docs.pages import ROOT
from tests.server.conftest import client_of
from tests.service.requests import create_application, start_job_run

START = datetime(2026, 1, 31, 4, tzinfo=timezone.utc)


@contextmanager
def served(*arguments, end=signal.SIGINT, leaves=(0, "")):
    """A server with these arguments; gets its URL, and what it printed at its start. Ended by Ctrl-C, or by `end`."""
    command = [sys.executable, "-m", "emrs_mock", "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = "".join(islice(process.stdout, 6))
    try:
        assert "--endpoint-url" in said, process.communicate()[1]
        yield said.split()[3], said
    finally:
        process.send_signal(end)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == leaves


def test_time_passes_by_itself_and_faster_than_real_time():
    """An hour is a hundredth of a second, of a call that takes an hour too; SIGTERM ends a server as Ctrl-C does."""
    arguments = ("--speed", 360_000, "--start", "2001-01-31T04:00:00Z", "--hold-time-outs")
    with served(*arguments, end=signal.SIGTERM) as (url, said):
        client = client_of(url)
        application = create_application(client)
        run = start_job_run(client, application)
        shown = client.get_job_run(applicationId=application, jobRunId=run)["jobRun"]
        while shown["state"] != "SUCCESS":
            shown = client.get_job_run(applicationId=application, jobRunId=run)["jobRun"]
        for then in ({"slow": {"delay": 3600}}, {"lose_reply": {"times": 1}}):
            fault = json.dumps({"operation": "ListApplications", "then": then}).encode()
            urllib.request.urlopen(f"{url}/_emrs_mock/faults", fault).close()
        with pytest.raises(TimeoutError):  # the connection is held
            urllib.request.urlopen(f"{url}/applications", timeout=0.2)
        urllib.request.urlopen(f"{url}/applications", timeout=10).close()
    assert "360000 times as fast" in said
    assert shown["createdAt"].year == 2001


def test_a_setup_file_says_what_becomes_of_job_runs(tmp_path):
    """It is called once for each world."""
    setup = tmp_path / "rules.py"
    setup.write_text("def setup(emr):\n    emr.add_application(id='00f1cbsc6anuij25', region_name='eu-west-1')\n")
    with served("--clock", "manual", "--setup", setup) as (url, _):
        for world in (url, f"{url}/w/a"):
            assert [each["id"] for each in client_of(world).list_applications()["applications"]] == ["00f1cbsc6anuij25"]


def test_a_setup_file_without_a_function_is_refused(tmp_path):
    """A name that is something else too."""
    setup = tmp_path / "rules.py"
    for text in ("", "setup = 3"):
        setup.write_text(text)
        with pytest.raises(ValueError, match=r"it has no function setup\(emr\)"):
            setup_of(str(setup))


def test_what_the_author_did_wrong_is_printed_at_once_and_the_server_goes_on(tmp_path):
    """Setup that fails for a world, and a rule that raises: the client gets the error too."""
    setup = tmp_path / "rules.py"
    setup.write_text(
        "import itertools\n"
        "numbers = itertools.count()\n"
        "def setup(emr):\n"
        "    if next(numbers):\n"
        "        raise LookupError('no such world')\n"
        "    emr.when(where=lambda run: 1 / 0).fail()\n"
    )
    command = [sys.executable, "-m", "emrs_mock", "serve", "--port", "0", "--clock", "manual", "--setup", str(setup)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        url = "".join(islice(process.stdout, 6)).split()[3]
        client = client_of(url)
        with pytest.raises(client.exceptions.ClientError, match="no such world"):
            client_of(f"{url}/w/a").list_applications()
        with pytest.raises(client.exceptions.ClientError, match="division by zero"):
            start_job_run(client, create_application(client))
        assert len(client.list_applications()["applications"]) == 1
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, "no such world" in errors, "ZeroDivisionError" in errors) == (0, True, True)


@pytest.mark.parametrize(("speed", "said"), [(1, False), (0.5, True), (60, True)])
def test_the_pace_is_told_if_it_is_not_that_of_real_time(speed, said):
    """Slower ones too."""
    told = _told("http://x", "system", Namespace(speed=speed, host="localhost"))
    pace = f", {speed:g} times as fast as real time" if said else ""
    assert told.splitlines()[0] == f"EMR Serverless at http://x (clock: system{pace}). Ctrl-C ends it."


def test_a_server_says_how_it_is_reached():
    """What to copy and paste, line by line."""
    assert _told("http://x:5000", "manual", Namespace(speed=1, host="0.0.0.0")).splitlines() == [
        "EMR Serverless at http://x:5000 (clock: manual). Ctrl-C ends it.",
        "  SDKs, AWS CLI:  export AWS_ENDPOINT_URL_EMR_SERVERLESS=http://x:5000",
        "  older CLIs:     aws emr-serverless --endpoint-url http://x:5000 list-applications",
        "                  (Debian's AWS CLI 2 ignores the variable and would call AWS)",
        "  a world of its own for each test: http://x:5000/w/NAME",
        "  what happens, and what steers it: http://x:5000/_emrs_mock/",
        "  WARNING: other machines can reach this server, which checks no credentials.",
    ]


def test_a_server_that_others_reach_warns():
    """Loopback does not."""
    warned = [
        "WARNING" in _told("http://x", "system", Namespace(speed=1, host=host))
        for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "build-7")
    ]
    assert warned == [False, False, False, True, True, True]


def test_a_server_goes_on_where_it_was_saved(tmp_path):
    """All worlds, at the time at which they were; what --setup arranges is arranged in new worlds only.

    A world that no client has asked for meanwhile is kept too.
    """
    state, setup = tmp_path / "state.json", tmp_path / "setup.py"
    setup.write_text("def setup(emr):\n    emr.add_application(region_name='eu-west-1')\n")
    arguments = ("--clock", "manual", "--state", state, "--setup", setup)
    with served(*arguments, "--start", START.isoformat()) as (url, _):
        application = create_application(client_of(url))
        create_application(client_of(f"{url}/w/a"))
    with served(*arguments):
        pass
    with served(*arguments, "--start", "2027-01-01") as (url, _):
        shown = client_of(url).get_application(applicationId=application)["application"]
        other = client_of(f"{url}/w/a").list_applications()["applications"]
    assert (shown["createdAt"], len(other)) == (START, 2)


def saved_applications(state):
    """How many applications are in the file."""
    try:
        documents = json.loads(state.read_text())["worlds"]
    except FileNotFoundError:
        return 0
    kept = [Snapshot.from_json(json.dumps(document)) for document in documents.values()]
    return sum(len(world.applications) for each in kept for world in each._parts["simulation"]["worlds"].values())


def test_a_server_that_is_killed_goes_on_where_it_was_saved_last(tmp_path):
    """It has no time to save at its end, and has saved after the change."""
    state = tmp_path / "state.json"
    arguments = ("--clock", "manual", "--state", state)
    with served(*arguments, end=signal.SIGKILL, leaves=(-signal.SIGKILL, "")) as (url, _):
        client = client_of(url)
        application = create_application(client)
        run = start_job_run(client, application)
        create_application(client_of(f"{url}/w/a"))
        deadline = monotonic() + 60
        while saved_applications(state) < 2 and monotonic() < deadline:
            Event().wait(0.05)
    with served(*arguments) as (url, _):
        shown = client_of(url).get_job_run(applicationId=application, jobRunId=run)["jobRun"]
        other = client_of(f"{url}/w/a").list_applications()["applications"]
    assert (shown["jobRunId"], len(other)) == (run, 1)


class Once:
    """An event of threads that is set after so many waits."""

    def __init__(self, waits, act=lambda: None):
        self.pauses, self.waits, self.act = [], waits, act

    def wait(self, pause):
        self.pauses.append(pause)
        self.act()
        return len(self.pauses) > self.waits


def test_nothing_is_saved_while_nothing_changes(tmp_path, monkeypatch):
    """Apart from the end."""
    saves = []
    monkeypatch.setattr("emrs_mock.server.state.save", lambda path, worlds: saves.append(path))
    worlds = Worlds(lambda name: None)
    worlds.changes = 3  # while the server began
    keep_saving(tmp_path / "state.json", worlds, Once(5))
    assert len(saves) == 1


def test_saving_takes_a_twentieth_of_the_time_at_most(tmp_path, monkeypatch):
    """A save of two seconds is followed by a pause of forty."""
    clock = [0.0]
    worlds = Worlds(lambda name: None)
    monkeypatch.setattr("emrs_mock.server.state.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("emrs_mock.server.state.save", lambda path, worlds: clock.__setitem__(0, clock[0] + 2))
    stopped = Once(1, lambda: setattr(worlds, "changes", worlds.changes + 1))
    keep_saving(tmp_path / "state.json", worlds, stopped)
    assert stopped.pauses == [SHORTEST_PAUSE, 40]


@pytest.mark.parametrize("error", [OSError("No space left on device"), TypeError("No space left for a function")])
def test_a_save_that_fails_is_reported_and_tried_again_after_the_next_change(tmp_path, monkeypatch, capsys, error):
    """The server goes on meanwhile."""
    saves, worlds = [], Worlds(lambda name: None)

    def save(path, worlds):
        saves.append(path)
        if len(saves) == 1:
            raise error

    monkeypatch.setattr("emrs_mock.server.state.save", save)
    keep_saving(tmp_path / "s", worlds, Once(2, lambda: setattr(worlds, "changes", worlds.changes + 1)))
    assert (len(saves), capsys.readouterr().err) == (3, f"emrs-mock: the state was not saved: {error}\n")


def test_until_a_state_is_written_whole_the_file_is_what_it_was(tmp_path, monkeypatch):
    """The disk may be full in the middle of it."""
    state = tmp_path / "state.json"
    state.write_text("before")

    def half(path, text, encoding):
        path.write_bytes(text[: len(text) // 2].encode())
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with mock_emr_serverless() as emr, pytest.raises(OSError, match="No space"):
        save(state, {"": emr})
    assert state.read_text() == "before"


def test_a_state_that_is_none_is_refused_and_kept(tmp_path, capsys):
    """The file is not written over."""
    state = tmp_path / "state.json"
    state.write_text('{"something": "else"}')
    with pytest.raises(SystemExit):
        main(["serve", "--port", "0", "--state", str(state)])
    assert "holds no state of emrs-mock serve" in capsys.readouterr().err
    assert json.loads(state.read_text()) == {"something": "else"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--clock", "virtual"], "sleep for real"),
        (["--clock", "manual", "--speed", "2"], "stands still until it is moved"),
        (["--speed", "0"], "a positive number"),
        (["--speed", "nan"], "a positive number"),
        (["--speed", "inf"], "a positive number"),
        (["--start", "tomorrow"], "tomorrow"),
        (["--setup", "/nonexistent.py"], "nonexistent"),
        (["--account-id", "1"], "twelve digits"),
    ],
)
def test_what_cannot_be_is_told_with_the_usage(arguments, reason, capsys):
    """Nothing was served."""
    with pytest.raises(SystemExit) as end:
        main(["serve", "--port", "0", *arguments])
    said = capsys.readouterr().err
    assert (end.value.code, "usage: emrs-mock serve" in said, reason in said) == (2, True, True)


def test_a_paced_source_counts_real_seconds_times_its_speed():
    """From its start, and it can be moved besides."""
    real = [100.0]
    source = PacedSource(START, 60, lambda: real[0])
    assert source.now() == START
    real[0] += 2
    assert source.now() == START + timedelta(minutes=2)
    source.move(timedelta(days=1))
    real[0] += 1
    assert source.now() == START + timedelta(days=1, minutes=3)


def test_a_paced_source_without_a_start_begins_with_the_time_of_day():
    """In UTC, and it says its speed."""
    source = PacedSource(None, 1.0)
    assert abs(source.now() - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert repr(source) == "clock at 1 times real time"


def test_the_compose_file_of_the_docs_starts_a_server_that_others_reach(capsys):
    """Its command has flags that there are, and the tests' variable names its port."""
    yaml = pytest.importorskip("yaml")
    services = yaml.safe_load((ROOT / "docs" / "examples" / "docker-compose.yml").read_text())["services"]
    flags = re.findall(r"--[a-z-]+", services["emr-serverless"]["command"].partition("emrs-mock serve")[2])
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    described = capsys.readouterr().out
    assert "--host" in flags
    assert all(flag in described for flag in flags)
    assert services["tests"]["environment"]["AWS_ENDPOINT_URL_EMR_SERVERLESS"] == "http://emr-serverless:5000"
