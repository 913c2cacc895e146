"""Record real noise: tests/data/repeated_samples.json, what prove_power.py and the tests draw from.

    python tools/repeated_samples.py --name quiet [--launches 150]

Fresh processes, one after the other, each make the same map seven times (tanh, 64 x 64 pixels, 50
steps, strict float32, the native kernel) after once that is not counted; every digest is checked.
It takes 3 s a launch on two cores, 8 minutes in all; twice that while others use them. A recording
of the same name is replaced. For `quiet` leave the machine alone, for `shared` use it, for
`overloaded` use it far too much. Then write the tables again: python tools/prove_power.py
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from fractbench.execute import execute
from fractbench.files import write_aside
from fractbench.machine import machine
from fractbench.registry import load
from fractbench.request import Request

FILE = Path(__file__).resolve().parents[1] / "tests" / "data" / "repeated_samples.json"
SAMPLES = 7


def launch() -> dict[str, object]:
    """Return the digest and the sample times, in whole microseconds, of this process."""
    plan, backend = Request("tanh", size=64, steps=50).plan(), load("native")
    kernel = backend.prepare(plan.problem, backend.device("cpu"), plan.arithmetic)
    digest, times = execute(plan, kernel).digest, []
    for _ in range(SAMPLES):
        begun = perf_counter_ns()
        made = execute(plan, kernel)
        times.append((perf_counter_ns() - begun) // 1000)
        if made.digest != digest:
            raise SystemExit("the map differs between samples: no time is recorded")
    return {"digest": digest, "kernel": kernel.name, "samples_us": times}


def fresh() -> dict[str, object]:
    """Return what `launch` returns in a process of its own."""
    made = subprocess.run([sys.executable, __file__, "--launch"], check=False, capture_output=True,
                          text=True)  # fmt: skip
    if made.returncode:
        raise SystemExit(made.stderr)
    found: dict[str, object] = json.loads(made.stdout)
    return found


def record(name: str, launches: int) -> dict[str, Any]:
    """Return the recorded samples of all launches, with the seconds at which each began."""
    begun, rows, seen = perf_counter_ns(), [], []
    for index in range(launches):
        start = round((perf_counter_ns() - begun) / 1e9, 1)
        found = fresh()
        seen.append((found["digest"], found["kernel"]))
        rows.append({"start_s": start, "samples_us": found["samples_us"]})
        print(f"{index + 1} of {launches}: {found['samples_us']}", file=sys.stderr, flush=True)
    if len(set(seen)) != 1:
        raise SystemExit("the map differs between launches: nothing is recorded")
    facts = machine()
    return {
        "name": name,
        "chip": facts["chip"],
        "threads": facts["threads"],
        "what": "tanh 64x64, 50 steps, strict float32",
        "device": "native:cpu",
        "kernel": seen[0][1],
        "digest": seen[0][0],
        "launches": rows,
    }


def recordings() -> list[dict[str, Any]]:
    """Return what the file holds."""
    if not FILE.exists():
        return []
    found: list[dict[str, Any]] = json.loads(FILE.read_text())["recordings"]
    return found


def write(found: list[dict[str, Any]]) -> None:
    """Write the file, a line for every launch."""
    parts = []
    for one in found:
        lines = ",\n".join(f"  {json.dumps(row)}" for row in one["launches"])
        head = json.dumps({**one, "launches": []}, indent=1)
        parts.append(head.replace('"launches": []', f'"launches": [\n{lines}\n ]'))
    made = ",\n".join(parts)
    text = f'{{"schema": "fractbench.repeated-samples/1", "recordings": [\n{made}\n]}}\n'
    write_aside(FILE, text.encode())


def main() -> None:
    """Record, or be one of the processes that are recorded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", choices=("quiet", "shared", "overloaded"), default="quiet")
    parser.add_argument("--launches", type=int, default=150)
    parser.add_argument("--launch", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.launch:
        print(json.dumps(launch()))
        return
    made = record(options.name, options.launches)
    others = [one for one in recordings() if one["name"] != options.name]
    write(sorted([*others, made], key=lambda one: str(one["name"])))


if __name__ == "__main__":
    main()
