"""Nobody let in, nothing told: folders, keys, messages to visitors from elsewhere, defaults, pinned packages."""

import ast
import base64
import contextvars
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from support import browser as tabs
from support import builders, session, wandb_server
from support.by_text import exports, offline, unlisted, wandb_online
from support.wandb_server import Served, Server

from actot import sources
from actot.errors import BadInput, Unreachable
from actot.files import allowed_paths
from actot.tables import config_files
from actot.widgets import access, recent_sources

ROOT = builders.ROOT
SAMPLE = ROOT / "actot" / "sample" / "runs"
PASSWORD = "hunter2secret"


@pytest.fixture(autouse=True)
def opened() -> Iterator[None]:
    """The fence of a test ends with it."""
    yield
    allowed_paths.confine(None)


def visit(monkeypatch: pytest.MonkeyPatch, address: str | None, **headers: str) -> None:
    """A visitor with these headers, on a server that is bound to an address."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    monkeypatch.setattr(access.st, "context", SimpleNamespace(headers=named))
    monkeypatch.setattr(access.st, "get_option", lambda name: address)


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An allowed folder that holds runs, beside one that is not."""
    for name, run in (("inside", "lr20x"), ("outside", "base_a_s1")):
        (found,) = SAMPLE.glob(f"*-{run}")
        shutil.copytree(found, tmp_path / name / found.name)
        (tmp_path / name / f"{name}.csv").write_text("_step,loss\n1,2\n2,1\n")
    monkeypatch.setenv(access.VARIABLE, str(tmp_path / "inside"))
    visit(monkeypatch, "127.0.0.1", Host="localhost:8501")
    return tmp_path / "inside"


def refusal(source: str) -> str:
    """The sentence with which a source is refused."""
    with pytest.raises(BadInput) as error:
        access.check(source)
    return str(error.value)


def test_what_is_below_a_root_is_opened_and_anything_else_refused_alike(
    inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(inside)
    (inside / "way").symlink_to(inside.parent / "outside")
    within = [inside, inside / "inside.csv", f"{inside}/inside.csv?step=_step", f"{inside}/gone"]
    for source in (*within, ".", "sample", "wandb://a/b", SAMPLE):
        access.check(str(source))
    outside = inside.parent / "outside"
    refused = [
        "/",
        "/etc",
        "/etc/shadow",
        "/no/such/folder",
        "~",
        "~nobody_at_all/x",
        "..",
        outside,
        outside / "gone",
        f"{inside}/../outside",
        f"{inside}2",
        inside / "way",
        f"{inside}/way/outside.csv",
        f"{outside}/outside.csv?step=_step",
        f"{inside}/a?step=/../../outside/outside.csv?step=_step",
        "nul\0byte",
    ]
    (said,) = {refusal(str(source)) for source in refused}
    assert str(inside) not in said


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "10.0.0.7", "actot.example.org"])
def test_a_server_bound_elsewhere_opens_the_bundled_runs_alone(
    inside: Path, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(access.VARIABLE)
    visit(monkeypatch, address, Host="localhost:8501")
    refusal(str(inside))
    access.check("sample")
    assert len(sources.list_runs("sample").runs) > 10
    with pytest.raises(BadInput):
        offline.list_runs(str(inside))


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_a_server_of_its_own_machine_opens_any_folder_for_it(
    inside: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(access.VARIABLE)
    visit(monkeypatch, address, Host="localhost:8501")
    access.check(str(inside))
    assert [r.id for r in sources.list_runs(str(inside)).runs] == ["lr20x"]
    visit(monkeypatch, address, Host="localhost:8501", X_Forwarded_For="10.0.0.9")
    refusal(str(inside))


def test_no_folder_is_opened_where_the_list_of_roots_is_empty(
    inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(access.VARIABLE, "")
    refusal(str(inside))
    access.check("sample")


def test_a_link_below_a_root_that_leads_outside_is_not_read(inside: Path) -> None:
    outside = inside.parent / "outside"
    run = builders.run_file(outside, "base_a_s1")
    (inside / run.name).symlink_to(run)
    access.check(str(inside))
    assert [r.id for r in offline.list_runs(str(inside)).runs] == ["lr20x"]
    with pytest.raises(BadInput):
        offline.load(str(inside), "base_a_s1")

    tables = inside / "tables"
    tables.mkdir()
    (tables / "own.csv").write_text("_step,loss\n1,2\n2,1\n")
    (tables / "theirs.csv").symlink_to(outside / "outside.csv")
    assert [r.id for r in exports.list_runs(str(tables)).runs] == ["own"]
    secret = outside / "secret.json"
    secret.write_text('{"secret": 1}')
    (tables / "own.json").symlink_to(secret)
    assert config_files.sidecar(tables / "own.csv", "own") == ({}, [], [])
    assert exports.load(str(tables), "own").config == {}


def test_a_file_that_became_a_link_after_it_was_listed_is_not_read(inside: Path) -> None:
    outside = inside.parent / "outside"
    access.check(str(inside))
    offline.list_runs(str(inside))
    listed = builders.run_file(inside, "lr20x")
    moved = listed.rename(outside / listed.name)
    listed.symlink_to(moved)
    with pytest.raises(BadInput):
        offline.load(str(inside), "lr20x")

    tables = inside / "tables"
    tables.mkdir()
    table = tables / "own.csv"
    table.write_text("_step,loss\n1,2\n2,1\n")
    exports.list_runs(str(tables))
    moved = table.rename(outside / "own.csv")
    table.symlink_to(moved)
    with pytest.raises(BadInput):
        exports.load(str(tables), "own")


def test_a_link_that_comes_between_the_look_at_a_path_and_its_opening_is_not_read(
    inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = inside.parent / "outside"
    run = builders.run_file(outside, "base_a_s1")
    secret = outside / "own.json"
    secret.write_text('{"secret": 1}')
    tables = inside / "tables"
    tables.mkdir()
    (tables / "own.csv").write_text("_step,loss\n1,2\n2,1\n")
    links = [inside / run.name, tables / "theirs.csv", tables / "own.json"]
    for link, there in zip(links, (run, outside / "outside.csv", secret), strict=True):
        link.symlink_to(there)
    access.check(str(inside))
    admits = allowed_paths.admits
    # Each link is looked at as if it were still the file that it has just replaced.
    monkeypatch.setattr(allowed_paths, "admits", lambda p: Path(p) in links or admits(p))
    assert [r.id for r in offline.list_runs(str(inside)).runs] == ["lr20x"]
    with pytest.raises(BadInput, match="no run base_a_s1"):
        offline.load(str(links[0]), "base_a_s1")
    listing = exports.list_runs(str(tables))
    assert [r.id for r in listing.runs] == ["own"]
    assert listing.problems == (
        "theirs.csv: cannot be read (Permission denied); check its permissions",
    )
    assert exports.load(str(tables), "own").config == {}


def test_a_remembered_source_that_may_not_be_opened_any_more_is_not_offered(inside: Path) -> None:
    outside = inside.parent / "outside"
    recent_sources._write([str(outside), str(inside), "wandb://a/b"])
    assert recent_sources.known() == [str(inside), "wandb://a/b"]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("/data/runs/a/run-1.wandb: is empty", "a/run-1.wandb: is empty"),
        ("/data/runs: holds no table", "runs: holds no table"),
        ("/data/my runs/b.csv: 3 lines", "b.csv: 3 lines"),
        ("/home/ann/x.csv: cannot be read", "x.csv: cannot be read"),
        ("`actot runs /srv/a/b/` lists them; /etc too", "`actot runs b` lists them; etc too"),
        ("(/srv/a/b.csv)", "(b.csv)"),
        ("http://127.0.0.1:80/graphql fails", "http://127.0.0.1:80/graphql fails"),
        ("wandb://team/tube: no such run", "wandb://team/tube: no such run"),
        ("train/l1 of 1/2, a / b", "train/l1 of 1/2, a / b"),
    ],
)
def test_a_visitor_from_elsewhere_is_told_no_folder_of_the_server(
    message: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(access.VARIABLE, os.pathsep.join(("/data/runs/", "/data/my runs", "/")))
    visit(monkeypatch, "0.0.0.0", Host="actot.example.org")
    assert access.said(message) == told
    visit(monkeypatch, "0.0.0.0", Host="127.0.0.1:8501")
    assert access.said(message) == message


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The app with a folder that it may open, and that folder: a whole run and an empty file."""
    folder = tmp_path_factory.mktemp("confined")
    (found,) = SAMPLE.glob("*-lr20x")
    shutil.copytree(found, folder / "runs" / found.name)
    (folder / "runs" / "empty").mkdir()
    (folder / "runs" / "empty" / "run-none.wandb").write_bytes(b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(access.VARIABLE, str(folder / "runs"))
        with tabs.server() as address:
            yield address, folder / "runs"


@pytest.mark.parametrize("page", ["", "Metrics", "Report"])
def test_a_link_to_a_folder_outside_of_the_roots_is_refused_on_screen(
    confined: tuple[str, Path], page: str
) -> None:
    address, folder = confined
    said = []
    for source in ("/etc", "/no/such/folder", f"{folder}/../x.csv?step=a"):
        (alert,) = session.seen(address, page, f"source={source}").alerts
        said.append(alert)
    assert len(set(said)) == 1 and "ACTOT_ROOTS" in said[0]
    (alert,) = session.seen(address, page, f"source={folder}").alerts
    assert "Pick runs in the sidebar" in alert


def test_through_a_proxy_the_page_names_no_folder_of_the_server(
    confined: tuple[str, Path],
) -> None:
    address, folder = confined
    for headers in ({}, {"X-Forwarded-For": "10.0.0.9"}):
        (said,) = session.seen(address, "", f"source={folder}/empty", **headers).alerts
        assert "empty" in said
        (missing,) = session.seen(address, "", f"source={folder}/nothing", **headers).alerts
        assert (str(folder) in missing) == (not headers)
        assert str(folder.parent) not in said


@pytest.fixture
def server(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A project with a run; the environment points at it and holds no key."""
    monkeypatch.delenv("WANDB_API_KEY")
    server.runs = [Served("secret_run", list(wandb_server.rows(20)))]
    return server


def test_what_one_key_has_read_is_not_shown_to_another_when_the_server_is_gone(
    server: Server, tmp_path: Path
) -> None:
    where, folder = server.where, tmp_path / "cache"

    def ann() -> str:
        wandb_online.use_key(server.key)
        listing = sources.list_runs(where, folder=folder)
        (run,) = listing.runs
        sources.load(listing, run.id, revision=run.revision, folder=folder)
        return run.revision

    def ann_again(revision: str) -> None:
        wandb_online.use_key(server.key)
        listing = sources.list_runs(where, folder=folder)
        assert [r.id for r in listing.runs] == ["secret_run"]
        assert "showing what was read" in listing.problems[0]
        known = sources.load(listing, "secret_run", revision=revision, folder=folder)
        assert len(known.series["train/loss"]) == 20

    def other(key: str | None, revision: str) -> None:
        wandb_online.use_key(key)
        with pytest.raises(Unreachable) as error:
            sources.list_runs(where, folder=folder)
        assert "secret_run" not in str(error.value)
        with pytest.raises(Unreachable):
            sources.load(unlisted(where), "secret_run", revision=revision, folder=folder)

    revision = contextvars.copy_context().run(ann)
    server.fail("*", 500)
    contextvars.copy_context().run(ann_again, revision)
    for key in ("b" * 40, None):
        contextvars.copy_context().run(other, key, revision)


@pytest.mark.parametrize("status", [0, 200, 401, 403, 404, 500])
def test_a_failing_request_leaves_no_key_and_no_password_anywhere(
    server: Server, tmp_path: Path, status: int
) -> None:
    url = server.url.replace("//", f"//user:{PASSWORD}@")
    env = os.environ | {"WANDB_BASE_URL": url, "WANDB_API_KEY": server.key}
    # The process of another program has a log of its own: nobody asks it.
    env |= {"PYTHONPATH": str(ROOT), "WANDB_SERVICE": "3-1-unix-/no/such/socket"}
    for name, folder in (
        ("XDG_CACHE_HOME", "cache"),
        ("WANDB_CACHE_DIR", "client"),
        ("TMPDIR", "t"),
    ):
        env[name] = str(tmp_path / folder)
        (tmp_path / folder).mkdir()
    command = [sys.executable, "-m", "actot", "summary", server.where, "--verbose", "--json"]
    said, sent = "", base64.b64encode(f"api:{server.key}".encode()).decode()
    for broken in (False, True):
        if broken:
            for operation in ("Runs", "Run", "RunParquetHistory"):
                server.fail(operation, status, message=f"{server.key}? {sent}?")
            if not status:
                server.cut("*")
        done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path)
        said += done.stdout + done.stderr
        assert "Traceback" not in said
    assert "secret_run" in said and "127.0.0.1" in said
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert any(p.is_relative_to(tmp_path / "cache") for p in files)
    for secret in (server.key, sent, PASSWORD):
        assert secret not in said
        assert [p for p in files if secret.encode() in p.read_bytes()] == []


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{PASSWORD}@127.0.0.1:9",
        f"ftp://user:{PASSWORD}@127.0.0.1:9",
        f"http//user:{PASSWORD}@host",
        f"user:{PASSWORD}@host",
        f"http://user:a/{PASSWORD}@127.0.0.1:9",
    ],
)
def test_an_address_with_a_password_is_named_without_it(
    server: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", url)
    monkeypatch.setenv("WANDB_API_KEY", server.key)
    with pytest.raises((BadInput, Unreachable)) as error:
        wandb_online.list_runs(server.where)
    assert PASSWORD not in str(error.value)


def test_the_server_starts_with_safe_settings() -> None:
    found = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert found["server"]["address"] == "127.0.0.1"
    assert found["server"]["allowedHosts"] == ["localhost", "127.0.0.1"]
    assert found["server"]["enableXsrfProtection"] is True
    assert found["server"]["enableCORS"] is True
    assert found["server"]["maxUploadSize"] <= 50
    assert found["browser"]["gatherUsageStats"] is False
    assert found["client"]["showErrorDetails"] == "none"


PRODUCT = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *(ROOT / "actot").rglob("*.py")]
FORBIDDEN_CALLS = ("eval", "exec", "compile", "__import__", "system", "popen")
FORBIDDEN_MODULES = ("pickle", "marshal", "shelve", "dill", "joblib")


@pytest.mark.parametrize("path", PRODUCT, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_runs_foreign_data_or_shows_it_as_html(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            own = isinstance(node.func, ast.Attribute) and name == "compile"
            assert own or name not in FORBIDDEN_CALLS, f"line {node.lineno}"
            keywords = {k.arg for k in node.keywords}
            assert not keywords & {"unsafe_allow_html", "unsafe_allow_javascript", "shell"}
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] + [getattr(node, "module", None) or ""]
            assert not {n.split(".")[0] for n in names} & set(FORBIDDEN_MODULES)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            unsafe = node.value.id == "yaml" and re.search("(?i)load", node.attr)
            assert not unsafe or node.attr == "SafeLoader", f"line {node.lineno}"


def pins() -> dict[str, str]:
    """The pinned version of each package in constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    kept = [x.split("==") for x in lines if x and not x.startswith("#")]
    return {name.lower().replace("_", "-"): version for name, version in kept}


def test_every_requirement_is_pinned_within_its_range() -> None:
    pinned = pins()
    names = ("requirements.txt", "requirements-dev.txt", "requirements-cluster.txt")
    lines = [x for n in names for x in (ROOT / n).read_text(encoding="utf-8").splitlines()]
    kept = [x.partition("#")[0].strip() for x in lines if not x.startswith("-r")]
    wanted = [Requirement(x) for x in kept if x]
    assert len(wanted) > 5
    for one in wanted:
        assert one.specifier.contains(pinned[one.name.lower()]), one


def test_whoever_installs_the_app_or_the_tests_gets_the_pinned_versions() -> None:
    for name in ("Makefile", "README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        installs = re.findall(r"pip install .*-r (?:requirements|requirements-dev)\.txt.*", text)
        assert len(installs) == 2
        assert all("-c constraints.txt" in line for line in installs)


def test_the_session_key_stands_in_no_address_and_no_kept_source(tmp_path: Path) -> None:
    text = (ROOT / "actot" / "widgets" / "sidebar.py").read_text(encoding="utf-8")
    assert "own_key" not in text
    recent_sources._write(["wandb://a/b"])
    kept = json.loads(
        (recent_sources.run_cache.default_folder() / recent_sources.FILE).read_text(
            encoding="utf-8"
        )
    )
    assert kept == ["wandb://a/b"]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_server_that_gives_the_key_back_in_its_words_is_not_quoted_with_it(
    server: Server, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", server.key)
    server.fail("Runs", status, message=f"the key {server.key} is not good")
    with pytest.raises(Unreachable) as error:
        wandb_online.list_runs(server.where)
    assert server.key not in str(error.value)
    assert server.key not in "".join(traceback.format_exception(error.value))
