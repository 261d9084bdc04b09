"""Type-checks typed uses and the first examples of the docs: `python -m tests.typed.check`.

mypy and pyright check the same files, without and, if they are installed, with boto3-stubs.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.pages import ROOT, blocks

HERE = Path(__file__).parent
USES = ["test_uses.py", "refused.py"]
PAGES = ["README.md", "docs/quickstart.md", "docs/pytest.md", "docs/types.md"]


def examples(directory: Path) -> list[Path]:
    """The examples of the pages as files: one for each test module, one for what remains of a page."""
    files = []
    for page in PAGES:
        script = ""
        for block in blocks(ROOT / page):
            if block.language == "python" and (block.module or "def test_" in block.code):
                name = block.module or f"{Path(page).stem.lower()}_{block.line}"
                files.append(directory / f"{name}.py")
                files[-1].write_text(block.code, encoding="utf-8")
            elif block.language == "python":
                script += block.code + "\n\n"
        if script:
            files.append(directory / f"{Path(page).stem.lower()}.py")
            files[-1].write_text(script, encoding="utf-8")
    return files


def fails(*command: str | Path) -> bool:
    """Whether a type checker finds something; it prints what."""
    return subprocess.run([sys.executable, "-m", *map(str, command)], cwd=ROOT, check=False).returncode != 0


def main() -> int:
    """Check all; the status is 1 if a checker finds something."""
    with_stubs = find_spec("mypy_boto3_emr_serverless") is not None
    with TemporaryDirectory() as temporary:
        directory = Path(temporary)
        uses = [directory / name for name in (*USES, *(["with_stubs.py"] if with_stubs else []))]
        for path in (*uses, directory / "pyrightconfig.json"):
            shutil.copy(HERE / path.name, path)
        # The stubs require `clientToken`, which boto3 fills in: with them, code as users have it is refused.
        shown = [] if with_stubs else examples(directory)
        mypy = ("mypy", "--config-file", HERE / "mypy.ini")
        found = [fails(*mypy, "--strict", *uses), bool(shown) and fails(*mypy, *shown)]
        found += [fails("pyright", "--pythonpath", sys.executable, "--project", directory)]
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main())
