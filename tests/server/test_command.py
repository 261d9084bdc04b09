"""`emrs-mock serve`: a server with a clock, in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from argparse import Namespace
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from itertools import islice
from threading import Event
from time import monotonic

import pytest

from emrs_mock.cli import main
from emrs_mock.scenario.snapshots import Snapshot
from emrs_mock.server.command import _told
from emrs_mock.server.pace import PacedSource
from emrs_mock.server.state import SHORTEST_PAUSE, keep_saving
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
    """An hour is a hundredth of a second."""
    with served("--speed", 360_000, "--start", "2026-01-31T04:00:00Z") as (url, said):
        client = client_of(url)
        application = create_application(client)
        run = start_job_run(client, application)
        shown = client.get_job_run(applicationId=application, jobRunId=run)["jobRun"]
        while shown["state"] != "SUCCESS":
            shown = client.get_job_run(applicationId=application, jobRunId=run)["jobRun"]
    assert "360000 times as fast" in said
    assert shown["createdAt"] >= START


def test_a_setup_file_says_what_becomes_of_job_runs(tmp_path):
    """It is called once for each world."""
    setup = tmp_path / "rules.py"
    setup.write_text("def setup(emr):\n    emr.add_application(id='00f1cbsc6anuij25', region_name='eu-west-1')\n")
    with served("--clock", "manual", "--setup", setup) as (url, _):
        for world in (url, f"{url}/w/a"):
            assert [each["id"] for each in client_of(world).list_applications()["applications"]] == ["00f1cbsc6anuij25"]


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


def test_a_server_that_others_reach_warns():
    """Loopback does not."""
    warned = [
        "WARNING" in _told("http://x", "system", Namespace(speed=1, host=host))
        for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "build-7")
    ]
    assert warned == [False, False, False, True, True, True]


def test_a_server_goes_on_where_it_was_saved(tmp_path):
    """All worlds, at the time at which they were."""
    state = tmp_path / "state.json"
    arguments = ("--clock", "manual", "--state", state)
    with served(*arguments, "--start", START.isoformat()) as (url, _):
        application = create_application(client_of(url))
        create_application(client_of(f"{url}/w/a"))
    with served(*arguments, "--start", "2027-01-01") as (url, _):
        shown = client_of(url).get_application(applicationId=application)["application"]
        other = client_of(f"{url}/w/a").list_applications()["applications"]
    assert (shown["createdAt"], len(other)) == (START, 1)


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
    keep_saving(tmp_path / "state.json", Worlds(lambda name: None), Once(5))
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


def test_a_save_that_fails_is_reported_and_tried_again_after_the_next_change(tmp_path, monkeypatch, capsys):
    """The server goes on meanwhile."""
    saves, worlds = [], Worlds(lambda name: None)

    def save(path, worlds):
        saves.append(path)
        if len(saves) == 1:
            raise OSError("No space left on device")

    monkeypatch.setattr("emrs_mock.server.state.save", save)
    keep_saving(tmp_path / "s", worlds, Once(2, lambda: setattr(worlds, "changes", worlds.changes + 1)))
    assert (len(saves), "not saved: No space left" in capsys.readouterr().err) == (3, True)


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
