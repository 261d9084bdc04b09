"""The examples of docs/other-languages.md run as a reader would run them, against a mock that is served.

Each needs a program or a library that may be missing: `tox run -e clients` has them, where apt and npm bring them.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emrs_mock.activation.mock import SURROUNDINGS
from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.options import Options
from emrs_mock.server.pace import PacedTime
from tests.docs.pages import ROOT
from tests.server.test_real_clients import ENVIRONMENT, GOPATH, NODE_MODULES

EXAMPLES = ROOT / "docs" / "examples" / "clients"
AWS = Path(sys.executable).parent / "aws"
GO_SDK = GOPATH / "src/github.com/aws/aws-sdk-go-v2/service/emrserverless"


@pytest.fixture
def emr():
    """A mock in which five minutes are a second, and nightly job runs fail."""
    emr = EMRServerless(Options(), SURROUNDINGS, PacedTime(None, 300))
    emr._open()
    emr.when(name="nightly").fail("ExitCode: 137", after=60)
    yield emr
    emr._close()


def printed(emr, url, *command, **env):
    """What an example printed; it has started one job run."""
    env = {**ENVIRONMENT, "AWS_ENDPOINT_URL_EMR_SERVERLESS": url, **env}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [run.name for run in emr.job_runs] == ["nightly"]
    return done.stdout.strip()


@pytest.mark.skipif(not AWS.exists() or shutil.which("bash") is None, reason="there is no AWS CLI here")
def test_the_example_for_the_aws_cli(emr, url):
    """The one that pip installs."""
    path = f"{AWS.parent}{os.pathsep}{os.environ['PATH']}"
    assert printed(emr, url, "bash", str(EXAMPLES / "etl.sh"), url, PATH=path) == "FAILED"


@pytest.mark.skipif(
    not os.path.isdir(f"{NODE_MODULES}/@aws-sdk") or shutil.which("node") is None,
    reason="there is no SDK for JavaScript here",
)
def test_the_example_for_javascript(emr, url, tmp_path):
    """The environment variable is all that it needs."""
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    script = shutil.copy(EXAMPLES / "etl.mjs", tmp_path)
    assert printed(emr, url, "node", script) == "FAILED"


@pytest.mark.skipif(
    not NODE_MODULES or shutil.which("go") is None or not GO_SDK.exists(), reason="there is no SDK for Go here"
)
def test_the_example_for_go(emr, url, tmp_path):
    """With the SDK of Debian's package."""
    env = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(tmp_path), "GOFLAGS": ""}
    assert printed(emr, url, "go", "run", str(EXAMPLES / "etl.go"), url, **env) == "FAILED"


def module_of(name):
    """An example in Python, imported."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FakeContainer:
    """What the example uses of a container: its command runs in a process of its own instead."""

    def __init__(self, image):
        self.image = image

    def with_exposed_ports(self, port):
        self.port = port
        return self

    def with_command(self, command):
        self.command = command
        return self

    def waiting_for(self, strategy):
        return self

    def __enter__(self):
        flags = re.search(r"emrs-mock (serve .*)", self.command[2])[1].replace("0.0.0.0", "127.0.0.1").split()
        command = [sys.executable, "-m", "emrs_mock", *flags, "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.served_on = int(re.search(r"http://127\.0\.0\.1:(\d+)", self.process.stdout.readline())[1])
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.communicate(timeout=20)

    def get_container_host_ip(self):
        return "127.0.0.1"

    def get_exposed_port(self, port):
        assert port == self.port == 5000
        return self.served_on


def test_the_example_for_testcontainers(monkeypatch):
    """No daemon is needed: the methods it uses are those of the library, and the command of the container is run."""
    library = pytest.importorskip("testcontainers.core.container")
    example = module_of("test_in_a_container")
    used = {name for name in vars(FakeContainer) if not name.startswith("__")}
    assert used <= set(dir(library.DockerContainer))
    monkeypatch.setattr(example, "DockerContainer", FakeContainer)
    example.test_a_nightly_job_that_fails()


def test_the_example_beside_motos_server(pytester):
    """Events of the mock arrive at a queue of moto's, and both are reached by their URLs."""
    pytest.importorskip("flask")
    pytester.copy_example(str(EXAMPLES / "test_beside_moto.py"))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", timeout=120)
    result.assert_outcomes(passed=1)
