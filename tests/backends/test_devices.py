"""What every Backend says of itself."""

import pytest

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT64
from fractbench.backend import API, Backend, Device
from fractbench.errors import UsageError
from fractbench.problems.catalogue import problem
from helpers import BACKENDS, FMT, backend


@pytest.fixture(params=BACKENDS)
def found(request):
    return backend(request.param)


def test_is_a_backend_with_a_version_and_a_cpu(found):
    assert isinstance(found, Backend)
    assert found.api == API
    assert found.version()[0].isdigit()
    devices = found.devices()
    assert {d.backend for d in devices} == {found.name}
    assert devices[-1].name == "cpu"
    assert found.device(None) == devices[0]
    assert found.ops(found.device("cpu"), FMT).dtype == "float32"


def test_a_named_device_never_falls_back(found):
    with pytest.raises(UsageError, match=f"{found.name} has no device 'cuda:99' here.*there is"):
        found.device("cuda:99")


def test_an_unknown_kernel_is_refused(found):
    with pytest.raises(UsageError, match=r"no kernel 'obs' \(did you mean ops\?\) for tanh"):
        found.prepare(problem("tanh"), found.device("cpu"), Arithmetic(), "obs")


def test_its_cpu_has_both_dtypes(found):
    cpu = found.device("cpu")
    assert set(found.formats(cpu)) == {"float32", "float64"}
    assert found.ops(cpu, FLOAT64).dtype == "float64"


@pytest.mark.parametrize(("name", "device"), [("mlx", "metal"), ("torch", "mps"), ("jax", "tpu:0")])
@pytest.mark.parametrize("contract", ["strict", "fma", "free"])
def test_a_device_without_float64_says_what_to_type(name, device, contract):
    """Neither Metal nor MPS nor a TPU is needed: the refusal comes before anything is compiled."""
    chip, found = Device(name, device), backend(name)
    with pytest.raises(UsageError) as refused:
        found.prepare(problem("tanh"), chip, Arithmetic(contract, FLOAT64))
    assert str(refused.value) == (
        f"{chip} has no float64; type --dtype float32 or --backend {name}:cpu"
    )
    assert not found.offers(problem("tanh"), chip, Arithmetic(contract, FLOAT64))
