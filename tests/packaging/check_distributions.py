"""Check the files of a release: `python tests/packaging/check_distributions.py DIRECTORY`, after `python -m build`.

The wheel holds the package and nothing else. The sdist holds what its own tests need. tox runs these tests in the
unpacked sdist (`tox run -e package`).
"""

from __future__ import annotations

import argparse
import email
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
IN_SDIST = {"LICENSE", "PKG-INFO", "README.md", "docs", "emrs_mock", "pyproject.toml", "tests", "tox.ini", ".gitignore"}


def modules() -> set[str]:
    """The files of the package in this tree."""
    files = (ROOT / "emrs_mock").rglob("*")
    return {str(file.relative_to(ROOT)) for file in files if file.is_file() and "__pycache__" not in file.parts}


def faults_of_wheel(wheel: Path) -> list[str]:
    """What is wrong with the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        info = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
        metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
    held = {name for name in names if not name.startswith(info)}
    found = [f"the wheel lacks {name}" for name in sorted(modules() - held)]
    found += [f"the wheel holds {name}" for name in sorted(held - modules())]
    found += [f"no entry point {name}" for name in ("[console_scripts]", "[pytest11]") if name not in entry_points]
    found += ["the wheel has no typed marker"] if "emrs_mock/py.typed" not in held else []
    found += ["the wheel has no license"] if f"{info}/licenses/LICENSE" not in names else []
    keys = ("Summary", "License-Expression", "Requires-Python", "Keywords", "Classifier", "Description-Content-Type")
    return found + [f"the metadata lacks {key}" for key in keys if not metadata.get(key)]


def faults_of_sdist(sdist: Path) -> list[str]:
    """What is wrong with the sdist."""
    with tarfile.open(sdist) as archive:
        names = {Path(*Path(member.name).parts[1:]) for member in archive.getmembers() if member.isfile()}
    found = [f"the sdist lacks {name}" for name in sorted(modules()) if Path(name) not in names]
    found += [f"the sdist holds {top}" for top in sorted({name.parts[0] for name in names} - IN_SDIST)]
    return found + [f"the sdist holds {name}" for name in sorted(names) if "__pycache__" in name.parts]


def main() -> int:
    """Returns 1 if something is wrong with the only wheel and the only sdist of the directory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--unpack", type=Path, help="where to unpack the sdist, without its top folder")
    asked = parser.parse_args()
    [wheel], [sdist] = asked.directory.glob("*.whl"), asked.directory.glob("*.tar.gz")
    found = faults_of_wheel(wheel) + faults_of_sdist(sdist)
    print("\n".join(found) or f"{wheel.name} and {sdist.name} hold what they should")
    if asked.unpack:
        unpack(sdist, asked.unpack)
    return int(bool(found))


def unpack(sdist: Path, folder: Path) -> None:
    """Write the files of the sdist into the folder."""
    with tarfile.open(sdist) as archive:
        for member in archive.getmembers():
            if member.isfile():
                target = folder / Path(*Path(member.name).parts[1:])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.extractfile(member).read())


if __name__ == "__main__":
    raise SystemExit(main())
