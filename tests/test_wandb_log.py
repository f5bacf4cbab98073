"""The reader of W&B's run files, against the client that writes them."""

import math
import random
import struct
import zlib
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from support import builders

from actot.errors import BadInput
from actot.wandb_io import offline_file, protobuf_records
from actot.wandb_io.protobuf_records import RunFile


def points(found: RunFile) -> dict[str, dict[int, float]]:
    return {
        key: dict(zip(s.steps.tolist(), s.values.tolist(), strict=True))
        for key, s in found.series().items()
    }


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def assert_equal(mine: dict[str, dict[int, float]], theirs: dict[str, dict[int, float]]) -> None:
    assert mine.keys() == theirs.keys()
    for key in theirs:
        assert mine[key].keys() == theirs[key].keys(), key
        assert all(same(mine[key][s], v) for s, v in theirs[key].items()), key


def is_prefix(some: RunFile, whole: RunFile) -> bool:
    everything = whole.history.columns()
    for key, (steps, values) in some.history.columns().items():
        all_steps, all_values = everything[key]
        n = len(steps)
        if not np.array_equal(steps, all_steps[:n]):
            return False
        if not np.array_equal(values, all_values[:n], equal_nan=True):
            return False
    return True


def is_subset(some: RunFile, whole: RunFile) -> bool:
    mine, theirs = points(some), points(whole)
    return all(
        key in theirs and all(s in theirs[key] and same(v, theirs[key][s]) for s, v in col.items())
        for key, col in mine.items()
    )


def run_file(payloads: list[bytes]) -> bytes:
    """A file that holds these messages, each whole in one chunk with a right checksum."""
    data = b":W&B" + b"\x00" * 3
    for payload in payloads:
        body = bytes([offline_file.FULL]) + payload
        data += struct.pack("<IH", zlib.crc32(body), len(payload)) + body
    return data


def message(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    size, out = len(content), b""
    while size >= 0x80:
        out += bytes([size & 0x7F | 0x80])
        size >>= 7
    tag = number << 3 | 2
    head = bytes([tag]) if tag < 0x80 else bytes([tag & 0x7F | 0x80, tag >> 7])
    return head + out + bytes([size]) + content


@pytest.mark.parametrize("run_id", ["odd", "tiny", "failed"])
def test_the_rows_are_those_that_the_client_itself_prints(odd: Path, run_id: str) -> None:
    path = builders.run_file(odd, run_id)
    theirs = builders.rows_as_series(builders.inspected_rows(path))
    assert_equal(points(offline_file.read(path)), theirs)


def test_nan_inf_and_nested_keys_are_read(odd: Path) -> None:
    found = points(offline_file.read(builders.run_file(odd, "odd")))
    assert math.isnan(found["nan"][41])
    assert found["inf"][41] == math.inf
    assert found["neg"][41] == -math.inf
    assert found["nest.a.b"][41] == 1.5
    assert math.isnan(found["nest.a.c"][41])
    assert found["tiny"][43] == 5e-324
    assert found["huge"][43] == 1.7e308


def test_text_is_no_number_even_where_it_looks_like_one(odd: Path) -> None:
    found = points(offline_file.read(builders.run_file(odd, "odd")))
    assert "text" not in found


def test_rows_larger_than_a_block_are_joined_and_their_neighbours_kept(odd: Path) -> None:
    path = builders.run_file(odd, "odd")
    assert path.stat().st_size > 3 * offline_file.BLOCK
    found = points(offline_file.read(path))
    assert found["train/k0"][42] == 7
    assert found["train/k0"][44] == 1e-05
    assert len([k for k in found if k.startswith("many/")]) == 3000


def test_values_logged_one_key_per_call_come_back_as_logged(recorded: Path) -> None:
    for planted in builders.planted():
        found = offline_file.read(builders.run_file(recorded, planted.id)).series()
        for key, series in planted.series.items():
            assert found[key].steps.tolist() == series.steps.tolist()
            assert found[key].values.tolist() == series.values.tolist()


def test_config_name_tags_and_group_are_read(odd: Path) -> None:
    found = offline_file.read(builders.run_file(odd, "odd"))
    assert (found.run_id, found.name, found.group) == ("odd", "odd values", "g1")
    assert set(found.tags) == {"one", "two"}
    assert found.project == "toy"
    config = {k: v for k, v in found.config.items() if k != "_wandb"}
    assert config == {"a": {"b": [1, 2], "c": None}, "text": "x", "lr": 1e-05, "on": True}
    assert found.versions["wandb"].startswith("0.")
    assert found.versions["python"].startswith("3.")


def test_the_start_is_that_of_the_clients_run_record(odd: Path) -> None:
    path = builders.run_file(odd, "tiny")
    record = next(r["run"] for r in builders.inspect(path) if r["type"] == "run")
    theirs = datetime.fromisoformat(record["start_time"])
    mine = datetime.fromisoformat(offline_file.read(path).created)
    assert abs((theirs - mine).total_seconds()) < 1


def test_the_exit_code_is_none_without_an_exit_record(odd: Path, tmp_path: Path) -> None:
    assert offline_file.read(builders.run_file(odd, "tiny")).exit_code == 0
    assert offline_file.read(builders.run_file(odd, "failed")).exit_code == 1
    cut = tmp_path / "run-tiny.wandb"
    cut.write_bytes(builders.run_file(odd, "tiny").read_bytes()[:-40])
    assert offline_file.read(cut).exit_code is None


def test_a_listing_reads_everything_but_the_history(odd: Path) -> None:
    path = builders.run_file(odd, "odd")
    whole, listed = offline_file.read(path), offline_file.read_ends(path)
    assert listed.history.columns() == {}
    assert listed.config == whole.config
    assert listed.exit_code == whole.exit_code


def test_a_file_cut_anywhere_gives_a_prefix_of_its_points_or_one_sentence(
    odd: Path, tmp_path: Path
) -> None:
    path = builders.run_file(odd, "tiny")
    data, whole = path.read_bytes(), offline_file.read(path)
    cut = tmp_path / "run-tiny.wandb"
    read = 0
    for length in range(len(data) + 1):
        cut.write_bytes(data[:length])
        try:
            found = offline_file.read(cut)
        except BadInput as e:
            assert "\n" not in str(e)
            assert "run-tiny.wandb" in str(e)
            continue
        read += 1
        assert is_prefix(found, whole), length
        if length < len(data):
            assert found.exit_code is None or found.exit_code == whole.exit_code
    assert read > len(data) / 2
    assert points(found) == points(whole)


def test_a_file_of_several_blocks_cut_at_its_seams_gives_a_prefix(
    odd: Path, tmp_path: Path
) -> None:
    path = builders.run_file(odd, "odd")
    data, whole = path.read_bytes(), offline_file.read(path)
    cut = tmp_path / "run-odd.wandb"
    seams = range(0, len(data), offline_file.BLOCK)
    lengths = {s + d for s in seams for d in range(-9, 10) if 0 < s + d < len(data)}
    for length in sorted(lengths):
        cut.write_bytes(data[:length])
        try:
            found = offline_file.read(cut)
        except BadInput:
            assert length < 2000
            continue
        assert is_prefix(found, whole), length


def test_a_cut_is_said(odd: Path, tmp_path: Path) -> None:
    data = builders.run_file(odd, "tiny").read_bytes()
    cut = tmp_path / "run-tiny.wandb"
    cut.write_bytes(data[:-40])
    assert any("ends in the middle" in w for w in offline_file.read(cut).warnings)
    assert offline_file.read(builders.run_file(odd, "tiny")).warnings == []


@pytest.mark.parametrize("run_id", ["tiny", "odd"])
def test_flipped_bytes_lose_points_and_invent_none(odd: Path, tmp_path: Path, run_id: str) -> None:
    path = builders.run_file(odd, run_id)
    data, whole = path.read_bytes(), offline_file.read(path)
    random_ = random.Random(7)
    bad = tmp_path / f"run-{run_id}.wandb"
    for _ in range(200 if run_id == "tiny" else 60):
        broken = bytearray(data)
        for _ in range(random_.randint(1, 3)):
            broken[random_.randrange(len(data))] ^= random_.randint(1, 255)
        bad.write_bytes(broken)
        try:
            found = offline_file.read(bad)
        except BadInput:
            continue
        assert is_subset(found, whole)
        if len(points(found)) != len(points(whole)):
            assert found.warnings


def test_damage_in_one_block_leaves_the_later_blocks(odd: Path, tmp_path: Path) -> None:
    path = builders.run_file(odd, "odd")
    broken = bytearray(path.read_bytes())
    broken[offline_file.BLOCK + 100] ^= 0xFF
    bad = tmp_path / "run-odd.wandb"
    bad.write_bytes(broken)
    found = offline_file.read(bad)
    assert any("damaged" in w for w in found.warnings)
    assert found.exit_code == 0
    assert len(points(found)["late"]) == len(points(offline_file.read(path))["late"])


def test_records_of_random_bytes_with_right_checksums_never_raise_anything_else(
    tmp_path: Path,
) -> None:
    random_ = random.Random(11)
    bad = tmp_path / "run-x.wandb"
    for _ in range(400):
        payloads = []
        for _ in range(4):
            body = bytes(random_.choices([8, 10, 16, 18, 0, 1, 2, 3, 130, 255, 65], k=12))
            number = random_.choice([2, 5, 17, 18])
            payloads.append(message(number, body))
            payloads.append(bytes([number % 16 << 3, random_.randrange(128)]))
        bad.write_bytes(run_file([message(17, message(1, b"x")), *payloads]))
        try:
            offline_file.read(bad)
        except BadInput as e:
            assert "\n" not in str(e)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(bytes([2 << 3, 5]), id="history is a number"),
        pytest.param(bytes([5 << 3, 5]), id="config is a number"),
        pytest.param(bytes([0x88, 0x01, 5]), id="run is a number"),
        pytest.param(bytes([0x90, 0x01, 5]), id="exit is a number"),
        pytest.param(message(2, message(1, bytes([1 << 3, 7]))), id="a key is a number"),
        pytest.param(message(17, bytes([1 << 3, 7])), id="the run id is a number"),
    ],
)
def test_a_record_of_another_shape_costs_itself_only(tmp_path: Path, payload: bytes) -> None:
    bad = tmp_path / "run-x.wandb"
    bad.write_bytes(run_file([message(17, message(1, b"x")), payload]))
    found = offline_file.read(bad)
    assert found.run_id == "x"
    assert found.warnings


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 this is a zip file", "not a W&B run file"),
        (b"\x00" * 100, "not a W&B run file"),
        (b":W&B\x00\x00\x00", "no whole run record"),
        (b":W", "no whole run record"),
        (b":W&B" + b"\xff" * 5000, "no whole run record"),
    ],
)
def test_what_is_no_run_file_gives_one_sentence_with_its_name(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "run-broken.wandb"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=words) as caught:
        offline_file.read(path)
    assert "run-broken.wandb" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_give_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="run-none"):
        offline_file.read(tmp_path / "run-none.wandb")
    (tmp_path / "run-dir.wandb").mkdir()
    with pytest.raises(BadInput, match="run-dir"):
        offline_file.read(tmp_path / "run-dir.wandb")


def test_booleans_are_metrics_and_so_are_the_numbers_of_a_dict_that_is_one_value() -> None:
    found = RunFile()
    dicts = (
        b'{"reward": 1.5, "deep": {"x": 2}, "won": true, "picture": {"_type": "image", "size": 9}}'
    )
    for step, (flag, info) in enumerate([(b"true", dicts), (b"false", b'{"reward": ')]):
        items = b"".join(item(key, text) for key, text in (("ok", flag), ("info", info)))
        number = bytes([0x12, 2, 0x08, step])
        row = items + number
        size = bytes([len(row) & 127 | 128, len(row) >> 7])
        protobuf_records.take(b"\x12" + size + row, found)
    columns = {key: one.values.tolist() for key, one in found.series().items()}
    assert columns == {"ok": [1, 0], "info.reward": [1.5], "info.deep.x": [2], "info.won": [1]}


def item(key: str, text: bytes) -> bytes:
    """One item of a history row on the wire."""
    name = key.encode()
    body = bytes([0x12, len(name)]) + name + b"\x82\x01" + bytes([len(text)]) + text
    return bytes([0x0A, len(body)]) + body
