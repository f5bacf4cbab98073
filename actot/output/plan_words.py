"""A plan in words: what it asks, how far it has come, what each run says, the answer."""

from dataclasses import dataclass
from typing import Any

from actot.experiments.experiment import Experiment
from actot.experiments.plan import Plan
from actot.experiments.progress import Progress, rounds_and_runs
from actot.experiments.readings import Reading
from actot.experiments.strategies import REPEAT, Round
from actot.experiments.surprises import Noisier, Unreadable
from actot.facts import Surprise
from actot.output import messages
from actot.output.messages import Count, texts
from actot.output.row_words import amount, interval, said
from actot.output.wording import duration, fill, joined
from actot.verdicts.verdict import Measured


@dataclass(frozen=True)
class Line:
    """A run of a plan in words; `came_out` is "" and `reading` its state where it has not run."""

    round: str
    run: str
    what: str
    came_out: str
    reading: str


def question(plan: Plan, lang: str) -> str:
    """What a plan asks."""
    return fill(
        texts(lang).plan_question,
        lang,
        knobs=plan.suspects,
        regressed=plan.regressed,
        anchor=plan.anchor,
    )


def cost(one: Experiment, lang: str) -> str:
    """How many runs, rounds and hours the plan of an experiment takes at most, where no seed misleads it; "" without a plan."""
    if one.plan is None:
        return ""
    rounds, runs = rounds_and_runs(one.plan)
    known = texts(lang)
    text = fill(known.plan_cost, lang, runs=Count(runs), rounds=Count(rounds))
    if not one.hours:
        return text
    time = duration(one.hours / len(one.runs) * runs, lang)
    return f"{text}{known.comma}{fill(known.screen_about_time, lang, time=time)}"


def standing(progress: Progress, lang: str) -> str:
    """The answer, or how far the round is that is waited for."""
    plan = progress.plan
    if progress.answer is not None:
        facts = {"regressed": plan.regressed, "anchor": plan.anchor, **vars(progress.answer)}
        return fill(messages.sentence(progress.answer, lang), lang, **facts)
    return fill(
        texts(lang).plan_round,
        lang,
        n=len(progress.rounds),
        in_all=progress.in_all,
        have=progress.have_run,
        wanted=progress.wanted,
    )


def lines(progress: Progress, lang: str) -> list[Line]:
    """Every run that the plan has asked for, round by round."""
    return [
        Line(
            str(number),
            joined((r.id for r in (*reading.done, *reading.running, *reading.died)), lang) or "-",
            _what(wanted, reading, progress, lang),
            interval(reading.row, lang) if isinstance(reading.row, Measured) else "",
            _reading(reading, lang),
        )
        for number, (wanted, readings) in enumerate(progress.rounds, 1)
        for reading in readings
    ]


def surprise(one: Surprise, progress: Progress, lang: str) -> str:
    """What the plan did not reckon with."""
    known: dict[str, Any] = {"anchor": progress.plan.anchor, **vars(one)}
    if isinstance(one, Noisier):
        known |= {
            name: amount(known[name], one.scale, lang, form)
            for name, form in (("change", "+.1f"), ("mde", ".1f"))
        }
    if isinstance(one, Unreadable):
        known["why"] = said(one.why, lang)
    return fill(messages.sentence(one, lang), lang, **known)


def _what(wanted: Round, reading: Reading, progress: Progress, lang: str) -> str:
    plan, mix = progress.plan, reading.mix
    if wanted.kind == REPEAT:
        return fill(texts(lang).plan_whole, lang, regressed=plan.regressed)
    if mix.is_revert:
        back = [k for k in plan.suspects if k not in mix.moved]
        return fill(texts(lang).plan_back, lang, knobs=back)
    return fill(texts(lang).plan_moved, lang, knobs=mix.moved)


def _reading(reading: Reading, lang: str) -> str:
    """What a run says, or why it says nothing yet."""
    known, outcome = texts(lang), reading.outcome
    if outcome is None:
        if reading.done:
            return known.plan_unread
        if reading.running:
            return known.plan_running
        return known.plan_died if reading.died else known.plan_not_started
    side = "revert" if reading.mix.is_revert else "alone"
    name = f"plan_{side}_{'harmed' if outcome.is_harmed else 'healed'}"
    text = messages.named(name, lang)
    return fill(known.plan_surely, lang, reading=text) if outcome.is_sure else text
