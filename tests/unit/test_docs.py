"""The documents say what the program does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from crawler.exits import ExitCode
from crawler.platforms.registry import SITES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_readme_lists_each_exit_code_once() -> None:
    # A row of the table: | 0 | fine ... |
    rows = re.findall(r"^\|\s*`?(\d{1,3})`?\s*\|", README, flags=re.MULTILINE)
    assert sorted(map(int, rows)) == sorted(int(code) for code in ExitCode)


def test_each_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))
    named = set(
        re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", "\n".join(re.findall(r"`[^`]+`|^    .*$", README, re.MULTILINE)))
    )
    assert {"demo", "test"} <= named <= targets


def test_each_relative_link_of_the_readme_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_each_make_target_is_explained_by_help() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)
    assert phony is not None
    explained = set(re.findall(r"@echo 'make ([a-z-]+)", MAKEFILE))
    assert set(phony[1].split()) - explained == {"help", "environment", "test-tools"}


def test_the_newest_change_belongs_to_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert newest is not None
    assert newest[1] == version


def test_the_licence_is_the_one_that_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license"]
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert declared == "Apache-2.0"
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_readme_says_of_each_site_what_to_expect() -> None:
    named = README[README.index("## Sites") : README.index("## What a stranger can check")].lower()
    assert [site.name for site in SITES if site.name not in named] == []
