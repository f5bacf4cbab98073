"""What to run next: the experiments with their sweeps."""

from actot.analysis import config_values
from actot.experiments import proposals
from actot.experiments.experiment import Experiment
from actot.output import experiment_files, render, wording
from actot.output.markdown import code, escape
from actot.output.messages import texts
from actot.report import Sheet

ORDER, LEVEL = 30, 2


def write(sheet: Sheet) -> str:
    """A block per experiment."""
    return "\n\n".join(_experiment(e, sheet) for e in proposals.usual(sheet.study.experiments))


def _experiment(experiment: Experiment, sheet: Sheet) -> str:
    text, lang = texts(sheet.lang), sheet.lang
    hours = ""
    if experiment.hours is not None:
        hours = text.report_experiments_hours.format(time=wording.duration(experiment.hours, lang))
    comma = texts(lang).comma
    names = comma.join(escape(r.name) for r in experiment.runs)
    lines = [
        *(escape(line) for line in render.case_for(experiment, lang)),
        text.report_experiments_runs.format(
            runs=names, anchor=escape(experiment.anchor), hours=hours
        ).strip(),
    ]
    if power := render.power(experiment, sheet.study.profile, lang):
        lines.append(escape(power))
    if experiment.have:
        have = comma.join(
            texts(lang).report_experiments_value.format(v=config_values.show(v), runs=comma.join(i))
            for v, i in experiment.have
        )
        lines.append(text.report_experiments_have.format(have=escape(have)))
    lines += [escape(render.guard(why, lang)) for why in experiment.refused]
    sweeps = []
    if experiment.runs:
        sweep = experiment_files.sweep_yaml(experiment, sheet.study.profile, words=False)
        sweeps = [code(sweep, "yaml")]
    title = escape(render.experiment(experiment, "title", lang))
    return "\n\n".join([f"### {title}", "\n".join(f"- {line}" for line in lines), *sweeps])
