"""The job: it would use Spark. It reports to Dagster how many rows it has written."""

from __future__ import annotations

from dagster_pipes import open_dagster_pipes

with open_dagster_pipes() as pipes:
    rows = 3
    pipes.report_asset_materialization(metadata={"rows": rows})
