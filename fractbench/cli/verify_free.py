"""``fractbench verify --contract free``: kernels that round freely, judged by an ensemble."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from fractbench.agreement.makers import strict_maker
from fractbench.agreement.picture import verdict_png
from fractbench.agreement.trial import (
    Judges,
    Trial,
    free_kernels,
    free_problems,
    judge_kernel,
    trial_grid,
    trial_plan,
)
from fractbench.arithmetic.contract import Arithmetic, arithmetic
from fractbench.arithmetic.formats import FORMATS
from fractbench.backend import Backend, Device
from fractbench.cli.show import print_table, say
from fractbench.errors import UsageError
from fractbench.files import writable_folder, write_aside
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import problem
from fractbench.proof import report as proof_report

HEADS = ("device", "kernel", "dtype", "problem", "settled", "wrong", "strayed", "flips", "shift",
         "verdict")  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Which kernels to judge, and on what; None means the default.

    Without a dtype float32 and float64 are judged: the narrow ones are expected to fail.
    """

    problems: list[str]
    dtype: str | None = None
    kernel: str = "auto"
    view: str | None = None
    size: str | None = None

    def chosen(self) -> list[Problem]:
        """Return the Problems, once every one is known to have the view and take the size."""
        found = [problem(name) for name in self.problems or free_problems()]
        for task in found:
            trial_grid(task, self.view or "start", self.size or "1")
        return found

    def arithmetics(self) -> list[Arithmetic]:
        """Return the Arithmetics."""
        return [arithmetic("free", name) for name in ((self.dtype,) if self.dtype else FORMATS)]


def verify_free(asked: Asked, targets: list[tuple[Backend, Device]], out: str) -> list[Trial]:
    """Judge every free kernel of the targets, print the table and draw each kernel's first failure.

    Raises:
        UsageError: a problem has no `free` contract, or nothing asked for is there.
    """
    wanted = asked.arithmetics()
    with Console(stderr=True).status("judging") as line:
        trials = []
        for trial in _trials(asked, targets):
            line.update(f"{trial.device} {trial.kernel} {trial.dtype} {trial.problem}")
            trials.append(trial)
    if not trials:
        devices = ", ".join(str(device) for _, device in targets)
        raise UsageError(
            f"{devices} has no {'' if asked.kernel == 'auto' else asked.kernel + ' '}kernel under "
            f"{' or '.join(map(str, wanted))}; type fractbench backends -v to see what there is"
        )
    print_table(HEADS, [_row(trial) for trial in trials])
    _pictures(trials, out)
    return trials


def _trials(asked: Asked, targets: list[tuple[Backend, Device]]) -> Iterator[Trial]:
    judges, chosen = Judges(), asked.chosen()
    for backend, device in targets:
        maker = strict_maker(backend, device)
        for one in asked.arithmetics():
            for task in chosen:
                names = free_kernels(backend, device, task, one, asked.kernel)
                if names:
                    plan = trial_plan(task, one, maker, asked.view or "start", asked.size)
                    for name in names:
                        yield judge_kernel(backend, device, plan, name, maker, judges)


def _row(trial: Trial) -> tuple[str, ...]:
    about = (trial.device, trial.kernel, trial.dtype, trial.problem)
    v = trial.verdict
    if v is None:
        return (*about, "", "", "", "", "", trial.trouble)
    return (*about, f"{v.settled} of {v.pixels}", str(v.wrong.found), str(v.strayed.found),
            f"{v.flips.found} ({v.flips.expected:.1f})", f"{v.shift:.2g}",
            "passed" if v.passed else "FAILED: " + ", ".join(v.failures))  # fmt: skip


def _pictures(trials: list[Trial], out: str) -> None:
    """Draw the first failure of each kernel, with its numbers."""
    seen = set()
    for trial in trials:
        key = (trial.device, trial.kernel, trial.dtype)
        if trial.passed or trial.verdict is None or trial.made is None or key in seen:
            continue
        seen.add(key)
        name = "-".join(("verdict", *key, trial.problem)).replace(":", "-") + ".png"
        picture = verdict_png(trial.made, trial.verdict)
        say(f"{' '.join(key)} {trial.problem}: {trial.verdict}")
        say(f"wrote {write_aside(writable_folder(Path(out)) / name, picture)}")


def report(trials: list[Trial]) -> dict[str, Any]:
    """Return what ``--report`` writes of the trials."""
    return proof_report([]) | {
        "verdicts": [
            {"device": t.device, "kernel": t.kernel, "dtype": t.dtype, "problem": t.problem,
             "window": str(t.grid.window), "size": [t.grid.width, t.grid.height],
             "passed": t.passed, "numbers": str(t.verdict) if t.verdict else t.shared}
            for t in trials
        ]
    }  # fmt: skip
