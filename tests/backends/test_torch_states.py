"""PyTorch's process-wide switches, flushing and threads, change no bit."""

import pytest

from fractbench.arithmetic.host import HostOps
from fractbench.problems.catalogue import problem
from helpers import FMT, assert_same, backend, cpu_ops, tile_of, trained
from scenarios import SCENARIOS


@pytest.fixture
def torch():
    backend("torch")
    import torch

    yield torch
    torch.set_flush_denormal(False)
    torch.set_num_threads(1)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("flush", [False, True])
def test_flushing_and_threads(torch, flush, threads, monkeypatch):
    ops, seen = type(cpu_ops("torch")), []

    def mul(self, a, b):
        seen.append(torch.get_num_threads())
        return a * b

    monkeypatch.setattr(ops, "threads", threads)
    monkeypatch.setattr(ops, "mul", mul)
    if not torch.set_flush_denormal(flush):
        pytest.skip("this processor cannot be told to flush")
    chosen = problem("tanh", width=8, samples=7).with_steps(2)
    pixels = tile_of(chosen, None, 16, 16).pixels
    found = trained(chosen, cpu_ops("torch"), pixels)
    torch.set_flush_denormal(False)  # NumPy shares the processor's flag
    assert set(seen) == {threads}
    assert_same(found, trained(chosen, HostOps(FMT), pixels))


@pytest.mark.parametrize(
    "scenario",
    [name for name in SCENARIOS if name.startswith(("tanh", "relu", "weight-drift", "minibatch"))],
)
def test_hardware_flushing_on_adversarial_scales(torch, scenario):
    chosen = SCENARIOS[scenario]
    pixels = tile_of(chosen.problem, chosen.window, chosen.width, chosen.height).pixels
    with chosen.scaled():
        if not torch.set_flush_denormal(True):
            pytest.skip("this processor cannot be told to flush")
        found = trained(chosen.problem, cpu_ops("torch"), pixels)
        torch.set_flush_denormal(False)
        assert_same(found, trained(chosen.problem, HostOps(FMT), pixels))


def test_the_switch_does_flush(torch):
    torch.set_flush_denormal(True)
    tiny = torch.tensor([1e-30]) * torch.tensor([1e-10])
    torch.set_flush_denormal(False)
    assert tiny.item() == 0
