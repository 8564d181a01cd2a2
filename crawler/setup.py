"""`livewitness setup` and `python -m crawler.setup`: bring in what is missing, once, and prove that it works.

Steps in order: fonts, browser, OCR models, self-test. A second run finds everything recorded and takes under a second,
without a network. What other parts call at their start is `browser_executable` and `models_dir`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

from crawler.exits import ExitCode
from crawler.provision import browser, fonts, models, selftest
from crawler.provision.browser import browser_executable
from crawler.provision.models import models_dir, models_folder
from crawler.provision.piece import MissingPiece, Say, StepResult
from crawler.provision.record import load, save
from crawler.provision.system import this_system

__all__ = ["MissingPiece", "StepResult", "browser_executable", "main", "models_dir", "models_folder", "set_up"]


def set_up(say: Say, report: Callable[[StepResult], None] = lambda _: None) -> list[StepResult]:
    """Run each step; `say` gets lines of progress, `report` each result as soon as it is there.

    A step that needs another one is not run when that one failed, and is then not among the results.
    Not inside an event loop (browsers are tried with synchronous Playwright).
    """
    results: list[StepResult] = []

    def done(result: StepResult) -> bool:
        results.append(result)
        report(result)
        return result.ok

    system = this_system()
    # Fonts first: a browser is judged by the characters that it draws.
    browser_ready = False
    if done(fonts.bring(system, say)):
        browser_ready = done(browser.bring(system, say))
    elif (nothing := browser.none_at_all(system)) is not None:
        done(nothing)  # said now, so that a person who has to ask somebody for packages asks once
    models_ready = done(_models(say))
    if browser_ready and models_ready:
        done(_self_test(say))
    return results


def _models(say: Say) -> StepResult:
    folder = models_folder()
    try:
        if wrong := models.faults(folder):
            # Damage is told, not just mended: somebody may want to know why.
            for line in wrong if folder.exists() else []:
                say(f"models: {line}")
            models.fetch(folder, say)
    except MissingPiece as missing:
        return StepResult("models", ok=False, found=missing.what, remedy=missing.remedy)
    except OSError as error:
        found = f"{folder}: {error.strerror or error}"
        return StepResult("models", ok=False, found=found, remedy=f"export {models.OVERRIDE}=FOLDER")
    return StepResult("models", ok=True, found=f"{folder} (digests as pinned)")


def _self_test(say: Say) -> StepResult:
    record = load()
    if record.browser is None:  # taken away by another set-up that runs at the same time
        return browser.look()
    current = selftest.fingerprint(record.browser)
    if record.self_test == current:
        return StepResult("self-test", ok=True, found="passed before with this browser and these models")
    say("self-test: the browser draws a line, the models read it (about 10 s)")
    result = selftest.run(browser_executable(), models_dir())
    if result.ok:
        save(replace(load(), self_test=current))
    return result


def main() -> int:
    """Run set-up on this terminal. Returns 0, or 3 when something is missing."""
    started = time.monotonic()

    def say(line: str) -> None:
        sys.stdout.write(f"setup: {line}\n")
        sys.stdout.flush()

    def report(result: StepResult) -> None:
        say(f"{result.name}: {'ok' if result.ok else 'MISSING'}: {result.found}")
        if result.remedy:
            say(f"{result.name}: type: {result.remedy}")

    results = set_up(say, report)
    if not all(result.ok for result in results):
        return ExitCode.MISSING
    say(f"everything is there ({time.monotonic() - started:.1f} s)")
    return ExitCode.FINE


if __name__ == "__main__":
    sys.exit(main())
