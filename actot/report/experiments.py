"""What to run next: the experiments with their sweeps, then the known templates with a warning."""

from actot.analysis import config_values
from actot.experiments.experiment import Experiment
from actot.experiments.templates import moved, template_rows
from actot.output import experiment_files, render, wording
from actot.output.markdown import code, escape, table
from actot.output.messages import Count, texts
from actot.report import Sheet

ORDER, LEVEL = 30, 2


def write(sheet: Sheet) -> str:
    """A block per experiment, then a block per template."""
    parts = [_experiment(e, sheet) for e in sheet.study.experiments]
    templates = sheet.study.profile.templates
    for letter, (name, template) in zip("ABCDEFGH", templates.items(), strict=False):
        parts.append(_template(letter, name, template, sheet))
    return "\n\n".join(parts)


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


def _template(letter: str, name: str, template: str, sheet: Sheet) -> str:
    """The template unchanged, and which of its keys this trainer has."""
    text = texts(sheet.lang)
    study = sheet.study
    anchor = study.summaries[study.anchor or study.runs[0]]
    found = template_rows(template, anchor, study.profile)
    rows = [
        (r.key, config_values.show(r.value), r.knob or text.report_experiments_none) for r in found
    ]
    warning = text.report_experiments_template.format(n=Count(len(moved(found, anchor))))
    return "\n\n".join(
        [
            f"### {letter}) {name}",
            f"*{warning}*",
            code(template, "yaml"),
            table(text.report_experiments_head, rows, left=3),
        ]
    )
