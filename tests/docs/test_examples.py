"""Every Python example in README and docs runs, as a reader would run it."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest

from tests.docs.pages import PAGES, ROOT, blocks, name_of
from tests.service.model import has


def run_as_tests(pytester, code, ini, modules):
    """Give a block with tests in it to pytest, in a directory of its own, beside the page's modules."""
    pytester.makepyfile(test_example=code, **modules)
    pytester.makeini(ini)
    result = pytester.runpytest_inprocess("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function")
    outcomes = result.parseoutcomes()
    assert result.ret == 0, code
    assert set(outcomes) == {"passed"}, outcomes


def run_as_script(page, block, module):
    """Run a block after those before it on its page; a traceback points into the page."""
    exec(compile("\n" * (block.line - 1) + block.code, str(page), "exec"), vars(module))


@pytest.fixture
def module(monkeypatch):
    """The module that the blocks of a page run in; libraries find it as they would find a reader's script."""
    module = types.ModuleType("example")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_examples_of_a_page_run(page, pytester, module):
    """Blocks with tests are run by pytest, with the page's ini block; the others one after the other."""
    ini = "".join(block.code for block in blocks(page) if block.language == "ini")
    modules = {block.module: block.code for block in blocks(page) if block.module}
    for block in blocks(page):
        if block.language != "python" or not all(map(has, block.needs)):
            continue
        if "def test_" in block.code:
            run_as_tests(pytester, block.code, ini, modules)
        else:
            run_as_script(page, block, module)


def test_every_block_of_code_says_what_it_is():
    """A block that is not run is `text`, `json` or `bash`; another language is an error."""
    directives = {"{eval-rst}", "{include}", "{literalinclude}", "{toctree}"}
    known = {"bash", "ini", "json", "python", "text", "toml", *directives}
    assert {block.language.partition(" ")[0] for page in PAGES for block in blocks(page)} <= known


def test_the_nightly_etl_runs_unmodified():
    """The main job of the README ends well, and quickly although it sleeps for minutes."""
    script = ROOT / "docs" / "examples" / "nightly_etl.py"
    done = subprocess.run(
        [sys.executable, "-m", "emrs_mock", "run", str(script), "--day", "2026-01-31"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "nightly-etl-2026-01-31: SUCCESS after 120 s" in done.stdout


def test_the_nightly_etl_knows_nothing_of_a_mock():
    """The example is what an engineer would copy: plain boto3."""
    code = (ROOT / "docs" / "examples" / "nightly_etl.py").read_text(encoding="utf-8").split('"""', 2)[2]
    assert "mock" not in code
