"""Test a random sample of mutants: `python -m tests.mutation --sample 200 --seed 9 emrs_mock/wire`.

Poodle makes the mutants. `[tool.poodle]` in pyproject.toml configures it, and says which tests cover which room. The
mutants are tested in a copy of this tree.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from pathlib import Path

from poodle.config import build_config
from poodle.data_types import Mutant, PoodleConfig, PoodleWork
from poodle.mutate import create_mutants_for_all_mutators, initialize_mutators

from tests.mutation.covering import Covering
from tests.mutation.equivalent import is_equivalent
from tests.mutation.trials import Trials, Verdict


def main() -> int:
    """Returns 1 if fewer mutants were found than `fail_under` requires."""
    asked = arguments()
    config = configuration(asked.paths)
    mutants = all_mutants(config)
    if asked.list:
        return listed(mutants)
    sample = random.Random(asked.seed).sample(mutants, min(asked.sample, len(mutants)))
    sample = [sample[number - 1] for number in asked.only] or sample[asked.skip :]
    print(f"{len(sample)} of {len(mutants)} mutants, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(Path(folder, "tree"), Covering(config.runner_opts), config.min_timeout)
        return summary(trials.judge(sample), config.fail_under or 0)


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=200, help="how many mutants; fewer where there are not so many")
    parser.add_argument("--seed", type=int, default=9, help="the same seed and code give the same mutants")
    parser.add_argument("--skip", type=int, default=0, help="how many of the sample were tested before")
    parser.add_argument("--only", type=numbers, default=[], help="only these of the sample, as in 3,10,11")
    parser.add_argument("--list", action="store_true", help="print all mutants, and test none")
    parser.add_argument("paths", nargs="*", default=["emrs_mock"], help="files or folders to mutate")
    return parser.parse_args()


def numbers(text: str) -> list[int]:
    """The numbers in a text, which has commas between them."""
    return [int(number) for number in text.split(",")]


def configuration(paths: list[str]) -> PoodleConfig:
    """`[tool.poodle]`, with the mutated files limited to `paths`."""
    config = build_config((), None, 0, 0, None, (), (), (), None, None, None)
    wanted = [Path(path) for path in paths]
    named = {file for path in wanted for file in (path.rglob("*.py") if path.is_dir() else [path])}
    left_out = config.runner_opts["left_out"]
    config.only_files = sorted(str(file) for file in named if not any(file.match(glob) for glob in left_out))
    return config


def all_mutants(config: PoodleConfig) -> list[Mutant]:
    """The mutants of the configured files that can be found, in a fixed order."""
    work = PoodleWork(config)
    work.mutators = initialize_mutators(work)
    return [mutant for mutant in create_mutants_for_all_mutators(work) if not is_equivalent(mutant)]


def listed(mutants: list[Mutant]) -> int:
    """Print each mutant, and how many there are of each kind."""
    for mutant in mutants:
        print(f"{mutant.source_file}:{mutant.lineno}:{mutant.col_offset} {mutant.mutator_name}: {mutant.text}")
    print(*(f"{number} {name}" for name, number in Counter(each.mutator_name for each in mutants).most_common()))
    return 0


def summary(verdicts: list[Verdict], fail_under: float) -> int:
    """Print how many mutants each verdict has; returns 1 if too few were found."""
    counted = Counter(verdicts)
    print(f"{len(verdicts)} tested:", *(f"{counted[verdict]} {verdict.value}" for verdict in Verdict))
    return int(counted[Verdict.ALIVE] > len(verdicts) * (1 - fail_under / 100))


if __name__ == "__main__":
    raise SystemExit(main())
