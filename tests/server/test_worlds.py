"""Worlds of one server: `URL/w/NAME` is a mock of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from emrs_mock.server.worlds import split
from tests.server.conftest import client_of
from tests.service.requests import create_application


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


def test_two_hundred_worlds_in_parallel_keep_apart(url, emr):
    """Each sees its own applications, and the mock that is served sees none of them."""

    def work(number):
        client = client_of(f"{url}/w/test-{number}")
        for _ in range(number % 3):
            create_application(client)
        return len(client.list_applications()["applications"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(200))) == [number % 3 for number in range(200)]
    assert len(emr.applications) == 0


def test_a_world_stays_for_the_next_client(url):
    """The name is all that it is known by."""
    create_application(client_of(f"{url}/w/a"))
    assert len(client_of(f"{url}/w/a").list_applications()["applications"]) == 1
