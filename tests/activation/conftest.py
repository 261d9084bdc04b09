"""A network that no test may reach, and runners for modules that a test writes."""

from __future__ import annotations

import contextlib
import io
import sys
import unittest
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from botocore.httpsession import URLLib3Session

import emrs_mock.handle.emr_serverless  # or it would be imported in an inner run, and forgotten with it
import emrs_mock.wire.attach  # noqa: F401  # likewise
from emrs_mock.activation import active_mocks


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Any request that leaves the process, whatever is made of its failure, fails the test."""
    sent = []

    def send(self, request):
        sent.append(request.url)
        raise AssertionError(f"{request.url} left the process")

    monkeypatch.setattr(URLLib3Session, "send", send)
    yield
    assert not sent


OPTIONS = ("-s", "-W", "error", "-o", "asyncio_default_fixture_loop_scope=function", "-p", "no:hypothesispytest")
"""What an inner pytest is told; it would import Hypothesis each time."""


@dataclass
class Outcome:
    """What became of the tests of a module."""

    passed: int
    skipped: int
    problems: list[str]
    printed: str


class Result(unittest.TestResult):
    """One that counts successes too."""

    passed = 0

    def addSuccess(self, test):
        self.passed += 1


@pytest.fixture
def runners(pytester: pytest.Pytester) -> Mapping[str, Callable[..., Outcome]]:
    """Run the source of a module by unittest or by pytest, within this process; either must leave nothing active."""

    def by_unittest(source: str) -> Outcome:
        name = pytester.makepyfile(source).stem
        sys.modules.pop(name, None)
        result = Result()
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            unittest.defaultTestLoader.loadTestsFromName(name).run(result)
        problems = [text for _, text in (*result.errors, *result.failures)]
        return Outcome(result.passed, len(result.skipped), problems, printed.getvalue())

    def by_pytest(source: str, *arguments: str) -> Outcome:
        pytester.makepyfile(source)
        result = pytester.runpytest_inprocess(*OPTIONS, *arguments)
        passed, skipped, failed = result.reprec.listoutcomes()
        return Outcome(len(passed), len(skipped), [report.longreprtext for report in failed], result.stdout.str())

    def clean(run: Callable[..., Outcome]) -> Callable[..., Outcome]:
        def checked(source: str, *arguments: str) -> Outcome:
            outcome = run(source, *arguments)
            assert not active_mocks.ALIVE
            return outcome

        return checked

    pytester.syspathinsert()
    return {"unittest": clean(by_unittest), "pytest": clean(by_pytest)}
