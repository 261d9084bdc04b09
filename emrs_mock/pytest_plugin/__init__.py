"""The pytest plugin: fixtures, markers, ini keys, failure reports, one test per ending, state coverage."""

from __future__ import annotations
