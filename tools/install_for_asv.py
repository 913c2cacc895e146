"""Install a wheel with the extra that FRACTBENCH_EXTRA names; asv.conf.json calls this.

    python tools/install_for_asv.py WHEEL CONSTRAINTS

asv cannot put the values of its matrix into a command, but hands them on as variables. The wheel
replaces one of the same version, as two commits differ in their code and seldom in their number;
what it depends on stays if it is there, so that both commits are measured with the same versions.
"""

from __future__ import annotations

import os
import subprocess
import sys


def command(wheel: str, constraints: str, extra: str) -> list[list[str]]:
    """Return what to run: the wheel without its dependencies, then what is missing of them."""
    wanted = wheel if extra in ("", "none") else f"{wheel}[{extra}]"
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    return [
        [*pip, "--force-reinstall", "--no-deps", wheel],
        [*pip, "--constraint", constraints, wanted],
    ]


def main() -> None:
    """Install."""
    wheel, constraints = sys.argv[1:]
    for step in command(wheel, constraints, os.environ.get("FRACTBENCH_EXTRA", "none")):
        subprocess.run(step, check=True)


if __name__ == "__main__":
    main()
