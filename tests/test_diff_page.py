"""The Config diff page: its rows, what the page says, and what only a browser shows."""

import csv
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect
from support import builders
from support.browser import InEveryLook, Visit
from support.screen import Screen
from support.session import Session
from support.wandb_server import Served, Server

from actot.__main__ import main
from actot.study import Study
from actot.widgets import config_table
from actot.widgets.config_table import Row

PICKED = {"runs": "lr20x,upd_reg", "base": "base_a_s1,base_b_s1"}
PICKS = "?" + "&".join(f"{name}={value}" for name, value in PICKED.items())
EVIL = (
    "<script>alert(1)</script> ![](http://evil.example/x.png) [x](javascript:alert(2)) "
    r"$\alpha$ a|b :smile: :material/home: :red[r] <img src=http://evil.example/y onerror=alert(3)>"
)
# Too long for a column, and alike but for the end.
LONG = "src/datasets/somewhere/far/down/below/pairs_of_the_{}_episodes.json"


# The rows.


def made(*configs: Mapping[str, Any], **first: Any) -> Study:
    """The study of runs r1, r2, ... with these configs against `base` with the first one."""
    base, *others = configs
    runs = [replace(builders.healthy("base", 0.4, base, seed=1), **first)]
    runs += [builders.healthy(f"r{i}", 0.4, c, seed=i + 1) for i, c in enumerate(others, 1)]
    return builders.planted_study([r.id for r in runs[1:]], ["base"], runs)


def texts(rows: Sequence[Row]) -> dict[str, list[str]]:
    """knob -> its cells as text."""
    return {r.knob: [str(c) for c in r.cells] for r in rows}


def test_the_reference_comes_first_then_the_runs_then_the_other_baselines() -> None:
    assert config_table.order(builders.planted_study(["lr20x", "upd_reg"], ["base2", "other"])) == (
        *("base2", "lr20x", "upd_reg", "other"),
    )


def test_a_change_that_counts_has_another_sign_than_a_mere_difference() -> None:
    off = {"ot.enable": False}
    found = made(builders.BASE, builders.config(builders.A_STABLE, seed=2), builders.config(off))
    rows = texts(config_table.knobs(found, "en"))
    assert rows["lr"] == ["1e-05", "● 0.0002 (20x)", "1e-05"]
    assert rows["scheduler"][:2] == ["none (by the preset)", "● cosine_decay_with_warmup"]
    assert rows["seed"] == ["1", "○ 2", "1"]
    # What comes with a schedule is shown, but the schedule is the change.
    assert rows["lr_warmup_steps"] == ["not in effect", "○ 200", "not in effect"]
    # What the OT's switch takes along is no difference of its own.
    assert rows["ot_enable"] == ["true", "true", "● false"]
    assert rows["reg"] == ["0.1", "0.1", "not in effect"]


def test_a_value_says_where_it_comes_from() -> None:
    tree = builders.config()
    del tree["batch_size"], tree["ot"]["sharpness"]
    rows = texts(config_table.knobs(made(builders.BASE, tree), "en"))
    assert rows["batch_size"] == ["8", "8 (default)"]
    assert rows["sharpness"] == ["12", "● absent"]
    assert rows["grad_clip_norm"] == ["10 (by the preset)", "10 (by the preset)"]
    assert texts(config_table.knobs(made(builders.BASE, tree), "zh"))["sharpness"] == [
        "12",
        "● 未设置",
    ]


def test_the_groups_follow_one_another() -> None:
    rows = config_table.knobs(made(builders.BASE, builders.config({"extra.size": 9})), "en")
    groups = list(dict.fromkeys(r.group for r in rows))
    assert groups == ["optimizer", "ot", "data", "eval", "seed", "other", "policy"]
    assert len(groups) == sum(a.group != b.group for a, b in pairwise(rows)) + 1


def test_the_paths_of_a_knob_are_those_that_each_run_reads() -> None:
    found = made(builders.BASE, builders.config(builders.A_STABLE))
    rows = {r.knob: r.where for r in config_table.knobs(found, "en")}
    assert rows["lr"] == (
        "policy.optimizer_lr, policy.optimizer_lr_backbone (base); optimizer.lr (r1)"
    )
    assert rows["tau"] == "ot.loss_config.tau_src, ot.loss_config.tau_tgt"
    assert rows["scheduler"] == "by the preset (base); scheduler.type (r1)"


def test_a_search_looks_into_names_paths_and_values() -> None:
    rows = config_table.knobs(made(builders.BASE, builders.config(builders.A_STABLE)), "en")

    def found(text: str) -> list[str]:
        return [r.knob for r in rows if r.holds(text)]

    assert found("weight_decay") == ["weight_decay"]
    assert found("TAU_SRC") == ["tau"]
    assert found("cosine_decay") == ["scheduler"]
    assert found("optimizer.l 20X") == ["lr"]
    assert found("no such thing") == []
    assert len(found(" ")) == len(rows)


def test_a_shadowed_path_is_marked_where_it_is_ignored() -> None:
    found = made(builders.BASE, builders.config(builders.A_STABLE))
    rows = texts(config_table.paths(found, config_table.SHADOWED, "en"))
    assert rows["policy.optimizer_lr"] == ["1e-05 (in effect)", "1e-05 (shadowed)"]
    by_hand = made(builders.config({"optimizer.lr": 3e-4}), builders.config(builders.A_STABLE))
    rows = texts(config_table.paths(by_hand, config_table.SHADOWED, "en"))
    assert rows["optimizer.lr"] == ["0.0003 (shadowed)", "○ 0.0002 (in effect)"]
    assert rows["scheduler"] == ["null (shadowed)", "absent"]


def test_bookkeeping_is_shown_as_it_stands() -> None:
    found = made(builders.BASE, builders.config(output_dir="elsewhere"))
    rows = texts(config_table.paths(found, config_table.BOOKKEEPING, "en"))
    assert rows["output_dir"] == ["/data/ckpts/insert_tube", "○ elsewhere"]
    assert rows["num_workers"] == ["4", "4"]
    assert not rows.keys() & texts(config_table.knobs(found, "en")).keys()


def test_versions_that_differ_stand_beside_the_knobs_and_unknown_ones_do_not_count() -> None:
    study = made(builders.BASE, builders.BASE, builders.BASE)
    known = {"base": {"python": "3.11", "git commit": "aa"}, "r1": {"git commit": "bb"}}
    read = {
        i: replace(r, run=replace(r.run, versions=known.get(i, {})))
        for i, r in study.summaries.items()
    }
    rows = config_table.outside(replace(study, summaries=read), "en")
    assert [(r.knob, r.group) for r in rows] == [("git commit", "uncontrolled")]
    assert texts(rows)["git commit"] == ["aa", "● bb", "unknown"]
    assert config_table.outside(study, "en") == []


def test_a_run_may_be_called_like_another_column() -> None:
    runs = [builders.healthy(i, seed=n) for n, i in enumerate(["Knob", "Knob*", "Group", "base"])]
    study = builders.planted_study(["Knob", "Knob*", "Group"], ["base"], runs)
    frame = config_table.table(config_table.knobs(study, "en"), study, "en", where=True)
    heads = ["Knob", "Group", "Read from", "base (reference)", "Knob*", "Knob**", "Group*"]
    assert list(frame.columns) == heads


def test_the_markdown_holds_every_value_whole_and_breaks_no_table() -> None:
    long = {"ot.pair_info_path": LONG.format("first"), "job_name": "x"}
    evil = {"ot.pair_info_path": LONG.format("last"), "policy.note": "a|b\n[x](y)"}
    study = made(builders.config(long), builders.config(evil))
    rows = [r for r in config_table.knobs(study, "en") if r.differs]
    text = config_table.as_markdown(config_table.table(rows, study, "en", where=False))
    assert text.splitlines() == [
        "| Knob | Group | base (reference) | r1 |",
        "|---|---|---|---|",
        f"| pairing | data | {LONG.format('first')} | ● {LONG.format('last')} |",
        r"| policy.note | policy | absent | ● a\|b \[x\](y) |",
    ]


def test_long_values_lose_the_folders_that_they_share_and_stay_apart() -> None:
    cells = [config_table.Cell(LONG.format(x)) for x in ("first", "last")] + [
        config_table.Cell("null")
    ]
    assert [c.value for c in config_table._short(cells)] == [
        *("…/pairs_of_the_first_episodes.json", "…/pairs_of_the_last_episodes.json", "null"),
    ]
    (only,) = config_table._short([config_table.Cell("x" * 100)])
    assert only.value == f"{'x' * 19}…{'x' * 19}"


def test_long_names_end_in_what_tells_them_apart() -> None:
    item = "ot.loss_config.features[img_side].use_learned_embed"
    deep = [f"{x}.model.encoder.layers.attention.dropout" for x in ("teacher", "student")]
    assert config_table._ends([item, "lr"]) == ["…[img_side].use_learned_embed", "lr"]
    assert config_table._ends(deep) == deep
    assert config_table._ends(deep[:1]) == ["…encoder.layers.attention.dropout"]


# The command.


def test_the_command_names_a_run_without_a_change(tmp_path: Path) -> None:
    folder = exported(tmp_path, {"base": {}, "same": {"seed": 2}, "new": {"reg": 0.2}})
    picks = ["--runs", "new,same", "--baselines", "base", "--profile", "act_ot"]
    shown = CliRunner().invoke(main, ["diff", str(folder), *picks]).stdout.splitlines()
    assert [line.split() for line in shown] == [
        ["run", "group", "knob", "reference", "base", "run's", "ratio"],
        ["new", "ot", "reg", "0.1", "0.2", "2x"],
        ["same", "(no", "knob", "differs)"],
    ]


# The page.


def exported(folder: Path, runs: Mapping[str, Mapping[str, Any]], **common: Any) -> Path:
    """A table of runs whose configs stand in its columns, as another project would export it."""
    common = {"reg": 0.1, "seed": 1, **common}
    paths = list(dict.fromkeys([*common, *(p for c in runs.values() for p in c)]))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "runs.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["run", "step", builders.key("eval_l1"), *(f"config.{p}" for p in paths)])
        for at, (run, config) in enumerate(runs.items()):
            values = [{**common, **config}.get(p, "") for p in paths]
            for step in range(1, 13):
                out.writerow([run, 50 * step, 0.4 + 0.01 * at + 0.002 * (step % 2), *values])
    return folder


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty runs of the trainer, their configs beside the table."""
    folder = exported(tmp_path_factory.mktemp("forty"), {f"run{i:02}": {} for i in range(40)})
    table = (folder / "runs.csv").read_text(encoding="utf-8").splitlines()
    lines = [",".join(line.split(",")[:3]) for line in table]
    (folder / "runs.csv").write_text("\n".join(lines), encoding="utf-8")
    for i in range(40):
        moved = {builders.REG: 0.1 + 0.1 * (i % 3), "ot.pair_info_path": LONG.format(i % 2)}
        tree = builders.config(moved | (builders.A_STABLE if i % 4 == 1 else {}), seed=i)
        (folder / f"run{i:02}.config.json").write_text(json.dumps(tree), encoding="utf-8")
    return folder


# ms; the table writes its text for readers of screens this long after it has drawn itself, at most.
LATE = 400


def grid(tab: Visit) -> list[list[str]]:
    """The rows of the table in sight, the head first."""
    table = tab.page.get_by_test_id("stDataFrame").first
    table.locator("[role=gridcell]").first.wait_for(state="attached")
    tab.page.wait_for_timeout(LATE)
    # In one go: between two looks the table may be drawn anew.
    found: list[list[str]] = table.locator("[role=row]").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.textContent || ''))"
    )
    return found


def shown(tab: Visit) -> list[str]:
    """The first column of the table."""
    return [row[0] for row in grid(tab)[1:]]


def switch(tab: Visit, label: str) -> None:
    """Turn a toggle."""
    tab.page.get_by_text(label, exact=True).click()
    tab.settle()


def search(tab: Visit, text: str) -> None:
    """Type into the search and wait for what it finds."""
    box = tab.page.get_by_role("textbox", name="Search knobs, paths and values")
    box.fill(text)
    box.press("Enter")
    tab.settle()


@pytest.mark.browser
@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
def test_it_opens_with_few_runs_and_with_many_in_every_look(
    in_every_look: InEveryLook, address: str, forty: Path, many: bool
) -> None:
    runs = ",".join(f"run{i:02}" for i in range(1, 40))
    query = f"?source={forty}&runs={runs}&base=run00" if many else PICKS
    for _, tab in in_every_look(f"{address}/Config_diff{query}"):
        head, *rows = grid(tab)
        assert head[:2] == ["Knob", "Group"] and rows[0][:2] == ["lr", "optimizer"]
        if many:
            # Its column stays where the runs go by.
            tab.page.get_by_test_id("stDataFrame").first.hover()
            tab.page.mouse.wheel(2500, 0)
            tab.page.wait_for_timeout(400)
            head = grid(tab)[0]
            assert head[0] == "Knob" and "Group" not in head and len(head) > 1
            tab.page.mouse.wheel(-2500, 0)
        assert tab.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        tab.check()


def test_a_card_says_what_was_changed_and_how_it_came_out() -> None:
    main = Screen("Config_diff", **PICKED).main
    assert "lr20x · 4 knobs" in main
    assert "lr 0.0005 → 0.01 (20x)" in main
    assert "▲ regressed" in main
    assert "upd_reg · 1 knob" in main


def test_a_search_narrows_the_rows() -> None:
    screen = Screen("Config_diff", **PICKED)
    assert {"lr", "reg", "scheduler"} <= set(screen.column())
    screen.search("tau_src")
    assert screen.column() == ["tau"]
    screen.search("cosine")
    assert screen.column() == ["scheduler"]
    screen.search("no *such* thing")
    assert "Nothing holds “no *such* thing”" in screen.main


def test_what_is_equal_shadowed_or_bookkeeping_is_one_click_away() -> None:
    screen = Screen("Config_diff", **PICKED)
    assert not {"batch_size", "optimizer.lr", "output_dir"} & set(screen.column())
    screen.switch("Only knobs that differ")
    screen.search("batch_size")
    assert screen.column() == ["batch_size"]
    screen.switch("Only knobs that differ")
    screen.search("optimizer.lr")
    assert screen.column() == ["lr"]
    screen.search("policy.optimizer_lr")
    screen.switch("Also shadowed keys")
    assert "policy.optimizer_lr" in screen.column()
    assert any("(shadowed)" in cell for row in screen.grid() for cell in row)
    screen.search("output_dir")
    screen.switch("Also bookkeeping")
    assert screen.grid()[1][:2] == ["output_dir", "bookkeeping"]


def test_the_paths_that_a_knob_reads_are_shown() -> None:
    screen = Screen("Config_diff", **PICKED)
    screen.switch("Config paths")
    screen.search("weight_decay")
    head, row = screen.grid()
    assert head[2] == "Read from"
    assert row[2].startswith("policy.optimizer_weight_decay (base_a_s1")


@pytest.mark.browser
def test_the_copied_markdown_is_the_table(tab: Visit, address: str) -> None:
    tab.open(f"{address}/Config_diff{PICKS}")
    search(tab, "optimizer.")
    tab.page.get_by_text("Copy as Markdown").click()
    box = tab.page.get_by_role("textbox", name="Click into the text")
    lines = box.input_value().splitlines()
    assert lines[0].startswith("| Knob | Group | base_a_s1 (reference) | lr20x | upd_reg |")
    assert [line.split(" | ")[0].strip("| ") for line in lines[2:]] == shown(tab)
    assert "| lr | optimizer | 0.0005 | ● 0.01 (20x) | 0.0005 |" in box.input_value()
    code = tab.page.get_by_test_id("stCode")
    code.hover()
    code.get_by_role("button").first.click()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == box.input_value().strip()
    tab.check()


def test_the_closest_runs_of_any_run_are_a_choice_away() -> None:
    screen = Screen("Config_diff", **PICKED)
    assert "What leads there from lr20x" in screen.app.main.table[0].value.columns
    screen.set("selectbox", "Closest to", "base_a_s2")
    rows = screen.rows()
    assert len(rows) == 5
    by_run = {row[0]: row[1:] for row in rows}
    assert by_run["base_a_s1"] == ["replicate: seed 2 → 1", "reference"]
    assert by_run["base_a_s3"] == ["replicate: seed 2 → 3", "reference"]


@pytest.mark.browser
def test_hostile_names_and_values_are_shown_as_text(
    tab: Visit, address: str, tmp_path: Path
) -> None:
    tab.page.on("dialog", lambda dialog: tab.errors.append(dialog.message))
    evil = EVIL.replace(",", "")
    runs = {"base": {"note": "x"}, evil: {"note": EVIL}, "Knob": {"note": "![](http://e.e/z)"}}
    folder = exported(tmp_path, runs)
    tab.open(f"{address}/Config_diff?source={folder}&base=base")
    tab.page.get_by_role("button", name="Take the newest 2 runs").click()
    tab.settle()
    main = tab.page.get_by_test_id("stMain")
    expect(main).to_contain_text("note x → ![](http")
    switch(tab, "Config paths")
    assert main.locator("img").count() == 0
    assert main.locator("a").count() == 0
    assert main.locator(".katex").count() == 0
    assert main.get_by_label("home icon").count() == 0
    assert "Knob*" in grid(tab)[0]
    expect(main).to_contain_text("<script>alert(1)</script>")
    expect(main).to_contain_text("material/home:")
    tab.check()


def test_an_unknown_projects_config_is_compared_path_by_path(tmp_path: Path) -> None:
    runs = {
        "base": {"model.width": 8, "model.depth": 2},
        "wide": {"model.width": 16, "model.depth": 2},
        "none": {"model.width": 8, "model.depth": 2, "seed": 9},
    }
    folder = exported(tmp_path, runs)
    screen = Screen("Config_diff", source=str(folder), runs="wide", base="base")
    assert screen.grid()[1:] == [["model.width", "other", "8", "● 16 (2x)"]]
    assert any("1 knob: model.width 16 → 8 (0.5x)" in row for row in screen.rows())
    screen.switch("Only knobs that differ")
    assert {"model.depth", "reg", "seed"} <= set(screen.column())


def test_the_config_of_any_run_is_there_to_train_with(address: str) -> None:
    query = "runs=lr20x&base=base_a_s1"
    with closing(Session(address, "Config_diff", query)) as asked:
        asked.ask()
        asked.answer()
        tree = json.loads(asked.download("Download its config"))
    assert (tree["job_name"], tree["output_dir"], tree["resume"]) == ("lr20x", None, False)
    assert tree["optimizer"]["lr"] == 0.01


def test_runs_without_a_config_have_no_closest(tmp_path: Path) -> None:
    table = tmp_path / "bare.csv"
    rows = [f"{r},{50 * i},0.{4 + at}" for at, r in enumerate("ab") for i in range(1, 13)]
    table.write_text("\n".join([f"run,step,{builders.key('eval_l1')}", *rows]))
    main = Screen("Config_diff", source=str(table), runs="a", base="b").main
    assert "Nothing differs from the reference." in main
    assert "a · no config" in main
    assert "its config is not known: the source holds none" in main
    assert "no other config to compare this one with" in main


def test_another_commit_is_a_difference_that_no_config_shows(server: Server) -> None:
    server.runs = [
        Served(r.id, builders.rows_of(r), r.config, commit=f"c0ffee{r.id}")
        for r in builders.planted()[:5]
    ]
    screen = Screen("Config_diff", source=server.where, runs="upd_reg", base="base1")
    assert "uncontrolled · git commit c0ffeebase1 → c0ffeeupd_reg" in screen.main
    row = next(r for r in screen.grid() if r[0] == "git commit")
    assert row == ["git commit", "uncontrolled", "c0ffeebase1", "● c0ffeeupd_reg"]
    picks = ["--runs", "upd_reg", "--baselines", "base1", "--no-cache"]
    printed = CliRunner().invoke(main, ["diff", server.where, *picks]).stdout
    assert printed.splitlines()[-1].split() == [
        *("upd_reg", "uncontrolled", "git", "commit", "c0ffeebase1", "c0ffeeupd_reg"),
    ]


def test_it_speaks_chinese() -> None:
    screen = Screen("Config_diff", **PICKED, lang="zh")
    head, *rows = screen.grid()
    assert head[:3] == ["旋钮", "分组", "base_a_s1 (参照基线)"]
    assert rows[0][1] == "优化器"
    assert "10 (由预设决定)" in [cell for row in rows for cell in row]
    for text in ("4 个旋钮", "最接近的运行", "相对 base_a_s1 有改动"):
        assert text in screen.main
