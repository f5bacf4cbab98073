"""Exported tables that were dropped into the sidebar. They stay in the session that dropped them."""

from collections.abc import Mapping
from dataclasses import fields, replace

import streamlit as st

from actot.analysis import run_summary
from actot.analysis.run_summary import RunSummary
from actot.errors import ActotError
from actot.output.messages import texts
from actot.profile_schema import Profile
from actot.records import Listing, Run, RunInfo
from actot.source_ref import SourceRef
from actot.sources import Catalogue, exports

SOURCE = "uploads"
KINDS = ["csv", "tsv", "jsonl", "ndjson", "parquet", "gz"]


def add(page: str, lang: str) -> bool:
    """The drop zone; what it brings is added to the session's runs. Returns whether it brought any."""
    state = st.session_state
    runs: dict[str, Run] = state.setdefault("uploaded", {})
    problems: list[str] = state.setdefault("upload_problems", [])
    seen: set[str] = state.setdefault("upload_ids", set())
    before = len(runs)
    with st.expander(texts(lang).screen_add_exported_tables):
        files = st.file_uploader(
            texts(lang).screen_csv_jsonl_or_parquet_up,
            KINDS,
            accept_multiple_files=True,
            key=f"files@{page}",
        )
        for file in files:
            if file.file_id in seen:
                continue
            seen.add(file.file_id)
            try:
                for run in exports.from_bytes(file.name, file.getvalue()):
                    run_id = _unused(run.id, runs)
                    runs[run_id] = replace(run, id=run_id)
            except ActotError as e:
                problems.append(str(e))
        for problem in problems:
            st.text(problem)
    return len(runs) > before


def any_runs() -> bool:
    """Whether this session holds uploaded runs."""
    return bool(st.session_state.get("uploaded"))


def catalogue() -> Catalogue:
    """The uploaded runs, newest first."""
    names = [f.name for f in fields(RunInfo)]
    found = [
        RunInfo(**{name: getattr(run, name) for name in names})
        for run in st.session_state.get("uploaded", {}).values()
    ]
    newest = sorted(found, key=lambda r: (r.created, r.id), reverse=True)
    return Catalogue(SourceRef.parse(SOURCE), Listing(tuple(newest)))


def read(profile: Profile) -> list[RunSummary]:
    """The uploaded runs as the profile reads them."""
    return [run_summary.summarize(run, profile) for run in st.session_state["uploaded"].values()]


def _unused(run_id: str, taken: Mapping[str, Run]) -> str:
    """Two files may both hold a run `log`: the second becomes `log#2`."""
    names = (run_id if n == 1 else f"{run_id}#{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
