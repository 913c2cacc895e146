import subprocess
import sys

import pytest

FRAMEWORKS = {"jax", "torch", "mlx", "pyopencl", "cuda", "matplotlib"}
MODULES = ["fractbench", "fractbench.cli", "fractbench.testing", "fractbench.registry",
           "fractbench.kernel", "fractbench.plan", "fractbench.problems.catalogue",
           "fractbench_numpy", "fractbench_mlx", "fractbench_jax", "fractbench_torch",
           "fractbench_native", "fractbench_opencl", "fractbench.simt.kernel"]  # fmt: skip


@pytest.mark.parametrize("module", ["fractbench", ",".join(MODULES)], ids=["package", "all"])
def test_importing_imports_no_framework(module):
    text = f"import sys, {module}; print(*sorted(set({sorted(FRAMEWORKS)}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
