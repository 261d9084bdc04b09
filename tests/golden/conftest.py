"""`pytest tests/golden --rewrite-golden` writes the files anew; the difference is reviewed as any other change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

OPTION = "--rewrite-golden"
IDS = re.compile(r"""((?:request|invocation)_id(?:=|": ))(['"])[^'"]*['"]""")


def pytest_addoption(parser):
    """Know the option where these tests are named on the command line."""
    parser.addoption(OPTION, action="store_true", help="write the files of tests/golden anew")


@pytest.fixture
def golden(request):
    """Compare a text with a file here. Ids of requests count up in a process, and those of invocations are random."""

    def golden(name: str, text: str) -> None:
        text = IDS.sub(r"\1\2...\2", text)
        file = Path(__file__).parent / "files" / name
        if request.config.getoption(OPTION, default=False):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text.splitlines() == file.read_text(encoding="utf-8").splitlines()

    return golden
