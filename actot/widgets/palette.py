"""The colours: the same for a run on every page, readable for every kind of colour vision."""

from typing import Literal

from actot.output import svg_figures
from actot.study import Study
from actot.verdicts.verdict import (
    IMPROVED,
    NOISE_UNKNOWN,
    NOT_COMPARABLE,
    REGRESSED,
    SAME,
    WITHIN_NOISE,
)

# What a badge takes.
BadgeColour = Literal["red", "orange", "blue", "green", "violet", "gray", "yellow", "primary"]
# Orange, blue and greys hold for every kind of colour vision, on white and on black.
VERDICTS = {
    REGRESSED: "#D55E00",
    IMPROVED: "#0a84c6",
    SAME: "#6f8a7d",
    WITHIN_NOISE: "#8a8f98",
    NOISE_UNKNOWN: "#8a8f98",
    NOT_COMPARABLE: "#8a8f98",
}
GREY = "#8a8f98"
MARK = "#E69F00"
# Okabe and Ito's hues, without those that vanish on the background; on white those of the report's pictures.
LIGHT = svg_figures.HUES
DARK = ("#56B4E9", "#E69F00", "#2BC49A", "#F0E442", "#CC79A7", "#FF7F50")
GREYS = ("#4a4f57", "#8a8f98", "#b4b8bf")
GREYS_DARK = ("#d5d9e0", "#9aa0aa", "#6c727c")
# Hues come round after six runs; then the line changes.
DASHES = ([1, 0], [6, 3], [2, 3], [9, 3, 2, 3])


def colours(study: Study, dark: bool) -> dict[str, str]:
    """Run -> colour: one of its own for each run on every page, greys for the baselines."""
    palette = DARK if dark else LIGHT
    greys = GREYS_DARK if dark else GREYS
    found = {run: palette[i % len(palette)] for i, run in enumerate(study.runs)}
    return found | {run: greys[i % len(greys)] for i, run in enumerate(study.baselines)}


def dashes(study: Study) -> dict[str, list[int]]:
    """Run -> dash pattern, so that two runs of one hue differ."""
    found = {r: DASHES[i // len(LIGHT) % len(DASHES)] for i, r in enumerate(study.runs)}
    return found | {r: DASHES[i // len(GREYS) % len(DASHES)] for i, r in enumerate(study.baselines)}
