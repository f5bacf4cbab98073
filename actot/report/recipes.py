"""The recipes that go round, printed unchanged, each with a warning and the knobs that its keys mean."""

from actot.analysis import config_values
from actot.experiments.templates import moved, template_rows
from actot.output.markdown import code, table
from actot.output.messages import Count, texts
from actot.report import Sheet

ORDER, LEVEL = 31, 2
ON_REQUEST = True


def write(sheet: Sheet) -> str:
    """A block per template."""
    templates = sheet.study.profile.templates.items()
    return "\n\n".join(
        _template(letter, name, template, sheet)
        for letter, (name, template) in zip("ABCDEFGH", templates, strict=False)
    )


def _template(letter: str, name: str, template: str, sheet: Sheet) -> str:
    """The template unchanged, and which of its keys this trainer has."""
    text = texts(sheet.lang)
    study = sheet.study
    anchor = study.summaries[study.anchor or study.runs[0]]
    found = template_rows(template, anchor, study.profile)
    rows = [(r.key, config_values.show(r.value), r.knob or text.report_recipes_none) for r in found]
    warning = text.report_recipes_warning.format(n=Count(len(moved(found, anchor))))
    return "\n\n".join(
        [
            f"### {letter}) {name}",
            f"*{warning}*",
            code(template, "yaml"),
            table(text.report_recipes_head, rows, left=3),
        ]
    )
