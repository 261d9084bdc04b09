"""Run the suite against a random sample of mutants: `python -m tests.mutation --sample 200 --seed 9 emrs_mock/wire`.

Poodle makes the mutants and works in copies, never in this tree. `[tool.poodle]` in pyproject.toml configures it, and
says which tests cover which room.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from poodle.config import build_config
from poodle.core import print_header
from poodle.data_types import Mutant, PoodleConfig, PoodleWork
from poodle.mutate import create_mutants_for_all_mutators, initialize_mutators
from poodle.report import generate_reporters
from poodle.run import clean_run_each_source_folder, get_runner, run_mutant_trails
from poodle.util import create_temp_zips, create_unified_diff, delete_folder


def main() -> int:
    """Returns 1 if fewer mutants were found than `fail_under` requires."""
    asked = arguments()
    config = configuration(asked.paths)
    work = prepared(config)
    mutants = create_mutants_for_all_mutators(work)
    sample = random.Random(asked.seed).sample(mutants, min(asked.sample, len(mutants)))[asked.skip :]
    work.echo(f"{len(sample)} of {len(mutants)} mutants, seed {asked.seed}")
    share = tested(work, sample)
    delete_folder(config.work_folder, config)
    return int(share < (config.fail_under or 0) / 100)


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=200, help="how many mutants; fewer where there are not so many")
    parser.add_argument("--seed", type=int, default=9, help="the same seed and code give the same mutants")
    parser.add_argument("--skip", type=int, default=0, help="how many of the sample were tested before")
    parser.add_argument("paths", nargs="*", default=["emrs_mock"], help="files or folders to mutate")
    return parser.parse_args()


def configuration(paths: list[str]) -> PoodleConfig:
    """`[tool.poodle]`, with the mutated files limited to `paths`."""
    config = build_config((), None, 0, 0, None, (), (), (), None, None, None)
    wanted = [Path(path) for path in paths]
    named = {file for path in wanted for file in (path.rglob("*.py") if path.is_dir() else [path])}
    left_out = config.runner_opts["left_out"]
    config.only_files = sorted(str(file) for file in named if not any(file.match(glob) for glob in left_out))
    return config


def prepared(config: PoodleConfig) -> PoodleWork:
    """A fresh working folder with a copy of this tree in it."""
    work = PoodleWork(config)
    print_header(work)
    delete_folder(config.work_folder, config)
    create_temp_zips(work)
    work.mutators = initialize_mutators(work)
    work.runner = get_runner(config)
    return work


def tested(work: PoodleWork, sample: list[Mutant]) -> float:
    """The share of the sample that the tests found."""
    clean_run_each_source_folder(work)  # a test that fails without a mutant would find each of them
    results = run_mutant_trails(work, sample, timeout=work.config.min_timeout)
    for trial in results.mutant_trials:
        trial.mutant.unified_diff = create_unified_diff(trial.mutant)
    for report in generate_reporters(work.config):
        report(config=work.config, echo=work.echo, testing_results=results)
    return results.summary.success_rate


if __name__ == "__main__":
    raise SystemExit(main())
