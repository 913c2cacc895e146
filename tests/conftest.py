"""What every test relies on: one thread for PyTorch, and hypothesis without a stopwatch."""

import importlib.util
import os

import hypothesis
import pytest

# XLA reads it once; its log would otherwise fill captured output.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

hypothesis.settings.register_profile(
    "fractbench", deadline=None, derandomize=True, database=None, print_blob=True
)
hypothesis.settings.load_profile("fractbench")


@pytest.fixture(autouse=True, scope="session")
def one_torch_thread():
    """Two threads on tiny tensors were measured to run 30 times slower than one."""
    if importlib.util.find_spec("torch") is not None:
        import torch

        torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def own_memory(tmp_path_factory):
    """Keep what is remembered of proven devices out of the user's cache folder."""
    file = tmp_path_factory.mktemp("cache") / "proven.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fractbench.proof.memory", lambda: file)
        yield
