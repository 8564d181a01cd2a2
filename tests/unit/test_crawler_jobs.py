"""Watch jobs: what can be watched, read and written back; and what is refused, in words that can be acted on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crawler.exits import BadInputError, ExitCode
from crawler.jobs import CLICKS, MAX_JOB_FILE, MAX_SECONDS, RATES, WatchJob, load_jobs, parse_duration

URL = "https://live.example.com/room/1?share=abc"

JOBS = st.builds(
    WatchJob,
    url=st.sampled_from([URL, "http://127.0.0.1:8080/room/7", "https://直播.example/房间"]),
    case=st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=50),
    seconds=st.integers(1, round(MAX_SECONDS)).map(float),
    rate_hz=st.floats(*RATES),
    profile=st.one_of(st.none(), st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,20}\Z")),
    headed=st.booleans(),
    clicks=st.lists(st.sampled_from(CLICKS), unique=True).map(tuple),
)


@given(JOBS)
def test_a_job_survives_being_written_and_read(job: WatchJob) -> None:
    mapping = job.to_mapping()
    assert WatchJob.from_mapping(mapping, "here") == job
    assert WatchJob.from_mapping(json.loads(json.dumps(mapping)), "here") == job
    assert WatchJob.from_mapping(yaml.safe_load(yaml.safe_dump(mapping, allow_unicode=True)), "here") == job


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("1.5h", 5400), (" 2 m ", 120), ("0.5s", 0.5)]
)
def test_durations_as_a_person_writes_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-5s", "5x", "1h30m", "1:30", "5 minutes", "inf", "1e3s", "5s\n5s"])
def test_a_duration_that_can_not_be_read_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInputError, match="type for example --for 30m") as refused:
        parse_duration(text)
    assert repr(text) in str(refused.value)


# What is wrong -> what the message has to name: the key, what was expected, what was got, what to do.
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"url": URL, "colour": "red"}, ["here", "'colour'", "expected", "case", "for", "rate", "url"]),
    ({"case": "7"}, ["here", "'url' is missing", "add for example url: https://"]),
    ({"url": 7}, ["here", "url", "expected text", "7"]),
    ({"url": URL, "case": ["a"]}, ["here", "case", "expected text", "a list of 1"]),
    ({"url": URL, "case": None}, ["here", "case", "expected text", "None"]),
    ({"url": URL, "headed": "yes"}, ["here", "headed", "expected true or false", "'yes'"]),
    ({"url": URL, "rate": "fast"}, ["here", "rate", "expected a number of pictures a second", "'fast'"]),
    ({"url": URL, "rate": True}, ["here", "rate", "expected a number", "True"]),
    ({"url": URL, "clicks": "play"}, ["here", "clicks", "expected a list", "'play'"]),
    ({"url": URL, "clicks": ["buy"]}, ["clicks", "continue watching, play", "'buy'"]),
    ({"url": URL, "clicks": [["play"]]}, ["clicks", "a list of 1"]),
    ({"url": URL, "for": "soon"}, ["expected a number with s, m or h", "'soon'", "--for 30m"]),
    ({"url": URL, "for": 0}, ["above 0 s", "at most 12 h", "got 0 s", "--for 30m"]),
    ({"url": URL, "for": "13h"}, ["at most 12 h", "46800 s", "--for 30m"]),
    ({"url": URL, "rate": 0}, ["rate", "0.1 to 5", "got 0", "--rate 1"]),
    ({"url": URL, "rate": 50}, ["rate", "0.1 to 5", "got 50", "--rate 1"]),
    ({"url": URL, "rate": float("nan")}, ["rate", "0.1 to 5", "nan", "--rate 1"]),
    ({"url": URL, "profile": "../../etc"}, ["profile", "letters, digits", "'../../etc'"]),
    ({"url": URL, "profile": ""}, ["profile", "letters, digits", "''"]),
    ({"url": URL, "case": " "}, ["case", "1 to 200 printable characters", "' '"]),
    ({"url": URL, "case": "a\x1b[31m"}, ["case", "printable", "\\x1b"]),
    ({"url": URL, "case": "长" * 201}, ["case", "1 to 200"]),
]


@pytest.mark.parametrize(("values", "named"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_job_that_can_not_be_watched_is_refused_by_name(values: dict[str, Any], named: list[str]) -> None:
    with pytest.raises(BadInputError) as refused:
        WatchJob.from_mapping(values, "here")
    assert refused.value.exit_code is ExitCode.USAGE
    message = str(refused.value)
    assert [word for word in named if word not in message] == [], message
    assert "\x1b" not in message, "a message is shown on a terminal"


@pytest.mark.parametrize(
    "url",
    ["", "live.example.com/room/1", "ftp://h/x", "javascript:alert(1)", "file:///etc/passwd", "https://", "https:///room",
     "http://h:99999/", "http://h:port/", "http://[::1/", "https://h/a b", "https://h/\n", "https://h/\u202e", "https://h/\x00",
     "data:text/html,x", "about:blank", "https://h/\ud800", "http:/h/x", "//h/x"],
)  # fmt: skip
def test_an_address_that_no_browser_would_open_is_refused(url: str) -> None:
    with pytest.raises(BadInputError, match=r"^address: ") as refused:
        WatchJob(url)
    assert "expected http" in str(refused.value)
    assert ascii(url)[1:5].strip("'") in ascii(str(refused.value)), "it says what it got"
    assert str(refused.value).isprintable()


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(BadInputError, match="no user name or password in it") as refused:
        WatchJob("https://ann:umbrella@h/x")
    assert "umbrella" not in str(refused.value)


def load(folder: Path, content: str | bytes, name: str = "job.yaml") -> list[WatchJob]:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_jobs(file)


def test_one_job_or_a_list_of_them_in_yaml_or_json(tmp_path: Path) -> None:
    assert load(tmp_path, f"url: {URL}\nfor: 90s\nrate: 2\ncase: 案件 7\n") == [WatchJob(URL, "案件 7", 90, 2)]
    many = load(tmp_path, "jobs:\n- url: https://a.example/1\n- url: https://a.example/2\n  headed: true\n")
    assert many == [WatchJob("https://a.example/1"), WatchJob("https://a.example/2", headed=True)]
    assert load(tmp_path, json.dumps({"url": URL}), "job.json") == [WatchJob(URL)]
    assert load(tmp_path, f"url: {URL}\nfor: 90\nclicks: []\n") == [WatchJob(URL, seconds=90, clicks=())]


BAD_FILES: list[tuple[str, str | bytes, str]] = [
    ("job.yaml", "", "expected one job"),
    ("job.yaml", "just words", "expected one job"),
    ("job.yaml", "[]", "expected one job"),
    ("job.yaml", "jobs: []", "expected one job"),
    ("job.yaml", "jobs: [7]", "expected one job"),
    ("job.yaml", "&a [*a]", "expected one job"),
    ("job.yaml", "url: [", "not YAML"),
    ("job.yaml", "url: !!python/object/apply:os.system [id]", "not YAML"),
    ("job.yaml", "url: \x07", "not YAML"),
    ("job.yaml", "? [a]\n: b", "not YAML"),
    ("job.yaml", b"\xff\xfe\x00\x01", "can't be read"),
    ("job.yaml", b"\x00" * 100, "not YAML"),
    ("job.yaml", "[" * 5000, "not YAML"),
    ("job.yaml", "# " + "x" * MAX_JOB_FILE, "at most 1 MiB"),
    ("job.json", "{", "not JSON"),
    ("job.json", "[" * 100_000, "not JSON"),
    ("job.json", f"url: {URL}", "not JSON"),
]


@pytest.mark.parametrize(("name", "content", "words"), BAD_FILES, ids=[str(row[1])[:20] for row in BAD_FILES])
def test_a_job_file_that_is_none_is_refused_by_its_name(
    tmp_path: Path, name: str, content: str | bytes, words: str
) -> None:
    with pytest.raises(BadInputError, match=words) as refused:
        load(tmp_path, content, name)
    assert str(tmp_path / name) in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_job_file_that_is_not_there_or_is_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(BadInputError, match="can't be read") as refused:
            load_jobs(path)
        assert str(path) in str(refused.value)


def test_the_job_of_several_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"job file .*job\.yaml, job 2: unknown key 'uri'"):
        load(tmp_path, f"jobs:\n- url: {URL}\n- uri: {URL}\n")
