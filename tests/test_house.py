"""What no linter checks: what an import loads, where logged keys stand, where words may point."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import builders

ROOT = builders.ROOT
ACTOT = ROOT / "actot"


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


def parsed(module: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


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
    paths += [p for p in ROOT.iterdir() if p.is_file() and p.name != ".git"]
    kinds = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ".txt", ""}
    wrong = []
    for path in paths:
        if path.suffix not in kinds or {"__pycache__", ".ruff_cache"} & set(path.parts):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        wrong += [f"{path.relative_to(ROOT)}: {word}" for word in words if word in text]
    assert wrong == []
