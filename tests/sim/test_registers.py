"""A register finds by id and by drawer, newest first, and looks only at what it gives."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.sim import drawers
from emrs_mock.sim.drawers import Drawer
from emrs_mock.sim.records import Record
from emrs_mock.sim.registers import Register
from tests.sim.arranged import START, seconds


class Looked(Record):
    """An application that counts how often its time or place is looked at."""

    kind = "application"


def filled(states: list[str]) -> tuple[Register[Record], list[Record]]:
    """A register with one record a second, each moved to a state."""
    register: Register[Record] = Register()
    records = []
    for seq, state in enumerate(states):
        at = START + seconds(seq)
        record = Looked(id=f"r{seq}", arn="", seq=seq, created_at=at, created_by="", spec={}, tags={})
        register.add(record)
        before = record.drawer
        record.enter("", state, at, "")
        register.moved(record, before)
        records.append(record)
    return register, records


STATES = ["CREATED", "STARTED", "STOPPED"]


@pytest.fixture(scope="module", autouse=True)
def _short_blocks():
    """Few records are several blocks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawers, "LONGEST", 3)
        yield


@given(
    st.lists(st.sampled_from(STATES)),
    st.sets(st.sampled_from(STATES)),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_newest_first_is_a_filtered_sorted_list(states, wanted, older_than, first, last):
    """Position and both bounds, inclusive, mean what they say."""
    register, records = filled(states)
    found = register.newest_first(
        register.drawers(wanted),
        older_than=older_than,
        created_from=START + seconds(first),
        created_to=START + seconds(last),
    )
    expected = [r for r in reversed(records) if r.state in wanted and r.seq < older_than and first <= r.seq <= last]
    assert list(found) == expected


@given(st.lists(st.sampled_from(STATES)))
def test_counting_is_by_state(states):
    """What has ended is counted without being looked at."""
    register, records = filled(states)
    assert register.count({"STARTED", "STOPPED"}) == sum(r.state != "CREATED" for r in records)
    assert len(register) == len(records)


def test_a_page_is_taken_without_walking_the_rest():
    """The stream is lazy: ten of ten thousand are ten."""
    register, records = filled(["STARTED"] * 10_000)
    stream = register.newest_first(register.drawers({"STARTED"}))
    assert list(islice(stream, 10)) == records[:-11:-1]
    assert register.get("r42") is records[42]
    assert register.get("r-") is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=80))
def test_a_drawer_is_a_sorted_list(steps):
    """Records come in any order and go in any order; the blocks stay short."""
    _, records = filled(["STARTED"] * 31)
    drawer: Drawer[Record] = Drawer()
    kept: set[int] = set()
    for comes, number in steps:
        if comes and number not in kept:
            drawer.add(records[number])
            kept.add(number)
        elif not comes and number in kept:
            drawer.remove(records[number])
            kept.discard(number)
        assert [record.seq for record in drawer] == sorted(kept)
        assert len(drawer) == len(kept)
        assert drawer.is_in_order
        assert all(len(block) <= drawers.LONGEST for block in drawer.blocks)


def test_records_that_come_in_order_fill_their_blocks():
    """So that there are as few as there can be."""
    register, _ = filled(["STARTED"] * 100)
    assert [len(block) for block in register._drawers["STARTED",].blocks] == [3] * 33 + [1]
