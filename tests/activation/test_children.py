"""Children of the process: a fork has a copy of the mock, any other child refuses calls of EMR Serverless."""

from __future__ import annotations

import contextvars
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

import emrs_mock
from emrs_mock import mock_emr_serverless
from emrs_mock.activation import active_mocks, children
from tests.activation.work import client, create, listed

ROOT = Path(emrs_mock.__file__).parents[1]
REFUSED = "EMR Serverless ListApplications was called in process .*Enter a mock here too.*docs: leaving-the-process"
AWAY = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-west-1"}

CALL = """
import botocore.session
from botocore.httpsession import URLLib3Session

class Left(Exception):
    pass

def send(self, request):
    raise Left(request.url)

URLLib3Session.send = send
client = botocore.session.get_session().create_client("emr-serverless")
try:
    print("answered", client.list_applications()["applications"])
except BaseException as error:
    print(type(error).__name__, error)
"""
"""A child's program: it tells what became of its call, and sends nothing."""


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """A child finds the package under test, and credentials that would let it call AWS."""
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def python(*arguments, code=CALL, **options) -> str:
    """What a child tells."""
    done = subprocess.run(
        [sys.executable, *arguments, "-c", code], capture_output=True, text=True, check=False, timeout=60, **options
    )
    assert not done.stderr
    return done.stdout.strip()


def call() -> str:
    """What becomes of a call in this process; nothing is sent."""
    from botocore.httpsession import URLLib3Session

    def send(self, request):
        raise EOFError("sent")

    URLLib3Session.send, before = send, URLLib3Session.send
    try:
        client().list_applications()
        return "answered"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        URLLib3Session.send = before


def call_in_a_mock() -> str:
    """The way out that the refusal names."""
    with mock_emr_serverless():
        create("child")
        return listed()[0]


def grandchild() -> str:
    """What a child of this process tells."""
    return python()


# --- multiprocessing ------------------------------------------------------------------------------------------------

METHODS = [method for method in ("spawn", "forkserver") if method in multiprocessing.get_all_start_methods()]


@pytest.fixture(params=METHODS)
def pool(request, tmp_path):
    """Makes pools of one process that is started when it is first used."""
    context = multiprocessing.get_context(request.param)
    if request.param == "forkserver":
        context.Process(target=os.getpid).start()  # the server is older than any mock of the test
    return lambda: ProcessPoolExecutor(1, mp_context=context)


def test_a_child_refuses(pool):
    """And says why and what to do; where it enters a mock it is answered; and its own children refuse."""
    with mock_emr_serverless(), pool() as processes:
        with pytest.raises(pytest.fail.Exception, match=REFUSED):
            pytest.fail(processes.submit(call).result(60))
        assert processes.submit(call_in_a_mock).result(60) == "child"
        assert "was called in process" in processes.submit(grandchild).result(60)


def test_a_child_that_is_started_after_the_mock_is_free(pool):
    """Also where the process object is older, and where the server began inside of the mock."""
    processes = pool()
    with mock_emr_serverless(), pool() as others:
        others.submit(os.getpid).result(60)
    with processes:
        assert processes.submit(call).result(60) == "EOFError: sent"


def test_a_child_that_was_made_before_the_mock_and_starts_inside_refuses(pool):
    """What counts is the moment at which it starts."""
    with pool() as processes, mock_emr_serverless():
        assert "Enter a mock here too" in processes.submit(call).result(60)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_has_a_copy_of_the_mock():
    """What it does is not seen in the parent."""
    context = multiprocessing.get_context("fork")
    with mock_emr_serverless():
        create("parent")
        with quiet(), ProcessPoolExecutor(1, mp_context=context) as processes:
            assert processes.submit(listed).result(60) == ["parent"]
            processes.submit(create, "child").result(60)
            assert processes.submit(listed).result(60) == ["child", "parent"]
        assert listed() == ["parent"]


# --- subprocess -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("env", [None, {}, {"PYTHONPATH": "/elsewhere"}, "positional"])
def test_a_python_of_subprocess_refuses(env):
    """Whatever environment it is given."""
    given = os.environ | ({} if env in (None, "positional") else env)
    with mock_emr_serverless():
        if env == "positional":
            arguments = ([sys.executable, "-c", CALL], -1, None, None, subprocess.PIPE, None, None, True, False, None)
            with subprocess.Popen(*arguments, given) as child:
                told = child.communicate(timeout=60)[0].decode()
        else:
            told = python(env=None if env is None else given)
    with pytest.raises(pytest.fail.Exception, match=f"RuntimeError {REFUSED}"):
        pytest.fail(told)


def test_a_child_of_a_child_refuses_too():
    """It inherits what its parent was told."""
    code = f"import subprocess, sys; print(subprocess.run([sys.executable, '-c', {CALL!r}]).returncode, flush=True)"
    with mock_emr_serverless():
        assert "Enter a mock here too" in python(code=code)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_python_of_subprocess_is_free_outside(when):
    """Nothing is left in the environment, whose variables are this process's own."""
    before = dict(os.environ)
    if when == "after":
        with mock_emr_serverless():
            assert dict(os.environ) == before
            python(code="")
    assert python().startswith("Left https://emr-serverless.eu-west-1.amazonaws.com")


@pytest.mark.parametrize(
    "before",
    [
        "import importlib.util; importlib.util.find_spec('botocore.endpoint')",
        "import importlib, botocore.endpoint; importlib.reload(botocore.endpoint)",
        "import sys, botocore.endpoint; del sys.modules['botocore.endpoint']",
        "import sys, botocore.session; [sys.modules.pop(n) for n in list(sys.modules) if n.startswith('botocore')]",
    ],
)
def test_a_child_refuses_however_it_imports_botocore(before):
    """Also where it was looked for without being imported, and where it is imported again."""
    with mock_emr_serverless():
        assert "Enter a mock here too" in python(code=before + CALL)


def test_a_child_whose_environment_ignores_endpoint_urls_refuses_too():
    """It sees its own value of the variable. With `-I` it is sent to where nothing answers."""
    code = CALL + "import os; print(os.environ['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])"
    environment = os.environ | {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    with mock_emr_serverless():
        told = python(code=code, env=environment)
        assert "Enter a mock here too" in told
        assert told.endswith("true")
        isolated = python("-I", env=environment)
    from botocore import __version__

    if tuple(map(int, __version__.split(".")[:2])) >= (1, 31):
        assert isolated.startswith("Left http://127.0.0.1:9/EMR-Serverless-is-mocked")


def test_a_child_may_enter_a_mock():
    """The way out; and its clients look as ever."""
    code = f"""
import emrs_mock
with emrs_mock.mock_emr_serverless():
    {textwrap.indent(CALL, "    ").strip()}
    print(client.meta.endpoint_url)
"""
    with mock_emr_serverless():
        told = python(code=code)
    assert told == "answered []\nhttps://emr-serverless.eu-west-1.amazonaws.com"


def test_a_child_may_call_a_double_on_this_machine():
    """It does not leave."""
    with mock_emr_serverless():
        told = python(env=os.environ | {"AWS_ENDPOINT_URL_EMR_SERVERLESS": "http://localhost:4566"})
        code = CALL.replace(
            'client("emr-serverless")', 'client("emr-serverless", endpoint_url="http://127.0.0.1:4566")'
        )
        assert python(code=code).startswith("Left http://127.0.0.1:4566")
        code = code.replace("127.0.0.1", "emr.localhost")
        assert python(code=code).startswith("Left http://emr.localhost:4566")
    assert told.startswith(("Left http://localhost:4566", "RuntimeError"))  # an older botocore knows no such variable


def test_a_child_may_call_other_services():
    """As the process itself may."""
    code = CALL.replace("emr-serverless", "sqs").replace("list_applications", "list_queues")
    with mock_emr_serverless():
        assert python(code=code).startswith("Left https://")


def test_a_child_that_has_a_sitecustomize_of_its_own_runs_it(tmp_path):
    """Ours gives way to it, and is not seen."""
    (tmp_path / "sitecustomize.py").write_text("import builtins\nbuiltins.mine = __file__\n")
    code = "import sys, sitecustomize; print(mine == sitecustomize.__file__, *(p for p in sys.path if 'guard' in p))"
    with mock_emr_serverless():
        assert python(code=code, env=os.environ | {"PYTHONPATH": str(tmp_path)}) == "True"
        assert python("-c", "import sys; print(*(p for p in sys.path if 'guard' in p))") == ""


def test_a_python_that_looks_at_no_variable_reaches_no_one():
    """With `-I` a botocore that knows endpoints by service is sent to an address where nothing answers."""
    from botocore import __version__

    if tuple(map(int, __version__.split(".")[:2])) < (1, 31):
        pytest.skip("this botocore knows no endpoints by service")
    with mock_emr_serverless():
        assert python("-I").startswith("Left http://127.0.0.1:9/EMR-Serverless-is-mocked-in-the-parent-process")


def test_a_child_that_never_imports_botocore_notices_nothing():
    """And begins as fast: neither botocore nor this package is imported."""
    code = "import sys; print(*(name for name in sys.modules if name.startswith(('botocore', 'emrs'))))"
    with mock_emr_serverless():
        assert python(code=code) == ""


def test_calls_outside_are_refused_in_children_too(monkeypatch):
    """`emr_serverless_outside = error` holds for them."""

    def refuse():
        raise RuntimeError

    monkeypatch.setattr(active_mocks, "outside", refuse)
    assert "emr_serverless_outside = error" in python()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        assert "emr_serverless_outside = error" in processes.submit(call).result(60)


def test_every_way_to_give_an_environment_keeps_what_is_in_it():
    """Only what the guard needs is added."""
    made = children.guarded({"A": "1", "AWS_ENDPOINT_URL": "http://localhost"}, "x")
    assert made == {
        "A": "1",
        "AWS_ENDPOINT_URL": "http://localhost",
        "PYTHONPATH": str(children.GUARD.parent),
        children.REASON: "x",
    }
    assert children.guarded(made, "x") == made


# --- forks while others call ----------------------------------------------------------------------------------------


@contextmanager
def quiet():
    """Python warns of forks in a process that has threads; that is what is tested here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def wait_for(pid: int, seconds: float) -> int | None:
    """The exit status of a child; None if it hangs, and then it is killed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.skipif(sys.gettrace() is not None, reason="coverage has a lock that a child inherits")
def test_a_fork_while_other_threads_call_never_hangs():
    """The child calls, subscribes, breaks calls, and enters and leaves mocks of its own."""
    over, statuses = threading.Event(), []

    def work():
        while not over.is_set():
            create()
            with mock_emr_serverless() as inner:
                inner.subscribe(lambda event: None)
                inner.fault("GetJobRun", every=2).error("ThrottlingException")
                inner.client("us-east-1").list_applications()

    with quiet(), mock_emr_serverless() as emr:
        emr.subscribe(lambda event: None)
        create()
        threads = [threading.Thread(target=contextvars.copy_context().run, args=(work,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(40):
            pid = os.fork()
            if not pid:
                status = 1
                try:
                    create("child")
                    status = 0 if "child" in listed() and call_in_a_mock() == "child" else 2
                finally:
                    os._exit(status)
            statuses.append(wait_for(pid, 20))
        over.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {0}
