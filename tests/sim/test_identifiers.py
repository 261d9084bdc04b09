"""Ids are AWS's: base 32, the time in front, strictly increasing (facts §1.1)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.sim.identifiers import Identifiers
from tests.sim.arranged import START

# facts §1.1: public ids whose creation time is known
KNOWN = [
    ("00g0p8a7dhcpqo0b", datetime(2025, 10, 31, 17, 14, 35, 447000, timezone.utc)),
    ("00g0p82hrv8ild09", datetime(2025, 10, 31, 17, 1, 10, 832000, timezone.utc)),
]


@pytest.mark.parametrize(("real", "created"), KNOWN)
def test_1_1_an_id_begins_with_its_creation_time_as_real_ones_do(real, created):
    """The first eleven digits are the time in ticks of 100 microseconds; a millisecond is ten of them."""
    _, ours = Identifiers(0).new("application", "us-east-1", created)
    assert abs((int(ours, 32) >> 25) - (int(real, 32) >> 25)) <= 10


@pytest.mark.parametrize(
    ("kind", "region", "ending"),
    [
        ("application", "us-east-1", "09"),
        ("job_run", "us-east-1", "0b"),
        ("application", "us-west-2", "0l"),
    ],
)
def test_1_1_an_id_ends_with_its_region_and_kind(kind, region, ending):
    """As seen in public: applications of us-east-1 end in 09, job runs in 0b, applications of us-west-2 in 0l."""
    low = 0b11_1111_1111
    _, record_id = Identifiers(0).new(kind, region, START)
    assert int(record_id, 32) & low == int(ending, 32) & low


@given(
    st.datetimes(START.replace(tzinfo=None), timezones=st.just(timezone.utc)),
    st.sampled_from(["us-east-1", "eu-west-1"]),
)
def test_1_1_an_id_is_ticks_chance_region_and_kind(created, region):
    """From the left: ticks of 100 microseconds since 1970, 15 bits of chance, 8 for the region, 2 for the kind."""
    number, record_id = Identifiers(0).new("job_run", region, created)
    bits = int(record_id, 32)
    assert bits >> 10 == number
    assert number >> 15 == (created - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=100)
    assert bits & 3 == 3
    assert len(record_id) == 16


@pytest.mark.parametrize(
    ("region", "number"), [("us-east-1", 2), ("eu-north-1", 11), ("eu-west-1", 167), ("moon-1", 38)]
)
def test_1_1_a_region_whose_number_is_not_known_gets_one_that_no_known_region_has(region, number):
    """Five numbers are known, all below 32."""
    _, record_id = Identifiers(0).new("session", region, START)
    assert int(record_id, 32) >> 2 & 255 == number


@pytest.mark.parametrize("seed", range(3))
def test_1_1_the_chance_in_an_id_has_fifteen_bits(seed):
    """Of some hundred ids, one has the highest bit, and the chance of all is below 2**15."""
    chances = [Identifiers(seed * 100 + n).new("job_run", "us-east-1", START)[0] & 2**15 - 1 for n in range(100)]
    assert max(chances) >= 2**14
    ticks = (START - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=100)
    assert all(Identifiers(n).new("job_run", "us-east-1", START)[0] >> 15 == ticks for n in range(100))


def test_1_1_ids_are_sixteen_digits_and_increase_even_at_one_instant():
    """Two thousand ids on a standing clock are different and in order."""
    identifiers = Identifiers(seed=1)
    made = [identifiers.new("job_run", "us-east-1", START)[1] for _ in range(2000)]
    assert made == sorted(set(made))
    assert all(re.fullmatch("00[0-9a-v]{14}", record_id) for record_id in made)


def test_the_same_seed_and_times_give_the_same_ids():
    """A test that fails can be run again."""

    def ids(seed: int) -> list[str]:
        identifiers = Identifiers(seed)
        return [identifiers.new("job_run", "us-east-1", START + timedelta(hours=n))[1] for n in range(5)]

    assert ids(7) == ids(7)
    assert ids(7) != ids(8)
