"""What a SOURCE text means: one table for all who ask."""

import pickle
from pathlib import Path

import pytest

from actot.source_ref import Choice, SourceRef

HOME, HERE = Path("/home/ann"), Path("/data")
CASES = {
    "sample": ("sample", (), "", "sample"),
    "wandb://team/tube": ("server", (), "", "wandb://team/tube"),
    "ftp://x": ("server", (), "", "ftp://x"),
    "wandb://a/b?step=epoch": ("server", (), "epoch", "wandb://a/b?step=epoch"),
    "": ("disk", (), "", ""),
    "~nobody-of-this-name/runs": ("disk", (), "", "~nobody-of-this-name/runs"),
    "runs": ("disk", ("/data/runs",), "", "/data/runs"),
    "./runs/": ("disk", ("/data/runs",), "", "/data/runs"),
    "sample/": ("disk", ("/data/sample",), "", "/data/sample"),
    "way/../runs": ("disk", ("/data/way/../runs",), "", "/data/runs"),
    "~/runs": ("disk", ("/home/ann/runs",), "", "/home/ann/runs"),
    "/abs/a b.csv": ("disk", ("/abs/a b.csv",), "", "/abs/a b.csv"),
    "t.csv?step=epoch": (
        "disk",
        ("/data/t.csv?step=epoch", "/data/t.csv"),
        "epoch",
        "/data/t.csv?step=epoch",
    ),
    "a?step=b/t.csv?step=c": (
        "disk",
        ("/data/a?step=b/t.csv?step=c", "/data/a?step=b/t.csv"),
        "c",
        "/data/a?step=b/t.csv?step=c",
    ),
    "a\0b": ("disk", ("/data/a\0b",), "", "/data/a\0b"),
}


@pytest.mark.parametrize(
    ("text", "paths", "choice"),
    [
        ("t.csv?run=who", ["t.csv"], Choice(run="who")),
        ("t.csv?run=a,b?config=lr,seed", ["t.csv?run=a,b", "t.csv"], Choice("", "a,b", "lr,seed")),
        ("t.csv?step=at&run=who", ["t.csv?step=at", "t.csv"], Choice("at", "who")),
        ("t.csv?run=", [], Choice()),
        ("a?run=b/t.csv?run=c", ["a?run=b/t.csv"], Choice(run="c")),
    ],
)
def test_columns_are_chosen_one_behind_the_other(
    text: str, paths: list[str], choice: Choice
) -> None:
    ref = SourceRef.parse(f"/data/{text}")
    assert ref.places == tuple(Path("/data", p) for p in (text, *paths))
    assert ref.readings[-1] == (ref.places[-1], choice)


@pytest.mark.parametrize("text", CASES)
def test_a_text_means_one_thing_for_all_who_ask(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(HOME))
    monkeypatch.setattr("os.getcwd", lambda: str(HERE))
    kind, places, step, identity = CASES[text]
    ref = SourceRef.parse(text)
    assert (ref.text, ref.kind, ref.step) == (text, kind, step)
    assert ref.places == tuple(map(Path, places))
    assert ref.path == (ref.places[0] if places else None)
    assert ref.identity == identity
    assert ref.is_remote == (kind == "server")
    assert pickle.loads(pickle.dumps(ref)) == ref and hash(ref) == hash(SourceRef.parse(text))


TUBE = "wandb://team/tube"
ADDRESSES = {
    "team/tube": (TUBE, "", ""),
    " team/tube ": (TUBE, "", ""),
    "https://wandb.ai/team/tube": (TUBE, "", "wandb.ai"),
    "https://wandb.ai/team/tube?nw=nwuserann": (TUBE, "", "wandb.ai"),
    "https://wandb.ai/team/tube/workspace?nw=x&panel=1#end": (TUBE, "", "wandb.ai"),
    "https://wandb.ai/team/tube/runs/1a2b3c4d": (TUBE, "1a2b3c4d", "wandb.ai"),
    "https://wandb.ai/team/tube/runs/1a2b3c4d/overview?nw=x": (TUBE, "1a2b3c4d", "wandb.ai"),
    "http://lab:8080/team/tube/table": (TUBE, "", "lab:8080"),
    "wandb.ai/team/tube": (TUBE, "", ""),
    "https://wandb.ai/team/my%20tube": ("wandb://team/my tube", "", "wandb.ai"),
    "https://wandb.ai/team/tube?step=epoch": (f"{TUBE}?step=epoch", "", "wandb.ai"),
    "team/tube?step=epoch": (f"{TUBE}?step=epoch", "", ""),
}


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_from_the_browser_is_its_project(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ref = SourceRef.parse(text)
    assert (ref.text, ref.run, ref.host) == ADDRESSES[text]
    assert ref.kind == "server" and ref.identity == ref.text
    assert ref.plain == ref.text.partition("?")[0]


@pytest.mark.parametrize("text", ["runs/tube", "team/tube.csv", "team/a/b", "team/", "/team/tube"])
def test_what_lies_here_or_looks_like_a_file_is_no_project(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    assert SourceRef.parse(text).kind == "disk"
