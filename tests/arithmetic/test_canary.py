import numpy as np
import pytest

from fractbench.arithmetic.canary import MEANING, arguments, check
from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.arithmetic.fused_host import FusedHostOps
from fractbench.arithmetic.host import HostOps
from fractbench.errors import CanaryError
from helpers import BACKENDS, BOTH, CheckedOps, FlushingEverywhereOps, FlushingOps, cpu_ops
from wrong_ops import WRONG, Traced, made_of


@BOTH
@pytest.mark.parametrize("kind", [HostOps, CheckedOps, FlushingOps, FlushingEverywhereOps])
def test_passes_on_right_ops(kind, fmt):
    check(kind(fmt), fmt, f"test {kind.__name__}")


@BOTH
@pytest.mark.parametrize("name", BACKENDS)
def test_passes_on_every_backend(name, fmt):
    check(cpu_ops(name, fmt), fmt, f"test {name}")


@BOTH
def test_its_first_product_is_a_tie(fmt):
    """Fused, a b - c leaves the bit that rounding took away."""
    _, pixels = arguments(fmt)
    left = FusedHostOps(fmt).mad(*(pixels[name][:1] for name in "ab"), -pixels["c"][:1])
    assert left == 2.0**-fmt.precision


class FusingOps(FusedHostOps):
    """A compiler that contracts a b + c in float64 too, as FusingOps of wrong_ops cannot."""

    def mul(self, a, b):
        return Traced.of(np.multiply(a, b), (a, b))

    def add(self, a, b):
        if made_of(a) is None:
            a, b = b, a
        if made_of(a) is None:
            return np.add(a, b)
        return self.mad(*(np.array(x) for x in made_of(a)), np.array(b))

    def sub(self, a, b):
        return self.add(a, -b) if made_of(a) is not None else np.subtract(a, b)


# The ways of going wrong that do not themselves compute in float32.
WRONG64 = {
    name: WRONG[name]
    for name in ("loop from its end", "(a + b) - b is a", "(a * b) * c is a * (b * c)",
                 "NaN is less", "error of a sum is 0", "left fold", "library tanh")
} | {"fused multiply-add": (FusingOps, "contraction")}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG64)
def test_names_what_went_wrong_in_float64(wrong):
    kind, caught_by = WRONG64[wrong]
    with pytest.raises(CanaryError, match=rf"canary: {caught_by}\)"):
        check(kind(FLOAT64), FLOAT64, "wrong:0")


def test_jax_would_contract_in_float64_without_its_fence():
    ops = pytest.importorskip("fractbench_jax.ops", exc_type=ImportError)
    import jax

    class NoFence(ops.JaxOps):
        def mul(self, a, b):
            return a * b

        def compile(self, program, fixed):
            def unfenced(_, held, pixels):
                return program(NoFence(self._device, self._format), held, pixels)

            return super().compile(unfenced, fixed)

    with pytest.raises(CanaryError, match=r"canary: (contraction|accumulation)"):
        check(NoFence(jax.devices("cpu")[0], FLOAT64), FLOAT64, "jax:unfenced")


@pytest.mark.parametrize("wrong", WRONG)
def test_names_what_went_wrong(wrong):
    kind, caught_by = WRONG[wrong]
    with pytest.raises(CanaryError, match=rf"canary: {caught_by}\)") as caught:
        check(kind(FLOAT32), FLOAT32, "wrong:0")
    assert str(caught.value).startswith(f"wrong:0 {MEANING[caught_by]}")
    assert caught.value.exit_status == 3


def test_refuses_again_after_a_failure():
    kind, _ = WRONG["fused multiply-add"]
    for _ in range(2):
        with pytest.raises(CanaryError):
            check(kind(FLOAT32), FLOAT32, "wrong:again")


def test_remembers_a_success_per_class_and_device():
    compiled = []

    class CountingOps(HostOps):
        def compile(self, program, fixed):
            compiled.append(program)
            return super().compile(program, fixed)

    for device in ("one", "one", "two"):
        check(CountingOps(FLOAT32), FLOAT32, device)
    assert len(compiled) == 2


def test_every_check_but_gather_is_shown_to_catch_something():
    shown = {check for _, check in WRONG.values()}
    assert set(MEANING) - shown == {"gather"}


def test_an_error_of_the_framework_is_a_refusal_that_holds_no_path():
    class Broken(HostOps):
        def select(self, mask, a, b):
            raise RuntimeError("cannot open /home/someone/lib.so")

    with pytest.raises(CanaryError, match=r"cannot run the canary \(RuntimeError\)") as caught:
        check(Broken(FLOAT32), FLOAT32, "broken:cpu")
    assert "someone" not in str(caught.value)
