"""The house: imports point only downward, and each kind of thing has its room."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import builders
import pytest

ROOT = builders.ROOT
ACTOT = ROOT / "actot"
# Top to bottom. A module imports from its own line's room or from lines below.
ROOMS = [
    ["app", "pages"],
    ["actot.widgets"],
    ["actot.__main__"],
    ["actot.output.terminal"],
    ["actot.report"],
    ["actot.output.svg_figures"],
    ["actot.output.json_documents"],
    ["actot.study"],
    ["actot.output.experiment_files"],
    ["actot.output.flat_sweep"],
    ["actot.output.render"],
    ["actot.output.sentences"],
    ["actot.experiments.proposals"],
    ["actot.experiments.guard"],
    ["actot.experiments.config_edit"],
    ["actot.causes.ranking"],
    ["actot.causes.symptoms"],
    ["actot.causes.evidence"],
    ["actot.causes.outcomes"],
    ["actot.rules"],
    ["actot.verdicts.judging"],
    ["actot.verdicts.comparability"],
    ["actot.analysis.nearest_configs"],
    ["actot.verdicts.success_rates"],
    ["actot.verdicts.seed_noise"],
    ["actot.analysis.run_summary"],
    ["actot.statistics.student_t", "actot.output.markdown"],
    ["actot.verdicts.tail_estimate"],
    ["actot.analysis.metric_stats"],
    ["actot.causes.knob_distance"],
    ["actot.analysis.train_config"],
    ["actot.sources"],
    ["actot.wandb_io.run_history", "actot.tables.run_extraction"],
    ["actot.wandb_io.server_api", "actot.tables.metadata"],
    ["actot.wandb_io.service_process", "actot.tables.columns"],
    ["actot.tables.config_files"],
    ["actot.tables.table_reader"],
    ["actot.tables.delimited", "actot.tables.cells"],
    ["actot.tables.file_formats"],
    ["actot.files.run_cache"],
    ["actot.wandb_io.offline_file"],
    ["actot.wandb_io.protobuf_records"],
    ["actot.profile"],
    ["actot.loading.dask_executor"],
    ["actot.records", "actot.errors", "actot.files.allowed_paths"],
]
SCREEN = ("app", "pages", "actot.widgets")
FRAMES = (*SCREEN, "actot.sources")


def files() -> Iterator[Path]:
    """Every module of the product."""
    for path in [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ACTOT.rglob("*.py")]:
        if path.exists():
            yield path


def name_of(path: Path) -> str:
    """`actot.rules.drift` for actot/rules/drift.py."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(p): p for p in files()}


def is_in(module: str, room: str) -> bool:
    """Whether a module is the room or stands in it."""
    return module == room or module.startswith(f"{room}.")


def floor(module: str) -> int | None:
    """The line of the list on which a module's room stands."""
    found = [i for i, rooms in enumerate(ROOMS) if any(is_in(module, r) for r in rooms)]
    return found[0] if found else None


def room(module: str) -> str:
    """The room of a module."""
    return next(r for rooms in ROOMS for r in rooms if is_in(module, r))


def imports(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, also those inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            stem = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                stem = ".".join([*parents, stem]).strip(".")
            for alias in node.names:
                full = f"{stem}.{alias.name}"
                yield node.lineno, full if full in MODULES else stem


def package_of(module: str) -> str:
    """The package that relative imports start from."""
    path = MODULES[module]
    return module if path.name == "__init__.py" else module.rpartition(".")[0]


def parsed(module: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def offenders(names: tuple[str, ...], allowed: tuple[str, ...]) -> list[str]:
    """Imports of foreign packages where they are not allowed."""
    return [
        f"{module}:{line} imports {imported}"
        for module in MODULES
        if not any(is_in(module, r) for r in allowed)
        for line, imported in imports(parsed(module), package_of(module))
        if imported.split(".")[0] in names
    ]


def test_every_module_has_its_room() -> None:
    bare = {m for m in MODULES if not [*imports(parsed(m), package_of(m))]}
    assert [m for m in MODULES if m not in bare and floor(m) is None] == []


def test_every_room_exists() -> None:
    empty = [r for rooms in ROOMS for r in rooms if not any(is_in(m, r) for m in MODULES)]
    assert empty == []


def test_imports_point_only_downward() -> None:
    wrong = []
    for module in MODULES:
        if module == "actot":
            continue
        for line, imported in imports(parsed(module), package_of(module)):
            ours = imported in MODULES and imported != "actot"
            if not ours or room(imported) == room(module):
                continue
            if floor(imported) <= floor(module):
                wrong.append(f"{module}:{line} imports {imported}")
    assert wrong == []


def test_the_screen_is_drawn_in_the_screens_rooms_only() -> None:
    assert offenders(("streamlit", "altair"), SCREEN) == []


def test_data_frames_stay_in_the_screens_rooms_and_the_sources() -> None:
    assert offenders(("pandas",), FRAMES) == []


def test_the_wandb_client_is_imported_inside_functions_only() -> None:
    wrong = []
    for module in MODULES:
        tree = parsed(module)
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
        lazy = {id(inner) for f in functions for inner in ast.walk(f)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in lazy:
                found = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                found += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if any(f.split(".")[0] == "wandb" for f in found):
                    wrong.append(f"{module}:{node.lineno}")
    assert wrong == []


@pytest.mark.parametrize("module", ["actot.__main__", "actot.study", "actot.report"])
def test_the_core_loads_without_streamlit_pandas_and_wandb(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "print([m for m in ('streamlit', 'altair', 'pandas', 'wandb', 'torch', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def strings(module: str) -> Iterator[tuple[int, str]]:
    """(line, text) of every string that is no docstring."""
    tree = parsed(module)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(n.body[0].value)
        for n in ast.walk(tree)
        if isinstance(n, documented) and n.body and isinstance(n.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield node.lineno, node.value


def test_logged_keys_stand_in_the_profile_only() -> None:
    wrong = [
        f"{module}:{line} {text!r}"
        for module in MODULES
        for line, text in strings(module)
        if ("train/" in text or "eval/" in text) and "outputs/train/" not in text
    ]
    assert wrong == []


def test_nothing_points_outside_of_the_project() -> None:
    # Spelled in parts, so that this file does not name them itself.
    words = ["../" + "shared", "/work" + "/", "/root" + "/", "/tmp" + "/"]
    folders = ["actot", "pages", "examples", "docs", "tests", ".streamlit"]
    paths = [p for f in folders for p in (ROOT / f).rglob("*") if p.is_file()]
    paths += [p for p in ROOT.iterdir() if p.is_file()]
    kinds = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ".txt", ""}
    wrong = []
    for path in paths:
        if path.suffix not in kinds or {"__pycache__", ".ruff_cache"} & set(path.parts):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        wrong += [f"{path.relative_to(ROOT)}: {word}" for word in words if word in text]
    assert wrong == []


def test_the_packages_of_a_wheel_are_the_folders_of_the_tree() -> None:
    import tomllib

    tree = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(tree["tool"]["setuptools"]["packages"])
    folders = {".".join(p.parent.relative_to(ROOT).parts) for p in ACTOT.rglob("*.py")} | {
        "actot.profiles",
        "actot.sample",
    }
    # The screen runs from the repository, beside app.py and pages/.
    assert folders - {"actot.widgets"} <= listed
    assert listed <= folders


def test_every_module_says_what_it_is() -> None:
    silent = [m for m in MODULES if m.startswith("actot") and not ast.get_docstring(parsed(m))]
    assert silent == []


def test_no_module_catches_everything() -> None:
    broad = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
        )
    ]
    assert broad == []
