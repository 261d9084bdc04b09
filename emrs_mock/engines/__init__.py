"""Engines: handlers that really run the code of a job run, as a process on this machine or on the author's cluster."""

from __future__ import annotations

from emrs_mock.engines.programs import EngineError
from emrs_mock.engines.python_jobs import local_python
from emrs_mock.engines.spark_jobs import spark_submit

__all__ = ["EngineError", "local_python", "spark_submit"]
