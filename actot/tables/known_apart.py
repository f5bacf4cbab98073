"""When the columns of a table are not the whole config: then the name of a run is part of what is known of it."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from actot.tables.vocabulary import is_seed

# The names that W&B gives say nothing.
GIVEN = re.compile(r"[a-z]+-[a-z]+-\d+")


def with_names(configs: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """The configs, each with the run's `name` where they alone would make runs of other names replicates.

    That is so where the seed is all that they say, and where runs of two names have one config and one seed.
    """
    called = [_without_seed(n, c) for n, c in zip(names, configs, strict=True)]
    given = all(GIVEN.fullmatch(n) for n in names)
    same: dict[str, set[str]] = {}
    for config, name in zip(configs, called, strict=True):
        same.setdefault(json.dumps(config, sort_keys=True, default=str), set()).add(name)
    silent = all(is_seed(key) for config in configs for key in config)
    if any(configs) and not given and (silent or any(len(some) > 1 for some in same.values())):
        return [{"name": n, **c} for n, c in zip(called, configs, strict=True)]
    return [dict(c) for c in configs]


def _without_seed(name: str, config: Mapping[str, Any]) -> str:
    """`base` for `base_s3` of seed 3."""
    seed = next((v for k, v in config.items() if is_seed(k)), None)
    if seed is None:
        return name
    end = rf"(?i)[\s/_.=-]*(seed|s)?[\s_.=-]*{re.escape(str(seed))}\Z"
    return re.sub(end, "", name) or name
