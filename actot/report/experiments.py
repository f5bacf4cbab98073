"""What to run next: the experiments with their sweeps, then the known templates with a warning."""

from actot.analysis import train_config
from actot.experiments.proposals import Experiment
from actot.experiments.templates import moved, template_rows
from actot.output import experiment_files, render
from actot.output.markdown import code, escape, table
from actot.report import Sheet

ORDER, LEVEL = 30, 2
TITLE = {"en": "Next-Step Experiments", "zh": "下一步实验"}
TEXT = {
    "en": {
        "runs": "Runs: {runs}. Anchor: {anchor}. {hours}",
        "hours": "Expected time: {time} one after the other.",
        "have": "Have already: {have}.",
        "template": "moves {n} knobs, not runnable as it is",
        "none": "no such knob",
        "head": ("template key", "value", "knob of this trainer"),
    },
    "zh": {
        "runs": "运行：{runs}。锚点：{anchor}。{hours}",
        "hours": "预计耗时：依次运行约 {time}。",
        "have": "已有：{have}。",
        "template": "同时改动 {n} 个旋钮，不能直接运行",
        "none": "没有对应旋钮",
        "head": ("模板键", "值", "本训练器的旋钮"),
    },
}
HAVE = {"en": "{v} ({runs})", "zh": "{v}（{runs}）"}


def write(sheet: Sheet) -> str:
    """A block per experiment, then a block per template."""
    parts = [_experiment(e, sheet) for e in sheet.study.experiments]
    templates = sheet.study.profile.templates
    for letter, (name, template) in zip("ABCDEFGH", templates.items(), strict=False):
        parts.append(_template(letter, name, template, sheet))
    return "\n\n".join(parts)


def _experiment(experiment: Experiment, sheet: Sheet) -> str:
    text, lang = TEXT[sheet.lang], sheet.lang
    hours = ""
    if experiment.hours is not None:
        hours = text["hours"].format(time=render.duration(experiment.hours, lang))
    comma = render.COMMA[lang]
    names = comma.join(escape(r.name) for r in experiment.runs)
    lines = [
        *(escape(line) for line in render.case_for(experiment, lang)),
        text["runs"].format(runs=names, anchor=escape(experiment.anchor), hours=hours).strip(),
    ]
    if power := render.power(experiment, sheet.study.profile, lang):
        lines.append(escape(power))
    if experiment.have:
        have = comma.join(
            HAVE[lang].format(v=train_config.show(v), runs=comma.join(i))
            for v, i in experiment.have
        )
        lines.append(text["have"].format(have=escape(have)))
    lines += [escape(render.guard(why, lang)) for why in experiment.refused]
    sweep = code(experiment_files.sweep_yaml(experiment, sheet.study.profile, words=False), "yaml")
    title = escape(render.experiment(experiment, "title", lang))
    return "\n\n".join([f"### {title}", "\n".join(f"- {line}" for line in lines), sweep])


def _template(letter: str, name: str, template: str, sheet: Sheet) -> str:
    """The template unchanged, and which of its keys this trainer has."""
    text = TEXT[sheet.lang]
    study = sheet.study
    anchor = study.summaries[study.anchor or study.runs[0]]
    found = template_rows(template, anchor, study.profile)
    rows = [(r.key, train_config.show(r.value), r.knob or text["none"]) for r in found]
    warning = text["template"].format(n=len(moved(found, anchor)))
    return "\n\n".join(
        [
            f"### {letter}) {name}",
            f"*{warning}*",
            code(template, "yaml"),
            table(text["head"], rows, left=3),
        ]
    )
