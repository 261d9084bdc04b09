"""What cannot live in simulated time is refused where it can be known, with what to do instead."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from emrs_mock.clocks.virtual.virtual_time import VirtualTime

BEGIN = """
import asyncio, sys
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
virtual = VirtualTime()

def refused(act):
    try:
        act()
    except RuntimeError as error:
        return "docs: virtual-time" in str(error)
    return False

async def main():
    return "ran"
"""

UVLOOP = """
{before}
virtual.enter()
import uvloop
print(refused(lambda: uvloop.run(main())))
print(refused(uvloop.new_event_loop))
print(refused(uvloop.Loop))
print(asyncio.run(main()))
virtual.leave()
print(uvloop.run(main()))
"""

GEVENT = """
{before}
virtual.enter()
from gevent import monkey
print(refused(monkey.patch_all))
print(refused(monkey.patch_time))
print(refused(lambda: monkey.patch_thread()))
print(bool(monkey.saved))
virtual.leave()
monkey.patch_all()
print(refused(virtual.enter))
"""


def output_of(program):
    """What a process of its own prints."""
    command = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", BEGIN + program]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.parametrize("before", ["", "import uvloop"], ids=["imported inside", "imported before"])
def test_a_loop_of_uvloop_is_refused_inside(before):
    """Its timers are out of reach; after the mock it is as ever."""
    pytest.importorskip("uvloop")
    assert output_of(UVLOOP.format(before=before)) == ["True", "True", "True", "ran", "ran"]


@pytest.mark.parametrize("before", ["", "import gevent.monkey"], ids=["imported inside", "imported before"])
def test_patching_by_gevent_is_refused_inside_and_a_patched_process_on_entry(before):
    """Nothing is patched then; after the mock gevent patches as ever."""
    pytest.importorskip("gevent")
    assert output_of(GEVENT.format(before=before)) == ["True", "True", "True", "False", "True"]


def test_imports_inside_leave_no_trace(virtual):
    """A module that is watched for has its own loader, and the finder is gone with the mock."""
    uvloop = pytest.importorskip("uvloop")
    assert "emrs_mock" not in type(uvloop.__spec__.loader).__module__


def test_the_finder_is_gone_with_the_mock():
    """However the mock ended."""
    before = list(sys.meta_path)
    virtual = VirtualTime()
    virtual.enter()
    assert len(sys.meta_path) == len(before) + 1
    virtual.leave()
    assert sys.meta_path == before


def test_a_refused_entry_leaves_nothing_behind(monkeypatch):
    """Inside a loop of another kind."""

    class Loop:
        __module__ = "uvloop.loop"

    monkeypatch.setattr(asyncio, "_get_running_loop", Loop)
    before = list(sys.meta_path)
    with pytest.raises(RuntimeError, match="asyncio's own loop"):
        VirtualTime().enter()
    assert sys.meta_path == before
