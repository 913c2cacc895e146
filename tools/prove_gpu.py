"""Write docs/gpu.md: the fused kernels on the GPUs that are here, proven and timed in one run.

    python tools/prove_gpu.py                  all goldens, then the table; five minutes or so
    python tools/prove_gpu.py --sweep          every group shape instead, proven and timed
    python tools/prove_gpu.py --dry-run        the same on the CPU devices, tiny, to stdout

Goldens go through `fractbench verify`, one process for each device. Times come from one run of
`fractbench bench`, which proves every map before it times it. Whatever fails is a row that says so.
Without a GPU nothing is written.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gpu_sweep
from fractbench.bench.case import Case
from fractbench.bench.records.record import Record
from fractbench.bench.run import bench
from fractbench.bench.settings import Settings
from fractbench.errors import BackendUnavailableError, FractbenchError, UsageError
from fractbench.files import write_aside
from fractbench.registry import select
from fractbench.request import Request
from gpu_devices import BACKENDS, KERNELS, Here, cpu, verified
from gpu_table import lines, page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "gpu.md"
FUSED = ("torch", "mlx", "opencl")
"""Backends with launchers of the GPU text."""
NONE = "no GPU is here, so docs/gpu.md stays as it is; --dry-run tries the script on CPUs"


@dataclass(frozen=True)
class Sizes:
    """Maps, each a size and its steps; goldens (all, or those of some problems); samples.

    Maps of the fused kernels fill a card several times over. Those of the published method are two
    batches, of which the better one counts.
    """

    fused: tuple[str, int] = ("256x256", 500)
    tuned: tuple[str, int] = ("128x128", 100)
    published: tuple[tuple[str, int], ...] = (("224x224", 20), ("64x64", 50))
    shapes: tuple[str, int] = ("256x256", 200)
    goldens: tuple[str, ...] = ()
    repeats: int = 5
    verifying_s: int = 300


DRY = Sizes(("8x8", 20), ("8x8", 10), (("8x8", 5), ("4x4", 5)), ("6x6", 10), ("single",), 1, 120)


def fused_names(device: str, here: Here) -> tuple[str, ...]:
    """Return the fused kernels to ask a device for: on GPUs also those that it does not offer."""
    launched = device.partition(":")[0] in FUSED and not cpu(device)
    return KERNELS if launched else here.fused[device]


def cases(devices: Sequence[str], here: Here, sizes: Sizes) -> list[Case]:
    """Return what is timed; a GPU without its fused kernel is a case too, which says why."""
    found = []
    for device in devices:
        backend, fused = device.partition(":")[0], fused_names(device, here)
        for contract in ("strict", "fma") if fused else ():
            size, steps = sizes.fused
            asked = Request("tanh", contract, size=size, steps=steps)
            found += [Case(asked, device, kernel) for kernel in fused]
        if backend in ("torch", "jax"):
            size, steps = sizes.tuned
            found.append(Case(Request("tanh", "free", size=size, steps=steps), device, "tuned"))
        for size, steps in sizes.published if backend == "jax" else ():
            asked = Request("tanh", "free", size=size, steps=steps)
            found.append(Case(asked, device, "published"))
    return found


def table(devices: Sequence[str], here: Here, sizes: Sizes, typed: str) -> tuple[str, bool]:
    """Verify and time everything; return the page and whether nothing failed.

    Args:
        devices: which.
        here: what they offer.
        sizes: of the maps.
        typed: the command, as the page names it.

    Raises:
        FractbenchError: no case has a time, so that there is nothing to write.
    """
    wanted = [name for name in devices if name.partition(":")[0] in FUSED]
    verify = partial(verified, problems=sizes.goldens, limit=sizes.verifying_s)
    say(f"goldens on {', '.join(wanted) or 'no device'}")
    with ThreadPoolExecutor(max(1, len(wanted))) as pool:
        proven = list(pool.map(verify, wanted))
    made: list[Record] = bench(
        cases(devices, here, sizes), Settings(repeats=sizes.repeats, baseline=False), notice=say
    )
    if not any(record.summary for record in made):
        reasons = "; ".join(f"{record.device}: {record.verdict.reason}" for record in made)
        raise FractbenchError(f"nothing is written, for no kernel could be timed: {reasons}")
    good = all(v.matched and not v.trouble for v in proven) and all(r.summary for r in made)
    return page(proven, made, typed), good


def swept(devices: Sequence[str], here: Here, sizes: Sizes) -> bool:
    """Sweep every device that has a launcher and print what was found.

    Each is in a process of its own where there are several, since a crash may take it down.

    Raises:
        UsageError: none has one.
    """
    fused = [name for name in devices if fused_names(name, here)]
    if not fused:
        raise UsageError(f"no launcher of the GPU text is for {','.join(devices)}; type --devices")
    if len(fused) > 1:
        again = [sys.executable, __file__, "--sweep", *(["--dry-run"] if sizes is DRY else [])]
        ends = [subprocess.run([*again, "--devices", name], check=False) for name in fused]
        return all(end.returncode == 0 for end in ends)
    _, device = select(fused[0])
    prepare = partial(gpu_sweep.every_step, make=gpu_sweep.maker(device), device=device)
    tried = []
    for one in gpu_sweep.sweep(device, *sizes.shapes, prepare):
        say(" ".join(one.row()))
        tried.append(one)
    fastest = gpu_sweep.best(tried)
    for text, rows in (("All shapes", tried), ("The best", fastest)):
        print("\n".join([text, "", *lines(gpu_sweep.COLUMNS, [one.row() for one in rows]), ""]))
    return bool(fastest)


def say(text: str) -> None:
    """Tell progress."""
    print(text, file=sys.stderr, flush=True)


def main(words: Sequence[str] | None = None) -> int:
    """Do what the options say; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--devices", default="", help="such as torch:cuda:0,opencl:gpu:0; all GPUs")
    parser.add_argument("--dry-run", action="store_true", help="on CPUs, tiny, to stdout")
    parser.add_argument("--sweep", action="store_true", help="try group shapes, print the best")
    parser.add_argument("-o", dest="output", type=Path, help="the page (docs/gpu.md)")
    given = parser.parse_args(words)
    try:
        return run(given)
    except FractbenchError as error:
        say(f"prove_gpu: {error}")
        return error.exit_status


def run(given: argparse.Namespace) -> int:
    """Choose devices and sizes, and write or print; return the exit status.

    Raises:
        FractbenchError: a device is not here, or nothing could be timed.
    """
    here, sizes = Here.look(), DRY if given.dry_run else Sizes()
    devices = here.chosen(given.devices, on_cpu=given.dry_run)
    if not given.dry_run and any(map(cpu, devices)):
        raise UsageError(f"--devices {given.devices!r} has a CPU in it; type --dry-run as well")
    if given.dry_run and given.output is not None and given.output.resolve() == PAGE:
        raise UsageError(f"-o {given.output} is for real runs; type another file, or no --dry-run")
    if not devices and given.dry_run:
        raise BackendUnavailableError(f"no CPU device of {', '.join(BACKENDS)} is here")
    if not devices:
        if given.output is not None:
            raise BackendUnavailableError(NONE)
        print(NONE)
        return 0
    if given.sweep:
        return 0 if swept(devices, here, sizes) else 1
    # The page may be committed, so it names no file.
    typed = [*(["--devices", given.devices] if given.devices else []),
             *(["--dry-run"] if given.dry_run else [])]  # fmt: skip
    command = " ".join(["python tools/prove_gpu.py", *typed])
    text, good = table(devices, here, sizes, command)
    output = given.output or (None if given.dry_run else PAGE)
    if output is not None:
        write_aside(output, text.encode())
    print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
