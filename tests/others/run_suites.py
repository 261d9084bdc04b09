"""Runs the suites of others, outside and inside of a virtual mock, and prints what differs. By hand, not in CI.

    python tests/others/run_suites.py --python 3.13 --work DIRECTORY [SUITE ...]

Each suite gets an environment of its own in the directory: its sources (from its sdist or its repository, or the
interpreter's own tests), what it needs, and this project. A large suite runs in parts, so that one that hangs costs no
other. Needs `uv`. It prints one row for each suite, for docs/others-suites.md.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import tarfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
LIMIT = 1500
"""Real seconds for one run of a suite, or of a part, if the command line does not say it."""
LIMIT_OF_TEST = 60
"""Real seconds for one test."""


@dataclass(frozen=True)
class Suite:
    """A distribution that brings its tests, or modules of CPython's own tests."""

    paths: tuple[str, ...]
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    sdist: str | None = None
    repository: str | None = None
    """Where the tests are, if the sdist has none."""
    in_parts: bool = False
    """Each file runs for itself; each class, if there is but one file."""
    inside: tuple[str, ...] = ()
    """More options for the run inside: tests that spin without end there, and would be in the way of those behind."""


_NO_PLUGINS = ("-p", "no:asyncio", "-p", "no:anyio")


def _cpython(*modules: str, in_parts: bool = False) -> Suite:
    return Suite(modules, options=_NO_PLUGINS, in_parts=in_parts)


SUITES = {
    "test_sched": _cpython("test_sched.py"),
    "test_queue": Suite(("test_queue.py",), inside=("-k", "not all_methods_in_many_threads")),
    "test_threading": _cpython("test_threading.py"),
    "test_concurrent_futures": _cpython("test_concurrent_futures.py", "test_concurrent_futures", in_parts=True),
    "test_asyncio": Suite(
        ("test_asyncio",),
        options=_NO_PLUGINS,
        in_parts=True,
        # A real interval timer comes after the simulated end of their loops, and ends the process.
        inside=("-k", "not test_signal_handling_args and not test_signal_handling_while_selecting"),
    ),
    "tenacity": Suite(("tests",), ("typeguard", "tornado", "pytest-asyncio"), sdist="tenacity"),
    "stamina": Suite(
        ("tests",), ("structlog", "prometheus-client", "pytest-asyncio", "anyio", "dirty-equals"), sdist="stamina"
    ),
    "backoff": Suite(
        ("tests",),
        ("pytest-asyncio<1", "responses", "requests"),
        sdist="backoff",
        repository="https://github.com/litl/backoff",
    ),
    "APScheduler": Suite(
        ("tests",), ("pytest-asyncio", "anyio", "pytz", "sqlalchemy", "tornado", "twisted"), sdist="APScheduler"
    ),
    "anyio": Suite(
        ("tests",),
        ("trustme", "psutil", "exceptiongroup", "truststore", "pytest-mock", "blockbuster", "hypothesis"),
        ("-k", "asyncio and not uvloop and not trio"),
        sdist="anyio",
    ),
    "aiojobs": Suite(
        ("tests",), ("aiohttp", "pytest-aiohttp", "pytest-asyncio"), ("-o", "asyncio_mode=auto"), sdist="aiojobs"
    ),
    "cachetools": Suite(("tests",), sdist="cachetools"),
    "urllib3's retries": Suite(
        ("test/test_retry.py", "test/test_util.py"),
        (
            "tornado",
            "trustme",
            "pysocks",
            "h2",
            "quart",
            "quart-trio",
            "hypercorn",
            "httpx",
            "cryptography",
            "pyopenssl",
        ),
        sdist="urllib3",
    ),
}


def main() -> None:
    """Run the suites that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="3.13", help="a version, or a path")
    parser.add_argument("--work", type=Path, required=True, help="where the environments and sources are put")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for one run of a suite or part")
    parser.add_argument("suites", nargs="*", help=f"some of: {', '.join(SUITES)}")
    arguments = parser.parse_args()
    print(f"| suite | Python {arguments.python}: passed outside | inside | differ |\n|---|---|---|---|")
    for name in arguments.suites or SUITES:
        work = (
            arguments.work.resolve()
            / arguments.python.strip("/").replace("/", "_")
            / name.replace("'", "").replace(" ", "-")
        )
        work.mkdir(parents=True, exist_ok=True)
        _compare(name, SUITES[name], arguments.python, work, arguments.limit)


def _compare(name: str, suite: Suite, version: str, work: Path, limit: float) -> None:
    python = _environment(suite, version, work)
    where = _cpython_tests(python) if suite.sdist is None else _sources(suite, python, work)
    outside = _run_all(suite, python, where, work / "outside.xml", limit, ())
    inside = _run_all(suite, python, where, work / "inside.xml", limit, ("-p", "virtual_plugin", *suite.inside))
    differ = sorted(test for test in {*outside, *inside} if outside.get(test) != inside.get(test))
    print(f"| {name} | {_passed(outside)} | {_passed(inside)} | {len(differ)} |", flush=True)
    for test in differ:
        print(f"    {test}: {outside.get(test, 'not run')} outside, {inside.get(test, 'not run')} inside", flush=True)


def _passed(results: dict[str, str]) -> str:
    return f"{sum(result == 'passed' for result in results.values())} of {len(results)}"


def _environment(suite: Suite, version: str, work: Path) -> Path:
    python = work / "env" / "bin" / "python"
    if not python.exists():
        subprocess.run(["uv", "venv", "-q", "-p", version, str(work / "env")], check=True)
        needs = ["pytest", "pytest-timeout", "pip", *suite.needs, *([suite.sdist] if suite.sdist else [])]
        subprocess.run(["uv", "pip", "install", "-q", "-p", str(python), "-e", str(PROJECT), *needs], check=True)
    return python


def _cpython_tests(python: Path) -> Path:
    program = "import test; print(*test.__path__)"
    return Path(subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout.strip())


def _sources(suite: Suite, python: Path, work: Path) -> Path:
    """The sources of the release that is installed: the unpacked sdist, or a clone."""
    sources = work / "sources"
    if not sources.exists():
        program = f"import importlib.metadata as it; print(it.version({suite.sdist!r}))"
        version = subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout.strip()
        if suite.repository:
            clone = ["git", "clone", "-q", "--depth=1", f"--branch=v{version}", suite.repository]
            subprocess.run([*clone, str(sources / "clone")], check=True)
        else:
            fetch = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
            subprocess.run([*fetch, f"{suite.sdist}=={version}", "-d", str(work)], check=True)
            [archive] = work.glob("*.tar.gz")
            with tarfile.open(archive) as file:
                file.extractall(sources, filter="data")  # a release of a library that is installed anyway
    return next(sources.iterdir())


def _run_all(
    suite: Suite, python: Path, where: Path, report: Path, limit: float, options: tuple[str, ...]
) -> dict[str, str]:
    """Run a suite, whole or in parts; returns the outcome of each test."""
    paths = [path for path in suite.paths if (where / path).exists()]
    if not suite.in_parts:
        return _run(suite, python, where, report, limit, (*options, *paths))
    outcomes: dict[str, str] = {}
    for part in _parts(suite, python, where, paths):
        outcomes |= _run(suite, python, where, report, limit, (*options, part))
    return outcomes


def _parts(suite: Suite, python: Path, where: Path, paths: list[str]) -> list[str]:
    """The files of a suite, or the classes of the one that there is."""
    files = [str(file.relative_to(where)) for path in paths for file in sorted((where / path).glob("test_*.py"))]
    if files:
        return files
    command = [python, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *suite.options, *paths]
    lines = subprocess.run(list(map(str, command)), cwd=where, capture_output=True, text=True).stdout.splitlines()
    return list(dict.fromkeys(line.rpartition("::")[0] for line in lines if line.count("::") == 2))


def _run(
    suite: Suite, python: Path, where: Path, report: Path, limit: float, options: tuple[str, ...]
) -> dict[str, str]:
    """Run a suite, or a part of it; returns the outcome of each test."""
    command = [
        python, "-m", "pytest", "-q", f"--timeout={LIMIT_OF_TEST}", "-o", "junit_logging=no", f"--junitxml={report}",
        "-p", "no:cacheprovider", "-p", "no:emrs_mock", "-W", "default", *suite.options, *options,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    report.unlink(missing_ok=True)
    with open(report.with_suffix(".log"), "a") as log:
        process = subprocess.Popen(list(map(str, command)), cwd=where, env=environment, stdout=log, stderr=log)
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            print(f"    {report.stem} {options[-1]} did not end within {limit:.0f} s: see {log.name}", flush=True)
            _interrupt(process)
    return _outcomes(report)


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """End a run so that it still writes its report; after another minute without."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _outcomes(report: Path) -> dict[str, str]:
    if not report.exists():
        return {}
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        outcomes[f"{case.get('classname')}::{case.get('name')}"] = kinds[0] if kinds else "passed"
    return outcomes


if __name__ == "__main__":
    main()
