"""Tests that run at the same time: each sees its own mock only."""

from __future__ import annotations

import pytest

OWN = """
def create_and_count(name):
    client = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b").client("emr-serverless", "eu-west-1")
    for _ in range(5):
        client.create_application(name=name, type="SPARK", releaseLabel="emr-6.6.0")
    return {each["name"] for each in client.list_applications()["applications"]}
"""


def test_the_workers_of_xdist_are_isolated(project):
    """Each is a process; calls outside of a mock are refused in all of them."""
    code = """
@pytest.mark.parametrize("n", range(6))
def test_own(emr_serverless, n):
    assert create_and_count(f"test-{n}") == {f"test-{n}"}

def test_outside():
    with pytest.raises(RuntimeError, match="no mock is active"):
        boto3.client("emr-serverless", "eu-west-1").list_applications()
"""
    result = project(OWN + code, "-p", "xdist", "-n", "2", ini="emr_serverless_outside = error")
    result.assert_outcomes(passed=7)


def test_the_threads_of_run_parallel_are_isolated(project):
    """One test, in many threads at the same time."""
    pytest.importorskip("pytest_run_parallel")
    code = """
import threading

@mock_emr_serverless
def test_decorated():
    name = f"thread-{threading.get_ident()}"
    assert create_and_count(name) == {name}

def test_block():
    name = f"thread-{threading.get_ident()}"
    with mock_emr_serverless():
        assert create_and_count(name) == {name}

def test_fixture(emr_serverless):
    assert len(create_and_count("shared")) == 1
    assert current() is emr_serverless
"""
    result = project(OWN + code, "-p", "pytest_run_parallel.plugin", "--parallel-threads=4")
    result.assert_outcomes(passed=3)
