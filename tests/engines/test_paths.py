"""S3 URLs and the directories that stand for them."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.engines.exits import event_of
from emrs_mock.engines.paths import Paths, Unmapped
from tests.docs.pages import ROOT

PATHS = Paths(
    {
        "s3://code": "/jobs",
        "s3://out/a": "/a",
        "s3://out/a/b/": "/b",
        "s3://out/ä, b": "/größe und leer",
        "s3://all": "/",
    }
)
KEYS = st.lists(st.text("abcxyz.=-_ ", min_size=1).filter(lambda part: part.strip(".")), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("s3://code/x/etl.py", "/jobs/x/etl.py"),
        ("s3a://code/etl.py", "/jobs/etl.py"),
        ("s3n://code", "/jobs"),
        ("s3://code/", "/jobs/"),
        ("s3://code/x//", "/jobs/x/"),
        ("s3://code/x/../y", "/jobs/y"),
        ("s3://code/../jobs2/x", None),
        ("s3://out/a/b/../../c", None),
        ("s3://out/ä, b/c d", "/größe und leer/c d"),
        ("s3://all/../x", "/x"),
        ("https://code/etl.py", None),
        ("local:///code/etl.py", None),
        ("/code/etl.py", None),
        ("s3://out/a", "/a"),
        ("s3://out/a/c", "/a/c"),
        ("s3://out/a/b/c", "/b/c"),
        ("s3://out/ab", None),
        ("s3://out", None),
        ("s3://codes/x", None),
    ],
)
def test_the_longest_prefix_decides(url, path):
    """Whole parts of the key count, and each of Hadoop's names for S3."""
    assert PATHS.local(url) == path


@given(KEYS)
def test_every_key_of_a_mapped_bucket_is_in_its_directory(parts):
    """And nowhere else."""
    assert PATHS.local("s3://code/" + "/".join(parts)) == "/jobs/" + "/".join(parts)


@pytest.mark.parametrize(
    "text", ["--from=s3://elsewhere/x", "s3://code/a,s3://elsewhere/b", "{'to': 's3://elsewhere'}"]
)
def test_urls_are_found_wherever_they_stand(text):
    """The message names the bucket and says how to map it."""
    with pytest.raises(Unmapped, match=r"^s3://elsewhere\S* is not mapped: make the engine with paths=.*docs: engines"):
        PATHS.require(["s3://code/x", text])


@pytest.mark.parametrize("url", ["s3a://elsewhere/x", "s3n://elsewhere", "s3://elsewhere/" + "x" * 300])
def test_what_the_message_says_can_be_done(url):
    """It names a key that `paths=` takes, before AWS would cut the text."""
    with pytest.raises(Unmapped) as refused:
        PATHS.require([url])
    said = re.search(r"paths=(\{.*?: )directory\} or s3=", str(refused.value)[:256])
    Paths(eval(f"{said[1]}'/elsewhere'}}")).require([url])


def test_what_is_mapped_is_replaced_in_a_text():
    """Up to a comma, a quote or the name of an archive."""
    text = "s3://code/a.zip#env,s3://elsewhere/b,'s3://out/a/b'"
    assert PATHS.localized(text) == "/jobs/a.zip#env,s3://elsewhere/b,'/b'"
    assert PATHS.localized("--to=s3://out/ä, b/c,s3a://code/") == "--to=/größe und leer/c,/jobs/"
    assert PATHS.localized("s3://out/ä") == "s3://out/ä"


@given(st.integers(1, 255), st.text(), st.text())
def test_any_output_is_some_failure(code, stdout, stderr):
    """With a text that names the exit code or a module."""
    event, details = event_of(code, stdout, stderr)
    assert event == "fail"
    assert f"ExitCode: {code}. " in details or details.startswith("ModuleNotFoundError")


def test_a_system_without_process_groups_can_import_the_engines():
    """Making one is refused there, with one sentence."""
    code = (
        "import os, signal; del os.killpg, os.getsid, os.set_blocking, signal.SIGKILL\n"
        "import emrs_mock.engines as e\n"
        "try: e.local_python()\n"
        "except e.EngineError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    said = "local_python() needs process groups, which this system does not have (docs: engines)\n"
    assert (done.stdout, done.stderr) == (said, "")


def test_nothing_is_imported_until_it_is_used():
    """The package loads no engine, and the engines load neither pyspark nor boto3."""
    code = (
        "import sys, emrs_mock; assert not any('engines' in name for name in sys.modules)\n"
        "import emrs_mock.engines; print({'pyspark', 'py4j', 'boto3', 'botocore'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.stdout, done.stderr) == ("set()\n", "")
