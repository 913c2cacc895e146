"""What a person sees on a terminal: nothing is eaten, and a digest is never cut."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

PROGRAM = (
    "import sys, fractbench.registry as r\n"
    "real = r.importlib.util.find_spec\n"
    "r.importlib.util.find_spec = lambda n: None if n in ('jax', 'torch') else real(n)\n"
    "from fractbench.cli import main\n"
    "main()\n"
)


def on_a_terminal(words, folder, columns=60):
    """Run fractbench without jax and torch on a pseudo-terminal; return what it shows."""
    master, slave = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", "HOME": str(folder),
                   "XDG_CACHE_HOME": str(folder)}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], cwd=folder, env=environment, stdin=slave,
        stdout=slave, stderr=slave, close_fds=True,
    ) as process:  # fmt: skip
        os.close(slave)
        shown = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
    os.close(master)
    assert process.returncode == 0, shown
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())


def test_install_commands_are_whole(tmp_path):
    shown = on_a_terminal(["backends"], tmp_path, columns=110)
    assert "pip install 'fractbench[jax]'" in shown
    assert "pip install 'fractbench[torch]'" in shown


def test_a_digest_is_whole_on_a_narrow_terminal(tmp_path):
    words = ["run", "mandelbrot", "--backend", "numpy", "--size", "9", "--out", "a[b]"]
    shown = on_a_terminal(words, tmp_path, columns=40)
    assert re.search(r"strict-float32-1:sha256:[0-9a-f]{64}", shown)
    assert "a[b]/mandelbrot" in shown
