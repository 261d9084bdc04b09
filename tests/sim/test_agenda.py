"""What is due comes in order, once, and only as long as it is wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.sim.agenda import Agenda
from tests.sim.arranged import START, seconds


def drain(agenda: Agenda) -> list[tuple[str, str]]:
    """Take everything off an agenda."""
    taken = []
    while agenda.next() is not None:
        due = agenda.take()
        taken.append((due.record_id, due.event))
    return taken


def test_the_earliest_comes_first_and_ties_first_in_first_out():
    """Order is by time, then by who came first."""
    agenda = Agenda()
    agenda.put(START + seconds(2), "a", "late")
    agenda.put(START + seconds(1), "b", "early")
    agenda.put(START + seconds(1), "a", "early")
    assert drain(agenda) == [("b", "early"), ("a", "early"), ("a", "late")]


def test_putting_an_event_again_replaces_it():
    """A record has one due of each event."""
    agenda = Agenda()
    agenda.put(START + seconds(1), "a", "stop")
    agenda.put(START + seconds(9), "a", "stop")
    assert [due.at for due in agenda.of("a")] == [START + seconds(9)]
    assert drain(agenda) == [("a", "stop")]


def test_a_timer_belongs_to_one_visit_of_a_state():
    """Leaving a state takes its timers back, and keeps those that last."""
    agenda = Agenda()
    agenda.put(START, "a", "stop")
    agenda.put(START + seconds(1), "a", "time_out")
    agenda.keep("a", {"time_out"})
    assert drain(agenda) == [("a", "time_out")]


def test_nothing_can_be_taken_off_an_empty_agenda():
    """A mistake of ours is loud."""
    with pytest.raises(LookupError, match=r"^nothing is due$"):
        Agenda().take()


def test_all_that_an_agenda_holds_is_in_order_whatever_was_put():
    """So says the check of snapshots, and it says otherwise for each exchange of two that are out of order then."""
    agenda = Agenda()
    for second in range(12):
        agenda.put(START + seconds(second), "a", str(second))
    assert agenda.is_in_order
    heap = agenda._heap
    for place in range(1, len(heap)):
        parent = (place - 1) // 2
        heap[parent], heap[place] = heap[place], heap[parent]
        assert not agenda.is_in_order
        heap[parent], heap[place] = heap[place], heap[parent]
    assert agenda.is_in_order


def test_an_agenda_with_something_due_that_its_order_does_not_have_is_damaged():
    """Or that is filed under another record or event."""
    for damage in (
        lambda agenda: agenda._heap.clear(),
        lambda agenda: agenda._live.update(b=agenda._live.pop("a")),
        lambda agenda: agenda._live["a"].update(other=agenda._live["a"].pop("event")),
    ):
        agenda = Agenda()
        agenda.put(START, "a", "event")
        damage(agenda)
        assert not agenda.is_in_order


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "drop", "keep"]), st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 5)
        )
    )
)
def test_an_agenda_is_a_sorted_list_of_what_was_put_last(steps):
    """Whatever is put, dropped and kept: what remains is what a plain dict would hold, in order of time."""
    agenda, plain = Agenda(), {}
    for number, (step, record, event, at) in enumerate(steps):
        if step == "put":
            agenda.put(START + seconds(at), record, event)
            plain[record, event] = (at, number)
        elif step == "drop":
            agenda.drop(record, event)
            plain.pop((record, event), None)
        else:
            agenda.keep(record, {event})
            plain = {key: when for key, when in plain.items() if key[0] != record or key[1] == event}
    expected = sorted(plain, key=lambda key: plain[key])
    assert [(due.record_id, due.event) for due in agenda.all()] == expected
    assert drain(agenda) == expected
