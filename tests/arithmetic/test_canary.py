import pytest

from fractbench.arithmetic.canary import MEANING, check
from fractbench.arithmetic.formats import FLOAT32
from fractbench.arithmetic.host import HostOps
from fractbench.errors import CanaryError
from helpers import BACKENDS, CheckedOps, FlushingOps, cpu_ops
from wrong_ops import WRONG


@pytest.mark.parametrize("kind", [HostOps, CheckedOps, FlushingOps])
def test_passes_on_right_ops(kind):
    check(kind(FLOAT32), FLOAT32, f"test {kind.__name__}")


@pytest.mark.parametrize("name", BACKENDS)
def test_passes_on_every_backend(name):
    check(cpu_ops(name), FLOAT32, f"test {name}")


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
