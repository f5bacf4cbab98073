"""The lines that a profile takes over from a team's history: its `noise:` with the prior as it is."""

from collections.abc import Sequence
from typing import Any

import yaml

from actot.analysis import config_values
from actot.profile_schema import Learnt, Noise

DIGITS = 4


def _plain(value: Any) -> Any:
    """A number as it is, everything else as text."""
    return value if isinstance(value, int | float) else config_values.show(value)


def write(learnt: Sequence[Learnt], noise: Noise) -> str:
    """`noise:` as YAML, with a line of history for each metric, data and policy."""
    tree: dict[str, Any] = {
        "prior": noise.prior,
        "prior_df": noise.prior_df,
        "complement_prior": noise.complement_prior,
        "history": [
            {
                "metric": h.metric,
                "spread": float(f"{h.spread:.{DIGITS}g}"),
                "df": h.df,
                "same": {k: _plain(v) for k, v in h.same.items()},
            }
            for h in learnt
        ],
    }
    return yaml.safe_dump({"noise": tree}, sort_keys=False, allow_unicode=True)
