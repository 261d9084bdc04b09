"""A virtual clock in a real kernel, open across cells."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

OPEN = """
import asyncio, time
from datetime import datetime, timezone
from emrs_mock import mock_emr_serverless
mock = mock_emr_serverless(clock="virtual", start="2024-01-01")
emr = mock.start()
"""
PATIENCE = 60
"""Real seconds after which a kernel that does not answer is taken to be dead; it answers at once."""


class Notebook:
    """Cells of one kernel."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, cell: str) -> str:
        """Run a cell; returns what it printed, or the error it ended in."""
        told = []

        def hear(message) -> None:
            content = message["content"]
            told.append(content.get("text") or content.get("ename") or "")

        self._client.execute_interactive(cell, timeout=PATIENCE, output_hook=hear)
        return "".join(told).strip()


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    """A kernel in a process of its own."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        yield Notebook(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        client.context.destroy(linger=0)


def test_time_stands_still_between_cells_and_moves_in_them(notebook):
    """Sleeping moves it, awaiting too, waiting for the next cell does not; an error in a cell changes nothing of it."""
    assert notebook.run(OPEN) == ""
    time.sleep(0.3)
    assert notebook.run("print(emr.clock.now() == datetime(2024, 1, 1, tzinfo=timezone.utc))") == "True"
    assert notebook.run("time.sleep(3600)\nprint(datetime.now().hour)") == "1"
    assert notebook.run("await asyncio.sleep(3600)\nprint(datetime.now().hour)") == "2"
    assert notebook.run("1 / 0") == "ZeroDivisionError"
    assert notebook.run("run = emr.add_job_run(emr.add_application())\nprint(emr.run_until(run).state)") == "SUCCESS"
    assert notebook.run("print(emr.clock.now() - datetime(2024, 1, 1, tzinfo=timezone.utc))") == "2:02:00"


def test_a_mock_that_is_stopped_in_a_cell_leaves_the_notebook_real(notebook):
    """And nothing is called between cells any more."""
    notebook.run(OPEN)
    notebook.run("mock.stop()")
    assert notebook.run("print(datetime.now().year > 2024)") == "True"
    assert notebook.run("print(get_ipython().events.callbacks['post_run_cell'])").count("after_cell") == 0
