"""A readable name for a run that was given none."""

from __future__ import annotations

import secrets

from realtime_widgets.protocol.ids import random_id

__all__ = ["generated_name"]

ADJECTIVES = (
    *("amber", "bold", "brave", "bright", "calm", "clear", "clever", "eager", "fair", "fresh"),
    *("gentle", "golden", "green", "happy", "keen", "kind", "lively", "lucky", "mellow", "mild"),
    *("misty", "noble", "proud", "quiet", "rapid", "silver", "steady", "sunny", "swift", "warm"),
)

NOUNS = (
    *("badger", "beacon", "brook", "canyon", "cedar", "comet", "crane", "dune", "falcon", "fern"),
    *(
        "forest",
        "garden",
        "glacier",
        "harbor",
        "heron",
        "island",
        "lake",
        "lark",
        "maple",
        "meadow",
    ),
    *("moon", "otter", "owl", "pebble", "pine", "reef", "river", "sparrow", "tiger", "willow"),
)

BITS = 24
"""Random bits at the end of a name; a name that another run has would continue the log of it."""


def generated_name() -> str:
    """Return a name such as `quiet-harbor-3f9a2c`."""
    words = (secrets.choice(ADJECTIVES), secrets.choice(NOUNS), random_id(BITS))
    return "-".join(words)
