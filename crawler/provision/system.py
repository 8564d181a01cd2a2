"""The system's package manager, where we may use it: apt-get as root or by `sudo` without a password."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass

APT_SECONDS = 1200


@dataclass(frozen=True, slots=True)
class System:
    """What kind of machine this is, as far as installing goes. `distribution` is os-release's ID, or "macos"."""

    distribution: str
    apt: tuple[str, ...] | None  # the command before `install`, or None: no apt-get, or no right to use it

    @property
    def has_chromium_package(self) -> bool:
        """Whether `apt-get install chromium` brings a browser (Ubuntu's package of that name is an empty shell)."""
        return self.distribution == "debian"


def this_system() -> System:
    """Look at the machine: no side effects, about 10 ms."""
    if sys.platform == "darwin":
        return System("macos", None)
    try:
        distribution = platform.freedesktop_os_release().get("ID", "unknown")
    except OSError:
        distribution = "unknown"
    return System(distribution, _apt())


def apt_remedy(*packages: str) -> str:
    """The one command that installs `packages`, as this user has to type it."""
    prefix = "" if os.geteuid() == 0 else "sudo "
    return f"{prefix}apt-get install --yes {' '.join(packages)}"


def apt_install(system: System, *packages: str) -> str:
    """Install `packages`. Returns why it did not work, or the empty string.

    The lists of packages are fetched first: those of a fresh image are empty or stale.
    """
    if system.apt is None:
        return "no apt-get that we may use here"
    update = _run([*system.apt, "update"])
    install = _run([*system.apt, "install", "--yes", "--no-install-recommends", *packages])
    if install:
        return f"{install}; before that, apt-get update: {update}" if update else install
    return ""


def _apt() -> tuple[str, ...] | None:
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet")
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return ("sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet") if allowed else None


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=APT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"not done within {APT_SECONDS} s"
    if done.returncode == 0:
        return ""
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.startswith("E:")]
    return lines[0] if lines else f"ended with {done.returncode}"
