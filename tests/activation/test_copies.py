"""Several copies of the package in one process, or one that is loaded anew: each mock answers, and nothing leaks."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import emrs_mock

PACKAGE = Path(emrs_mock.__file__).parent

HEAD = """
import importlib, sys, unittest.mock
import botocore.endpoint, botocore.session
from botocore.httpsession import URLLib3Session

sys.path.insert(0, %r)

def send(self, request):
    raise EOFError("left the process")

URLLib3Session.send = send
session = botocore.session.get_session()
session.set_credentials("a", "b")

def new_client():
    return session.create_client("emr-serverless", region_name="us-east-1")

client = new_client()

def create(name):
    client.create_application(name=name, type="SPARK", releaseLabel="emr-6.6.0")

def names(emr):
    return [each.name for each in emr.applications]

def left():
    try:
        client.list_applications()
    except EOFError:
        return True

def forget():
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "emrs_mock"}
    return kept
"""

TWO = {
    "deleted": """
import emrs_mock as one
one.mock_emr_serverless.start().stop()
forget()
import emrs_mock as two
""",
    "patched": """
with unittest.mock.patch.dict(sys.modules, {"pyspark": unittest.mock.Mock()}):
    import emrs_mock as one
    one.mock_emr_serverless.start().stop()
import emrs_mock as two
""",
    "patched while active": """
with unittest.mock.patch.dict(sys.modules):
    import emrs_mock as one
    with one.mock_emr_serverless():
        create("first")
import emrs_mock as two
""",
    "vendored": """
import emrs_mock as one
import vendored_mock as two
""",
}


@pytest.fixture(scope="module")
def vendored(tmp_path_factory):
    """A copy of the package under another name: as tools make it, which rewrite imports and nothing else."""
    root = tmp_path_factory.mktemp("vendor")
    shutil.copytree(PACKAGE, root / "vendored_mock", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (root / "vendored_mock").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"^(\s*(?:from|import) )emrs_mock\b", r"\1vendored_mock", text, flags=re.MULTILINE))
    return root


def run(code: str, path: Path | str = "") -> None:
    """Run a program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", HEAD % str(path) + code],
        capture_output=True, text=True, check=False, timeout=100, cwd=PACKAGE.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("how", TWO)
def test_two_copies_each_answer_their_own(how, vendored):
    """One after the other, nested either way, with bound clients, and with clients of any age."""
    run(
        TWO[how]
        + """
assert one.mock_emr_serverless is not two.mock_emr_serverless
for first, second in ((one, two), (two, one)):
    for each in (first, second):
        with each.mock_emr_serverless() as emr:
            create("alone")
            assert names(emr) == ["alone"] and each.current() is emr
            try:
                client.get_application(applicationId="00f1cbsc6anuij25")
            except client.exceptions.ResourceNotFoundException:
                pass
    assert left()
    with first.mock_emr_serverless() as outer:
        create("outer")
        bound = outer.client("us-east-1")
        with second.mock_emr_serverless() as inner:
            create("inner")
            assert [each["name"] for each in new_client().list_applications()["applications"]] == ["inner"]
            bound.create_application(name="bound", type="SPARK", releaseLabel="emr-6.6.0")
        create("outer-again")
    assert (names(outer), names(inner)) == (["outer", "bound", "outer-again"], ["inner"])
    assert left()
""",
        vendored,
    )


@pytest.mark.parametrize("how", ["deleted", "vendored"])
def test_two_copies_may_end_in_any_order(how, vendored):
    """The one that is left answers."""
    run(
        TWO[how]
        + """
first, second = one.mock_emr_serverless(), two.mock_emr_serverless()
emr, other = first.start(), second.start()
first.stop()
create("second")
assert names(other) == ["second"]
second.stop()
assert left()
""",
        vendored,
    )


@pytest.mark.parametrize("service_first", [True, False])
def test_two_copies_act_once(service_first, vendored):
    """A job starts once, whichever copy knows the client longer."""
    run(
        TWO["vendored"]
        + f"""
for each in {"(one, two)" if service_first else "(two, one)"}:
    with each.mock_emr_serverless():
        create("x")
with one.mock_emr_serverless() as emr, two.mock_emr_serverless() as other:
    create("x")
    assert (len(emr.calls), len(other.calls)) == (0, 1)
""",
        vendored,
    )


def test_a_module_that_is_reloaded_while_a_mock_is_active_loses_nothing():
    """Each in turn: calls are answered, the mock ends, and the next one works."""
    run(
        """
import emrs_mock
with emrs_mock.mock_emr_serverless():
    create("everything-is-loaded")
for name in sorted(name for name in sys.modules if name.startswith("emrs_mock")):
    mock = emrs_mock.mock_emr_serverless()
    emr = mock.start()
    create("before")
    importlib.reload(sys.modules[name])
    create("after")
    new_client().list_applications()
    assert names(emr) == ["before", "after"], name
    mock.stop()
    assert left(), name
    with emrs_mock.mock_emr_serverless() as emr:
        create("next")
        assert names(emr) == ["next"], name
"""
    )


def test_a_botocore_that_is_imported_anew_is_caught_from_the_next_mock_on():
    """As where `sys.modules` was patched around its first import."""
    run(
        """
import emrs_mock
with emrs_mock.mock_emr_serverless():
    create("old")
for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
    del sys.modules[name]
import botocore.session, botocore.httpsession
botocore.httpsession.URLLib3Session.send = send
old, session = client, botocore.session.get_session()
with emrs_mock.mock_emr_serverless() as emr:
    client = new_client()
    create("new")
    old.list_applications()
    assert names(emr) == ["new"]
    assert type(client).__mro__[1] is not type(old).__mro__[1]
"""
    )


GONE = """
with unittest.mock.patch.dict(sys.modules):
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        del sys.modules[name]
    import botocore.session, botocore.httpsession
    botocore.httpsession.URLLib3Session.send = send
    session = botocore.session.get_session()
    session.set_credentials("a", "b")
    client = new_client()
    %s
"""


@pytest.mark.parametrize("before", ["", "import emrs_mock; emrs_mock.mock_emr_serverless.start().stop()"])
@pytest.mark.parametrize("inside", ["pass", "import emrs_mock as old"])
def test_a_client_of_a_botocore_that_is_gone_is_caught(before, inside):
    """It was imported where `sys.modules` was patched, with this package or without, before the first mock or after."""
    run(
        before
        + GONE % inside
        + """
import emrs_mock
assert client.__class__.__mro__[1] is not __import__("botocore.client").client.BaseClient
for _ in range(2):
    with emrs_mock.mock_emr_serverless() as emr:
        create("gone")
        assert client.list_applications()["applications"][0]["name"] == "gone"
        try:
            client.get_application(applicationId="00f1cbsc6anuij25")
        except client.exceptions.ResourceNotFoundException:
            pass
        assert names(emr) == ["gone"]
    assert left()
"""
    )


@pytest.mark.parametrize("how", ["with unittest.mock.patch.dict(sys.modules):", "if True:"])
def test_a_botocore_that_is_imported_anew_while_a_mock_is_active_is_caught(how):
    """Its client is answered at once, and the module has no trace of the watched import."""
    run(f"""
import emrs_mock
with emrs_mock.mock_emr_serverless() as emr:
    {how}
        for name in [name for name in sys.modules if name.split(".")[0] == "botocore"]:
            del sys.modules[name]
        import botocore.endpoint, botocore.httpsession, botocore.session
        botocore.httpsession.URLLib3Session.send = send
        session = botocore.session.get_session()
        client = session.create_client("emr-serverless")  # whose region and credentials are looked up
        client.create_application(name="anew", releaseLabel="emr-7.10.0", type="SPARK", clientToken="t")
        assert type(botocore.endpoint.__loader__).__module__.startswith("_frozen_importlib")
        assert botocore.endpoint.__spec__.loader is botocore.endpoint.__loader__
    assert names(emr) == ["anew"]
""")


def test_a_client_of_a_botocore_that_is_gone_needs_no_credentials():
    """Calls are not signed: it takes its own botocore's word for that."""
    run(
        GONE % "pass"
        + """
import emrs_mock
client._request_signer._credentials = None
with emrs_mock.mock_emr_serverless() as emr:
    create("unsigned")
"""
    )
