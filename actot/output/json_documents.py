"""The JSON documents of the command line: plain dicts, absent figures null."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from actot.analysis import open_metrics
from actot.analysis.config_changes import Change
from actot.analysis.run_summary import RunSummary
from actot.experiments.experiment import PARTS, Experiment
from actot.experiments.progress import Progress
from actot.facts import Reason
from actot.output import plan_words, render, row_words, wording
from actot.profile_schema import Profile
from actot.records import Listing, RunInfo
from actot.study import Study
from actot.verdicts.reasons import SeedsNeeded
from actot.verdicts.scales import ABSOLUTE
from actot.verdicts.verdict import Judged, JudgedBySeeds, Measured, Verdict

FIGURES = [
    "key",
    "n",
    "n_nonfinite",
    "first",
    "last",
    "best",
    "best_step",
    "min",
    "max",
    "delta",
    "pct",
    "last_mean",
    "last_std",
    "slope_last",
    "jitter",
    "tail_points",
]


def runs(listing: Listing) -> dict[str, Any]:
    """What a source holds."""
    return {"runs": [_info(r) for r in listing.runs], "problems": list(listing.problems)}


def summary(summaries: Iterable[RunSummary], profile: Profile) -> dict[str, Any]:
    """Every figure of every metric and of every other logged key of every run; `absent`: why single ones are null."""
    return {
        "runs": {
            r.id: {
                "name": r.run.name,
                "state": r.run.state,
                "url": r.run.url,
                "metrics": {
                    name: {figure: getattr(s, figure) for figure in FIGURES}
                    | {"missing": wording.missing(s.missing, "en") or None}
                    for name, s in open_metrics.figures(r, profile).items()
                },
                "absent": {name: why for name in r.stats if (why := _absent(r, name, profile))},
                "warnings": list(r.run.warnings),
            }
            for r in summaries
        }
    }


def _absent(summary: RunSummary, name: str, profile: Profile) -> dict[str, str]:
    if summary.stats[name].n == 0:
        return {}
    return wording.absent(summary, profile.metrics[name], FIGURES, "en")


def compare(study: Study) -> dict[str, Any]:
    """The rows with their intervals, the findings and the causes; `pairs` are the rows run by run."""
    noise, entry = study.noise.overall, study.profile.metrics[study.metric]
    return {
        "metric": study.metric,
        "direction": entry.direction,
        "proposed": study.proposed,
        "choices": list(study.choices),
        "scale": entry.scale,
        "profile": study.profile.name,
        "seed_noise": {
            "relative": study.noise.spread,
            "origin": study.noise.origin,
            "degrees_of_freedom": noise.df if noise else None,
            "groups": [
                {"runs": list(g.runs), "spread": g.spread, "df": g.df} for g in study.noise.groups
            ],
        },
        "unread": study.unread,
        "rows": [_row(v, study) for v in study.verdicts],
        "pairs": [_pair(run, v, study) for v in study.verdicts for run in v.runs],
        "findings": [
            {
                "run": f.run,
                "rule": f.rule,
                "severity": f.severity,
                "message": render.finding(f, "en"),
                "steps": list(f.steps) if f.steps else None,
            }
            for f in study.findings
        ],
        "causes": [
            {
                "knobs": list(c.knobs),
                "rank": c.rank,
                "word": c.word,
                "probability": c.probability,
                "confounded": c.is_confounded,
                "together_with": list(c.together_with),
                "evidence": render.case_against(c, "en"),
            }
            for c in study.causes
        ],
        "rivals": [vars(r) for r in study.ranking.rivals],
        "notes": [render.evidence(note, "en") for note in study.ranking.notes],
    }


def report(study: Study) -> dict[str, Any]:
    """The whole Study: what was compared and what came out, and what to run next."""
    return {
        "source": study.source,
        "runs": list(study.runs),
        "baselines": [list(group) for group in study.groups],
        **compare(study),
        "changes": {run: [vars(c) for c in some] for run, some in study.changes.items()},
        "healthy": list(study.healthy),
        "anchor": study.anchor,
        "experiments": [_experiment(e) for e in study.experiments],
        "summary": summary((study.summaries[r] for r in study.all_picked), study.profile),
    }


def diff(study: Study, moved: Mapping[str, Iterable[Change]]) -> dict[str, Any]:
    """The changes of each picked run against the reference."""
    return {
        "reference": list(study.groups[0]),
        "runs": {run: [vars(c) for c in changes] for run, changes in moved.items()},
    }


def suggest(study: Study, files: Iterable[str]) -> dict[str, Any]:
    """The experiments, and the files that were written for them."""
    return {
        "anchor": study.anchor,
        "unread": study.unread,
        "experiments": [_experiment(e) for e in study.experiments],
        "files": sorted(files),
    }


def plan(found: Progress, files: Iterable[str]) -> dict[str, Any]:
    """How far a plan has come: its answer or the round that it waits for, and what each run says."""
    return {
        "question": plan_words.question(found.plan, "en"),
        "plan": asdict(found.plan),
        "standing": plan_words.standing(found, "en"),
        "answer": found.answer and {"kind": found.answer.name, **vars(found.answer)},
        "round": len(found.rounds),
        "rounds": found.in_all,
        "have_run": found.have_run,
        "wanted": found.wanted,
        "runs": [vars(line) for line in plan_words.lines(found, "en")],
        "missing": [r.name for r in found.missing],
        "surprises": [plan_words.surprise(s, found, "en") for s in found.surprises],
        "files": sorted(files),
    }


def _info(run: RunInfo) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.name,
        "state": run.state,
        "created": run.created,
        "group": run.group,
        "tags": list(run.tags),
        "url": run.url,
        "warnings": list(run.warnings),
    }


def _row(row: Verdict, study: Study) -> dict[str, Any]:
    """One row. In own units the per cents are null, and `own_units` holds the figures."""
    is_own = isinstance(row, Measured) and row.scale == ABSOLUTE
    own = {name: _figure(row, name) for name in ("change", "low", "high", "mde")}
    return {
        "runs": list(row.runs),
        "name": study.summaries[row.run].run.name,
        "baselines": list(row.baselines),
        "against": row.against,
        "verdict": row.word,
        "provisional": row.is_provisional if isinstance(row, Judged) else None,
        **{f"{name}_pct": None if is_own else _pct(figure) for name, figure in own.items()},
        "own_units": own if is_own else None,
        "p": _figure(row, "p"),
        "n_runs": _figure(row, "seeds"),
        "n_baselines": _figure(row, "base_seeds"),
        "seeds_needed": _seeds_needed(row.forecast if isinstance(row, JudgedBySeeds) else None),
        "cut_at_step": _figure(row, "cut_at_step"),
        "look": None,
        "reason": row_words.reason(row, study.profile, "en"),
    }


def _pair(run: str, row: Verdict, study: Study) -> dict[str, Any]:
    """A row as one of its runs had it before rows were configs."""
    known = _row(row, study)
    return {
        "run": run,
        "baseline": row.baseline,
        "baseline_runs": list(row.baselines),
        "verdict": row.word,
        "change_pct": known["change_pct"],
        "ci_low_pct": known["low_pct"],
        "ci_high_pct": known["high_pct"],
        "p_adjusted": known["p"],
        "against": row.against,
        "n_run": len(row.runs),
        "n_baseline": len(row.baselines),
        "detectable_pct": known["mde_pct"],
        "seeds_needed": known["seeds_needed"],
        "cut_at_step": known["cut_at_step"],
        "reason": known["reason"],
    }


def _figure(row: Verdict, name: str) -> Any:
    return getattr(row, name, None) if isinstance(row, Measured) else None


def _seeds_needed(forecast: Reason | None) -> int | None:
    """The seeds a side that would settle it, None where that is not known or too many."""
    return forecast.n if isinstance(forecast, SeedsNeeded) else None


def _experiment(one: Experiment) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": one.name,
        **{part: render.experiment(one, part, "en") for part in PARTS},
        "knobs": list(one.knobs),
        "metric": one.metric,
        "runs": [
            {
                "name": r.name,
                "knob": r.knob,
                "value": r.value,
                "seed": r.seed,
                "remark": render.guard(r.remark, "en") if r.remark else None,
            }
            for r in one.runs
        ],
        "have": [{"value": value, "runs": list(ids)} for value, ids in one.have],
        "refused": [render.guard(w, "en") for w in one.refused],
        "hours": one.hours,
        "seeds_needed": _seeds_needed(one.forecast),
        "plan": asdict(one.plan) if one.plan else None,
    }


def _pct(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction
