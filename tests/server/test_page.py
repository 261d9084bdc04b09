"""The page: what a person sees of the mock, in a real browser where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
import urllib.request
from html.parser import HTMLParser

import pytest

from tests.server.conftest import client_of
from tests.service.requests import create_application, start_job_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=3000",
    "--dump-dom",
]


@pytest.fixture
def page(url):
    """The URL of the page of a mock in which a job run has succeeded."""
    return f"{url}/_emrs_mock/"


def test_the_page_needs_nothing_from_elsewhere(page):
    """No file, no font, no script of another address."""
    found = []

    class Links(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.extend(value for name, value in attrs if name in ("src", "href"))

    with urllib.request.urlopen(page) as answer:
        text = answer.read().decode()
    Links().feed(text)
    assert found == []
    assert not re.search(r"https?://", text)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_a_browser_shows_what_happens(page, url, emr, tmp_path):
    """Clock, job runs by state, timeline and calls."""
    client = client_of(url)
    run = start_job_run(client, create_application(client), name="nightly")
    emr.run_until(run)
    done = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path}", page], capture_output=True, text=True, timeout=60
    )
    shown = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", done.stdout, flags=re.DOTALL)
    assert emr.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC") in shown
    assert re.search(r"<b>1</b>SUCCESS", shown)
    assert "job run nightly" in shown
    assert "<td>StartJobRun</td>" in shown


def test_a_page_of_a_world_shows_that_world(url):
    """The page asks below its own address."""
    with urllib.request.urlopen(f"{url}/w/a/_emrs_mock/") as answer:
        assert "location.pathname" in answer.read().decode()
