"""Where records are and where calls went: the region and the account, shown only where not all are the same."""

from __future__ import annotations

from collections.abc import Collection

from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.world import World

Place = tuple[str, str]
"""An account and a region."""


def place_in_words(place: Place, all_places: Collection[Place]) -> str:
    """`"in eu-west-1"`, or `"in eu-west-1 of 123456789012"`: what tells this place from the others; else `""`."""
    account, region = place
    several_accounts = len({other for other, _ in all_places}) > 1
    if several_accounts:
        return f"in {region} of {account}"
    return f"in {region}" if len({other for _, other in all_places}) > 1 else ""


def place_of(simulation: Simulation, world: World) -> str:
    """Where the records of a world are, in words; `""` if all records and calls are in one place."""
    return place_in_words((world.account_id, world.region), simulation.worlds)
