"""The suite: one package, so that tests may import their neighbours."""

from __future__ import annotations
