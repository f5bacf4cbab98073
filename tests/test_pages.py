"""Every page: it opens, it says what it should, it keeps its picks, its links and downloads work."""

import dataclasses
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml
from playwright.sync_api import expect
from support import browser as tabs
from support import builders, session
from support.browser import InEveryLook, Visit
from support.screen import PAGES as FILES
from support.screen import Screen, words
from support.session import Session
from support.wandb_server import Served, Server

from actot import profile, report, study
from actot.files import run_cache
from actot.output import row_words
from actot.profile_schema import Tail

SAMPLE = tabs.ROOT / "actot" / "sample" / "runs"
PAGES = ["", *FILES]
ARTIFACTS = Path(__file__).parent / "artifacts"
# Names that try everything; Chinese, right to left, three hundred letters long, or no name at all.
HOSTILE = (
    "<script>alert(1)</script> ![](http://evil.example/x.png) [x](javascript:alert(2)) "
    r"$\alpha$ a|b :smile: :material/home: :red[r] <img src=http://evil.example/y onerror=alert(3)>"
)
NAMES = {
    "lr20x": HOSTILE,
    "lr25x": "训练 最优传输 基线",
    "lr30x": "تدريب \u202eevil",
    "base1": "x" * 300,
    "base2": "$\\alpha$ | :smile: &lt;b&gt;",
    "base3": HOSTILE,
}
PICKS = "?runs=lr25x,upd_reg&base=base_a_s1,base_a_s2"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Planted runs, recorded by the real client under such names."""
    specs = [
        builders.spec(run) | {"name": name, "group": name[:120], "tags": [name[:60]]}
        for run in builders.planted()
        if (name := NAMES.get(run.id))
    ]
    return builders.record(tmp_path_factory.mktemp("hostile"), specs)


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_without_an_error_in_every_look(
    in_every_look: InEveryLook, address: str, page: str
) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    for look, tab in in_every_look(f"{address}/{page}"):
        tab.check()
        main = tab.page.get_by_test_id("stMain")
        expect(main).to_contain_text("base_a_s1")
        tab.page.screenshot(path=ARTIFACTS / f"{page or 'Overview'}_{look}.png")
        # Nothing may stick out of a narrow window.
        wider = tab.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0


def test_the_app_opens_on_the_bundled_runs_with_their_verdicts() -> None:
    main = Screen().main
    assert "3 regressed" in main
    assert "lr, weight_decay, grad_clip_norm, scheduler always moved together" in main


def test_a_shared_link_shows_the_same_view_on_a_fresh_server() -> None:
    with tabs.server() as fresh:
        found = session.seen(fresh, "Regression", PICKS.removeprefix("?"))
    assert found.picked("Runs") == ["lr25x", "upd_reg"]
    assert found.picked("Baselines") == ["base_a_s1", "base_a_s2"]
    assert "upd_reg" in found.said


@pytest.mark.browser
def test_a_shared_view_survives_the_next_page_a_reload_and_the_way_back(
    tab: Visit, address: str
) -> None:
    tab.open(f"{address}/Regression{PICKS}")
    expect(tab.page.get_by_test_id("stMain")).to_contain_text("upd_reg")
    _sees(tab, "lr25x", "upd_reg", without="lr20x")
    tab.page.get_by_role("link", name="Config diff").click()
    tab.settle()
    _sees(tab, "lr25x", "upd_reg", without="lr20x")
    tab.page.reload()
    tab.settle()
    _sees(tab, "lr25x", "upd_reg", without="lr20x")
    assert "runs=lr25x" in tab.page.url
    tab.page.go_back()
    tab.settle()
    _sees(tab, "lr25x", "upd_reg", without="lr20x")
    tab.check()


@pytest.mark.browser
def test_a_pick_changes_the_page_and_the_address_and_follows_to_the_next_page(
    tab: Visit, address: str
) -> None:
    tab.open(f"{address}/{PICKS}")
    runs = tab.page.get_by_role("combobox", name="Runs")
    runs.click()
    runs.fill("collapse")
    tab.page.keyboard.press("Enter")
    tab.settle()
    tab.page.keyboard.press("Escape")
    _sees(tab, "lr25x", "collapse")
    assert "collapse" in tab.page.url
    tab.page.get_by_role("link", name="Regression").click()
    tab.settle()
    _sees(tab, "lr25x", "collapse")
    expect(tab.page.get_by_test_id("stMain")).to_contain_text("Plan collapse")
    tab.check()


@pytest.mark.browser
def test_a_finding_leads_to_its_curve_at_the_steps_it_speaks_of(tab: Visit, address: str) -> None:
    tab.open(f"{address}/Regression?runs=diverged&base=base_a_s1")
    main = tab.page.get_by_test_id("stMain")
    expect(main).to_contain_text("from step 1020 to its end the run is NaN or Inf")
    main.get_by_role("link", name="See the curve").first.click()
    tab.settle()
    expect(main).to_contain_text("Steps 1020 – ")
    assert "at=1020-" in tab.page.url
    assert "runs=diverged" in tab.page.url
    tab.page.get_by_role("button", name="Show whole curves").click()
    tab.settle()
    expect(main).not_to_contain_text("are marked")
    assert "at=" not in tab.page.url
    tab.check()


def test_the_value_of_a_run_is_judged_as_the_sidebar_and_the_link_say() -> None:
    found = study.study(
        [r.run for r in builders.sample().values()],
        ["upd_reg"],
        ["base_a_s1"],
        dataclasses.replace(builders.PROFILE, value="last", tail=Tail(0.3, 5, 100)),
    )
    wanted = row_words.interval(found.headline("upd_reg"))
    screen = Screen(runs="upd_reg", base="base_a_s1", tail="0.3,5,100")
    assert "the last point" not in screen.main
    assert screen.widget("number_input", "Tail, %").value == 30
    screen.set("button_group", "Value of a run", "last")
    assert "judged by the last point" in screen.main
    assert wanted in screen.main
    assert screen.query["value"] == "last"


@pytest.mark.parametrize("tail", ["0,5,100", "2,5,100", "0.1,9,3", "a,b,c", "0.1", "nan,5,9"])
def test_a_window_in_the_address_that_is_none_is_ignored(tail: str) -> None:
    assert profile.tail(tail) is None


@pytest.mark.browser
def test_the_noise_model_is_drawn_and_says_where_there_is_none(tab: Visit, address: str) -> None:
    tab.open(f"{address}/Regression{PICKS}")
    main = tab.page.get_by_test_id("stMain")
    expect(main).to_contain_text("runs of one config differ by 3.2 %")
    expect(main).to_contain_text("5 of 9 degrees of freedom are measured")
    for text in ("base_a_s1 · 5 seeds", "base_b_s1 · 2 seeds", "found in four of five (%)"):
        expect(main.locator("svg text", has_text=text)).to_be_visible()
    tab.check()


def test_the_newest_runs_are_taken_with_one_click() -> None:
    screen = Screen(runs="lr20x", base="base_a_s1")
    screen.press("Take")
    assert {"lr30x", "lr25x", "diverged"} <= set(screen.picked("Runs"))
    assert "lr20x" not in screen.picked("Runs")
    assert "diverged at step" in screen.main


@pytest.mark.browser
def test_the_language_switches_and_stays(tab: Visit, address: str) -> None:
    tab.open(f"{address}/Regression")
    tab.page.get_by_role("radio", name="zh").click()
    tab.settle()
    expect(tab.page.get_by_test_id("stMain")).to_contain_text("种子噪声")
    tab.page.get_by_role("link", name="报告").click()
    tab.settle()
    expect(tab.page.get_by_test_id("stMain")).to_contain_text("下一步实验")
    assert "lang=zh" in tab.page.url
    tab.check()


@pytest.mark.browser
def test_the_zip_and_the_sweep_are_downloaded_whole(tab: Visit, address: str) -> None:
    tab.open(f"{address}/Experiments")
    with tab.page.expect_download() as loading:
        tab.page.get_by_role("button", name=re.compile(r"Download \d+ runs")).click()
    archive = zipfile.ZipFile(io.BytesIO(Path(loading.value.path()).read_bytes()))
    assert archive.testzip() is None
    for name in ("isolate.yaml", "replicate_lr25x.yaml"):
        sweep = yaml.safe_load(archive.read(f"next_runs/{name}"))
        for path in sweep["parameters"]["config_path"]["values"]:
            assert json.loads(archive.read(path))["policy"]["type"] == "act"
    tab.page.get_by_role("tab", name="Sweep YAML").first.click()
    with tab.page.expect_download() as loading:
        tab.page.get_by_role("button", name="Download the sweep").first.click()
    assert Path(loading.value.path()).read_bytes() == archive.read("next_runs/replicate_lr25x.yaml")
    tab.check()


@pytest.mark.browser
def test_the_report_is_downloaded_and_copied_as_the_command_line_writes_it(
    tab: Visit, address: str
) -> None:
    from actot import sources

    listed = sources.list_runs("sample")
    runs = [sources.load(listed, r.id) for r in listed.runs]
    picked, bases = ["lr25x", "upd_reg"], ["base_a_s1", "base_a_s2"]
    found = study.study(runs, picked, bases, profile.load(), source="sample")
    wanted = report.write(found, "en")
    tab.open(f"{address}/Report{PICKS}")
    with tab.page.expect_download() as loading:
        tab.page.get_by_role("button", name="Download", exact=True).click()
    assert Path(loading.value.path()).read_text(encoding="utf-8") == wanted
    tab.page.get_by_role("tab", name="Markdown").click()
    assert tab.page.get_by_role("textbox", name="Click into the text").input_value() == wanted
    tab.check()


def test_a_link_to_a_report_gives_the_same_bytes_on_a_fresh_server() -> None:
    found = study.study(
        [r.run for r in builders.sample().values()],
        ["lr25x", "upd_reg"],
        ["base_a_s1", "base_a_s2"],
        builders.PROFILE,
        source="sample",
    )
    more = {"note": "第二轮 & more", "time": "2026-01-02T03:04:05"}
    wanted = report.write(found, "zh", sections=["summary", "update"], **more)
    link = f"{PICKS}&lang=zh&sections=summary,update&{urlencode(more)}"
    with (
        tabs.server() as fresh,
        closing(Session(fresh, "Report", link.removeprefix("?"))) as visitor,
    ):
        visitor.ask()
        visitor.answer()
        assert visitor.download("下载").decode() == wanted
        archive = zipfile.ZipFile(io.BytesIO(visitor.download("下载（含图片，zip）")))
        assert set(archive.namelist()) == {"act_ot_report.md", "intervals.svg", "curves.svg"}
        assert "![curves.svg](curves.svg)" in archive.read("act_ot_report.md").decode()


@pytest.mark.browser
def test_an_update_is_added_behind_a_report_that_the_user_brings(
    tab: Visit, address: str, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.md"
    mine.write_bytes(b"# mine\r\n\xffnot utf-8")
    tab.open(f"{address}/Report{PICKS}")
    tab.page.get_by_text("Add the update to a report that you have").click()
    upload = tab.page.locator('.st-key-append-Report input[type="file"]')
    upload.set_input_files(mine)
    tab.settle()
    with tab.page.expect_download() as loading:
        tab.page.get_by_role("button", name="Download the longer report").click()
    longer = Path(loading.value.path()).read_bytes()
    assert longer.startswith(mine.read_bytes())
    assert b"ACT-OT Report Update" in longer
    mine.write_bytes(longer)
    tab.page.reload()
    tab.settle()
    tab.page.get_by_text("Add the update to a report that you have").click()
    upload.set_input_files(mine)
    tab.settle()
    expect(tab.page.get_by_test_id("stMain")).to_contain_text("holds the update already")
    tab.check()


@pytest.mark.browser
def test_where_there_is_no_clipboard_the_whole_report_can_be_selected(
    tab: Visit, address: str
) -> None:
    tab.open(f"{address}/Report{PICKS}")
    page = tab.page
    page.evaluate("delete Navigator.prototype.clipboard")
    page.get_by_role("tab", name="Markdown").click()
    field = page.get_by_role("textbox", name="Click into the text")
    field.click()
    page.keyboard.press("Control+a")
    chosen = page.evaluate(
        "getSelection().toString() || (e => e.value.slice(e.selectionStart, "
        "e.selectionEnd))(document.activeElement)"
    )
    assert chosen == field.input_value()
    assert chosen.startswith("# Act/OT Comparison Report")
    tab.check()


def test_a_folder_that_holds_no_runs_gives_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    screen = Screen(source=str(tmp_path))
    assert "holds no run-ID.wandb file" in screen.main


def test_a_broken_file_is_named_and_the_runs_beside_it_are_shown(tmp_path: Path) -> None:
    for run in ("lr20x", "base_a_s1"):
        (found,) = SAMPLE.glob(f"*-{run}")
        shutil.copytree(found, tmp_path / found.name)
    (tmp_path / "run-broken.wandb").write_bytes(b"not a run")
    screen = Screen(source=str(tmp_path), runs="lr20x", base="base_a_s1")
    assert "1 regressed" in screen.main
    assert "assumed: no config was run with two seeds" in screen.main
    (told,) = (e for e in screen.app.main.expander if e.label == "Some of it could not be read")
    assert "run-broken.wandb: not a W&B run file" in " ".join(words(told))


@pytest.mark.browser
def test_a_folder_typed_in_is_read_and_picks_of_the_sample_are_dropped(
    tab: Visit, address: str, tmp_path: Path
) -> None:
    for run in ("lr20x", "base_a_s1"):
        (found,) = SAMPLE.glob(f"*-{run}")
        shutil.copytree(found, tmp_path / found.name)
    tab.open(address)
    source = tab.page.get_by_role("combobox", name="Source")
    source.click()
    source.fill(str(tmp_path))
    tab.page.keyboard.press("Enter")
    tab.settle()
    main = tab.page.get_by_test_id("stMain")
    expect(main).to_contain_text("Pick runs in the sidebar")
    tab.page.get_by_role("button", name="Take the newest 2 runs").click()
    tab.settle()
    expect(main).to_contain_text("Pick at least one baseline")
    assert "source=" in tab.page.url and "lr30x" not in tab.page.url
    tab.check()


@pytest.mark.browser
def test_a_dropped_table_is_judged_and_stays_in_its_session(
    tab: Visit, looks: Callable[[str], Visit], address: str, tmp_path: Path
) -> None:
    table = tmp_path / "mine.csv"
    rows = ["run,step,eval/offline_eval/avg_l1"]
    for run, level in (("worse", 0.8), ("base", 0.4)):
        rows += [f"{run},{50 * i},{level * (1 + 0.01 * (-1) ** i)}" for i in range(1, 41)]
    table.write_text("\n".join(rows))
    tab.open(address)
    tab.page.get_by_text("Add exported tables").click()
    tab.page.locator("input[type=file]").set_input_files(str(table))
    tab.settle()
    for picker, run in (("Runs", "worse"), ("Baselines", "base")):
        box = tab.page.get_by_role("combobox", name=picker)
        box.click()
        box.fill(run)
        tab.page.keyboard.press("Enter")
        tab.settle()
        tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_test_id("stMain")).to_contain_text("1 regressed")
    tab.page.get_by_role("link", name="Regression").click()
    tab.settle()
    expect(tab.page.get_by_test_id("stMain")).to_contain_text("+100.0 %")
    tab.check()
    other = looks("dark")
    other.open(tab.page.url)
    expect(other.page.get_by_test_id("stMain")).to_contain_text("stay in the session")
    other.check()


@pytest.mark.browser
def test_a_project_on_a_server_is_read_and_the_key_shows_nowhere(
    tab: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [Served(r.id, builders.rows_of(r), r.config) for r in builders.planted()]
    with Server(runs) as project:
        monkeypatch.setenv("WANDB_BASE_URL", project.url)
        monkeypatch.delenv("WANDB_API_KEY", raising=False)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        with tabs.server() as fresh:
            tab.open(f"{fresh}/?source={project.where}&runs=lr20x&base=base1")
            main = tab.page.get_by_test_id("stMain")
            expect(main).to_contain_text("there is no API key")
            tab.page.get_by_role("textbox", name="W&B API key").fill(project.key)
            tab.page.keyboard.press("Enter")
            tab.settle()
            expect(main).to_contain_text("1 regressed")
            tab.page.get_by_role("link", name="Regression").click()
            tab.settle()
            expect(main).to_contain_text("Seed noise")
            assert project.key not in tab.page.url
            assert project.key not in tab.page.content()
            tab.check()
    cached = b"".join(p.read_bytes() for p in run_cache.default_folder().rglob("*.arrow"))
    assert cached and project.key.encode() not in cached


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
def test_hostile_and_odd_names_are_shown_as_text_fetch_nothing_and_widen_no_narrow_page(
    looks: Callable[[str], Visit], address: str, hostile: Path, page: str
) -> None:
    tab = looks("light")
    tab.page.on("dialog", lambda dialog: tab.errors.append(dialog.message))
    tab.open(f"{address}/{page}?source={hostile}&runs=lr20x,lr25x,lr30x&base=base1,base2,base3")
    main = tab.page.get_by_test_id("stMain")
    expect(main).to_contain_text("base1")
    assert main.locator("img, script, b b").count() == 0
    # A heading's own anchor (#...), and the ways to pages of this app.
    leading = [a.get_attribute("href") or "" for a in main.locator("a").all()]
    own = re.compile(r"#|(Metrics|Config_diff)\?[A-Za-z0-9_%=&.-]+$")
    assert [href for href in leading if not own.match(href)] == []
    if page in ("", "Report"):
        expect(main).to_contain_text("<script>alert(1)</script>")
        expect(main).to_contain_text("![](http:\u2060//evil.example/x.png)")
    tab.turn("narrow")
    tab.page.get_by_role("radio", name="zh").evaluate("e => e.click()")
    tab.settle()
    expect(main).to_contain_text("base1" if page == "Experiments" else "lr20x")
    assert main.locator("img, script, b b").count() == 0
    # Wide tables scroll in their own boxes.
    narrow = "document.querySelector('[data-testid=stMain]')"
    tab.page.wait_for_function(f"{narrow}.scrollWidth - {narrow}.clientWidth <= 1")
    tab.check()


def test_without_picks_the_page_says_what_to_do() -> None:
    screen = Screen("Regression", source="sample")
    assert "Pick runs in the sidebar" in screen.main
    screen.press("Take the newest 3 runs")
    assert "Pick at least one baseline" in screen.main


def _sees(tab: Visit, *runs: str, without: str = "") -> None:
    """The sidebar's run picker shows these runs."""
    picked = tab.page.locator('[class*="st-key-runs"]')
    for run in runs:
        expect(picked).to_contain_text(run)
    if without:
        expect(picked).not_to_contain_text(without)
