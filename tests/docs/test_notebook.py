"""The example notebook runs in a kernel, and what is stored in it is what it gives."""

from __future__ import annotations

import copy

import pytest

from tests.docs.pages import ROOT
from tests.service.model import has

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

NOTEBOOK = ROOT / "docs" / "examples" / "notebook" / "night.ipynb"


def outputs(notebook):
    """What the cells show, without the counts of their executions."""
    return [[output.get("data") or output.text for output in cell.get("outputs", [])] for cell in notebook.cells]


@pytest.mark.skipif(not has("JobRun.billedResourceUtilization"), reason="an old service model")
def test_the_notebook_runs_and_shows_its_charts(monkeypatch, tmp_path):
    """Same start and seed, same ids and times: the stored charts are compared with the new ones."""
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    stored = nbformat.read(NOTEBOOK, as_version=4)
    executed = copy.deepcopy(stored)
    # A kernel sends what a cell prints in as many messages as it likes; on a busy machine they are more.
    nbclient.NotebookClient(executed, timeout=60, kernel_name="python3", coalesce_streams=True).execute()

    for shown, kept in zip(outputs(executed), outputs(stored), strict=True):  # one by one: a difference is seen at once
        assert shown == kept
    charts = [data["text/html"] for shown in outputs(executed) for data in shown if "text/html" in data]
    assert len(charts) == 2
    assert all("<svg" in chart for chart in charts)
