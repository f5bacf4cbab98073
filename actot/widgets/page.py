"""How every page begins: title, sidebar, load; then the Study, or a hint and a stop."""

from collections.abc import Collection, Sequence
from pathlib import Path

import streamlit as st

from actot import profile, study
from actot.analysis import nearest_configs, picking, relevant_runs, run_summary
from actot.errors import ActotError, BadInput
from actot.output import messages, wording
from actot.output.messages import Count, texts
from actot.source_ref import SourceRef
from actot.sources import Catalogue, wandb_online
from actot.study import Study
from actot.widgets import (
    access,
    first_look,
    metric_choice,
    recent_sources,
    session_cache,
    sidebar,
    uploads,
    verdict_settings,
    wandb_key,
)
from actot.widgets.escaping import plain
from actot.widgets.session_cache import Judging

NAV = (
    ("app.py", "Overview", ":material/home:"),
    ("pages/1_Metrics.py", "Metrics", ":material/show_chart:"),
    ("pages/2_Config_diff.py", "Config diff", ":material/difference:"),
    ("pages/3_Regression.py", "Regression", ":material/troubleshoot:"),
    ("pages/4_Experiments.py", "Experiments", ":material/science:"),
    ("pages/5_Report.py", "Report", ":material/description:"),
)
LOGO = str(Path(__file__).with_name("logo.svg"))
# The page begins where the eye does, not below an empty quarter of the screen; a long name breaks;
# on a narrow screen the cells of a row of sentences stand below one another.
STYLE = """<style>
[data-testid='stMainBlockContainer'] { padding-top: 4.5rem; }
[data-testid='stMarkdownContainer'] { overflow-wrap: break-word; }
[data-testid='stMarkdownContainer'] > table { display: block; overflow-x: auto; }
[data-testid='stMarkdownContainer'] :not(pre) > code { overflow-wrap: anywhere; }
@media (max-width: 640px) {
  [data-testid='stTable'] thead { display: none; }
  [data-testid='stTable'] tr { display: block; padding: 0.6rem 0; }
  [data-testid='stTable'] tbody { display: block; }
  [data-testid='stTable'] :is(td, th) { display: block; border: 0; padding: 0 !important;
    text-align: left !important; }
}
</style>"""
GOING = ("running", "unfinished")
MOST_NEIGHBOURS = 5  # pairs that are spelled out below the button


def begin(title: str, *, needs_baseline: bool = True) -> tuple[Study, str]:
    """Draw the frame of a page; its Study and the language. Stops with a hint where picks are missing."""
    picks = sidebar.restore(title)
    lang = picks["lang"]
    st.set_page_config(
        page_title=f"actot · {messages.screen(title, lang)}", page_icon="🎯", layout="wide"
    )
    st.logo(LOGO, size="large")
    st.html(STYLE)
    with st.sidebar:
        with st.container(gap="xxsmall"):
            for path, label, icon in NAV:
                st.page_link(path, label=messages.screen(label, lang), icon=icon, width="stretch")
        source = sidebar.choose_source(title, lang)
        if uploads.add(title, lang):
            sidebar.switch_source(uploads.SOURCE, title)
            st.rerun()
        if wandb_online.claims(SourceRef.parse(source)):
            wandb_key.ask(title, lang)
        listing, problem = _list(source, lang)
        wanted = listing is not None and sidebar.choose_runs(listing.listing, title, lang)
        judged, later = verdict_settings.choose(_fitting(listing), title, lang)
        chosen = sidebar.widget(
            st.segmented_control,
            texts(lang).screen_language,
            "lang",
            title,
            list(messages.LANGUAGES),
            required=True,
        )
    if chosen != lang:
        st.rerun()
    sidebar.write_url()
    if title != "Overview":
        st.header(messages.screen(title, lang), anchor=False)
    if listing is None:
        st.error(plain(problem))
        st.stop()
    if source not in ("sample", uploads.SOURCE, st.session_state.get("remembered")):
        st.session_state.remembered = source
        recent_sources.remember(source)
    _complain(listing.problems, lang)
    runs, base = _picked(listing)
    _offer_refresh(listing, {*runs, *base}, title, lang)
    try:
        picking.check_picks(runs, base, {*runs, *base})
    except BadInput as e:
        st.error(plain(str(e)))
        st.stop()
    if wanted and runs:
        _take_neighbours(_study(listing, judged, lang, runs, ()), title, lang)
    if not runs or (needs_baseline and not base):
        _hint(listing, runs, base, title, lang)
    found = _study(listing, judged, lang, runs, base)
    if picks["source"] != uploads.SOURCE:
        with later:
            verdict_settings.offer_steps(found, title, lang)
    if found.unread:
        st.caption(wording.unread(found.unread, lang))
    if base:
        metric_choice.offer(found, title, lang)
    picked = (found.summaries[i].run for i in found.all_picked)
    _complain([f"{r.id}: {w}" for r in picked for w in r.warnings], lang)
    return found, lang


def _offer_refresh(listing: Catalogue, picked: set[str], page: str, lang: str) -> None:
    """A button that reads on where picked runs have not finished."""
    going = [r.id for r in listing.runs if r.id in picked and r.state in GOING]
    if going:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                plain(texts(lang).screen_not_finished_runs.format(runs=wording.few(going, lang)))
            )
            st.button(
                texts(lang).screen_refresh,
                on_click=session_cache.forget,
                args=(st.session_state.picks["source"], wandb_key.who()),
                key=f"refresh@{page}",
                icon=":material/refresh:",
            )


def _list(source: str, lang: str) -> tuple[Catalogue | None, str]:
    """The runs of the source, or the sentence that says why there are none."""
    if source == uploads.SOURCE:
        return (
            (uploads.catalogue(), "")
            if uploads.any_runs()
            else (None, texts(lang).screen_uploaded_tables_stay_in_the)
        )
    try:
        access.check(source)
        return session_cache.listing(source, wandb_key.who()), ""
    except ActotError as e:
        return None, access.said(str(e))


def _complain(problems: Sequence[str], lang: str) -> None:
    """Name what could not be read, out of the way of what could."""
    if problems:
        with st.expander(texts(lang).screen_some_of_it_could_not, icon=":material/warning:"):
            for problem in problems:
                st.text(access.said(problem))


def _picked(listing: Catalogue) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The picked runs and baselines that the source holds."""
    picks = st.session_state.picks
    known = {r.id for r in listing.runs}
    base = tuple(i for i in picks["base"] if i in known)
    return tuple(i for i in picks["runs"] if i in known and i not in base), base


def _fitting(listing: Catalogue | None) -> str:
    """The name of the profile that fits the picked runs."""
    picked = {i for ids in _picked(listing) for i in ids} if listing else ()
    return profile.fitting(r.config for r in (listing.runs if listing else ()) if r.id in picked)


def _study(
    listing: Catalogue, judged: Judging, lang: str, runs: tuple[str, ...], base: tuple[str, ...]
) -> Study:
    """The Study of these picks; stops with the reason where they cannot be read."""
    picks = st.session_state.picks
    try:
        anchor = picks["anchor"] if any(r.id == picks["anchor"] for r in listing.runs) else None
        if picks["source"] == uploads.SOURCE:
            chosen = judged.profile()
            return study.study_summaries(
                uploads.read(chosen),
                runs,
                base,
                chosen,
                source=uploads.SOURCE,
                metric=judged.metric,
                direction=judged.direction,
                anchor=anchor,
                alone=judged.alone,
            )
        who, name = wandb_key.who(), judged.profile_name
        needed = {*runs, *base, anchor or ""}
        wanted = relevant_runs.select(
            listing.runs, needed, judged.profile(), is_remote=listing.ref.is_remote
        )
        found, problems = session_cache.read_all(listing, wanted.picked, lang, who, name)
        runs, base = _readable(runs, base, {r.id for r in found}, problems, lang)
        others, more = first_look.others(listing, wanted, lang, who, name)
        _complain([*problems, *more], lang)
        return session_cache.studied(
            picks["source"], [*found, *others], runs, base, judged, anchor, who, wanted.unread
        )
    except ActotError as e:
        st.error(plain(access.said(str(e))))
        st.stop()


def _readable(
    runs: tuple[str, ...],
    base: tuple[str, ...],
    read: Collection[str],
    problems: Sequence[str],
    lang: str,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The picks that were read; each other is said. Stops without a run, or where a baseline is missing:

    what is left would be judged against another reference than the one that was picked.
    """
    for run in (i for i in (*runs, *base) if i not in read):
        own = (p.removeprefix(f"{run}: ") for p in problems if p.startswith(f"{run}: "))
        why = next(own, problems[-1] if problems else "")
        text = texts(lang).screen_run_could_not_be_read.format(run=run, why=access.said(why))
        st.error(plain(text))
    kept = tuple(i for i in runs if i in read)
    if (runs and not kept) or not set(base) <= set(read):
        st.stop()
    return kept, base


def _hint(
    listing: Catalogue, runs: tuple[str, ...], base: tuple[str, ...], page: str, lang: str
) -> None:
    """Say which picks are missing, and stop."""
    if runs:
        st.info(texts(lang).screen_pick_at_least_one_baseline)
    else:
        st.info(texts(lang).screen_pick_runs_in_the_sidebar)
        _take_newest(listing, base, page, lang)
    st.stop()


def _take_newest(listing: Catalogue, base: tuple[str, ...], page: str, lang: str) -> None:
    newest = [r.id for r in listing.runs if r.id not in base][:3]
    label = texts(lang).screen_take_the_newest_n_runs.format(n=Count(len(newest)))
    st.button(label, on_click=sidebar.take, args=(newest, page), type="primary")


def _take_neighbours(found: Study, page: str, lang: str) -> None:
    """Make the nearest neighbours of the picked runs the baselines, or say why there are none."""
    others = [r for r in found.summaries.values() if r.id not in found.runs]
    usable = [
        r
        for r in others
        if r.settings.flat and run_summary.is_replicable(r, found.metric, found.profile)
    ]
    mine = [found.summaries[i] for i in found.runs if found.summaries[i].settings.flat]
    near = nearest_configs.nearest(mine, usable, found.profile)
    pairs = [(run, near[run.id]) for run in mine if run.id in near]
    if pairs:
        lines = []
        for run, (base, n) in pairs[:MOST_NEIGHBOURS]:
            knobs = texts(lang).screen_n_knobs.format(n=Count(n))
            lines.append(f"{plain(run.id)} ← {plain(base.id)} ({knobs})")
        said = "  \n".join(lines)
    elif not others:
        said = texts(lang).screen_the_source_holds_no_run
    elif not mine:
        said = texts(lang).screen_the_config_of_no_picked
    elif not usable:
        metric = found.profile.metrics[found.metric].title.get(lang, found.metric)
        said = texts(lang).screen_none_of_the_n_other.format(
            n=len(others),
            metric=plain(metric),
        )
    else:
        said = texts(lang).screen_no_other_run_differs_in
    sidebar.take_baselines(list(dict.fromkeys(near.id for _, (near, _) in pairs)), page, said)
