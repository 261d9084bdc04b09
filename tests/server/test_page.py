"""The page: what a person sees of the mock, in a real browser where there is one."""

from __future__ import annotations

import os
import re
import urllib.request
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.server.browser import CHROMIUM, Browser
from tests.server.conftest import client_of
from tests.service.requests import create_application, start_job_run

SIZES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser of its own."""
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


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


@pytest.fixture
def shown(page, url, emr, browser):
    """Shows the page of a mock in which one job run has succeeded and others run and wait."""
    client = client_of(url)
    application = create_application(client)
    emr.run_until(start_job_run(client, application, name="nightly"))
    for number in range(12):
        start_job_run(client, application, name=f"a job run with quite a long name, number {number}")

    def show(width, scheme):
        browser.requested.clear()
        browser.open(page, width, scheme)
        browser.wait_for("document.querySelector('#timeline svg') !== null")
        return browser

    return show


@needs_chromium
def test_a_browser_shows_what_happens(shown, emr):
    """Clock, job runs by state, timeline and calls."""
    text = shown(1280, "light").value("document.body.innerText")
    assert emr.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC") in text
    assert re.search(r"1\s*SUCCESS", text)
    assert "nightly" in text
    assert "StartJobRun" in text


@needs_chromium
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_page_fits_its_screen_and_asks_no_other_server(shown, url, width, scheme):
    """No horizontal scroll on a desk or a phone; light and dark; every request goes to the mock."""
    browser = shown(width, scheme)
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("window.innerWidth") == width
    paper, ink = browser.value(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert (brightness(paper) > brightness(ink)) == (scheme == "light")
    # The page of an earlier test may still ask its own server for an icon.
    assert [asked for asked in browser.requested if not asked.startswith("http://127.0.0.1:")] == []
    assert any(asked.startswith(url) for asked in browser.requested)
    if directory := os.environ.get("EMRS_PICTURES"):
        Path(directory, f"page-{width}-{scheme}.png").write_bytes(browser.picture())


def brightness(color):
    """How bright a color of a style is, from 0 to 765."""
    return sum(map(int, re.findall(r"\d+", color)[:3]))


@needs_chromium
def test_its_buttons_move_time_and_the_page_follows(shown, emr):
    """To what is due next, and by a click; a clock that the test moves is shown too. Nothing due: nothing to click."""
    browser, began = shown(390, "light"), emr.clock.now()
    buttons = browser.value("document.querySelectorAll('button').length")
    for number in reversed(range(buttons)):
        before = emr.clock.now()
        browser.value(f"document.querySelectorAll('button')[{number}].click()")
        browser.wait_for(f"!document.getElementById('now').textContent.startsWith('{before:%Y-%m-%d %H:%M:%S}')")
        assert emr.clock.now() > before
    assert (buttons, emr.clock.now() - began > timedelta(hours=1)) == (4, True)
    assert browser.value("document.getElementById('problem').textContent") == ""
    emr.clock.advance(days=2)
    browser.wait_for("document.getElementById('next').disabled")
    browser.wait_for(f"document.getElementById('now').textContent.startsWith('{emr.clock.now():%Y-%m-%d %H:%M:%S}')")


def test_a_page_of_a_world_shows_that_world(url):
    """The page asks below its own address."""
    with urllib.request.urlopen(f"{url}/w/a/_emrs_mock/") as answer:
        assert "location.pathname" in answer.read().decode()
