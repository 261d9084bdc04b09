"""Worlds of one server: `URL/w/NAME` is a mock of its own."""

from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from emrs_mock.server.worlds import split


@pytest.mark.parametrize(
    ("target", "world"),
    [
        ("/applications", ("", "/applications")),
        ("/w/a/applications?x=1", ("a", "/applications?x=1")),
        ("/w/a%20b/applications", ("a b", "/applications")),
        ("/w/a", ("a", "/")),
        ("/w/a?x", ("a", "/?x")),
        ("/w//applications", ("", "/w//applications")),
        ("/world/applications", ("", "/world/applications")),
    ],
)
def test_a_world_is_named_by_the_path(target, world):
    """The rest of the path is the API's."""
    assert split(target) == world


def called(url: str, body: bytes | None = None) -> dict:
    """What a GET, or a POST of `body`, of that URL answers."""
    with urllib.request.urlopen(url, body) as answer:
        return json.load(answer)


def create(url: str) -> None:
    """CreateApplication by hand: a client of boto3's takes longer to make than this test."""
    members = {"type": "SPARK", "releaseLabel": "emr-7.2.0", "clientToken": uuid4().hex}
    called(f"{url}/applications", json.dumps(members).encode())


def test_two_hundred_worlds_in_parallel_keep_apart(url, emr):
    """Each sees its own applications, and the mock that is served sees none of them."""

    def work(number):
        world = f"{url}/w/test-{number}"
        for _ in range(number % 3):
            create(world)
        return len(called(f"{world}/applications")["applications"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(200))) == [number % 3 for number in range(200)]
    assert len(emr.applications) == 0


def test_a_world_stays_for_the_next_client(url):
    """The name is all that it is known by."""
    create(f"{url}/w/a")
    assert len(called(f"{url}/w/a/applications")["applications"]) == 1
