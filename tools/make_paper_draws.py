"""Write paper_draws.npz: the exact random draws behind the published trainability maps.

The paper's experiments draw weights, inputs, targets and minibatch indices from JAX's
legacy (non-partitionable) threefry generator in float64: key 0 for weights and data, key 42
for minibatches. This script repeats those draws so that a map at the paper's coordinates is
a map of the same network. Needs jax (0.10.2 was used); takes seconds.

Arrays, all float64 unless said:
  w{width}/W        (width, width)   input layer, W[i, j]: input i -> hidden j
  w{width}/v        (width,)         output layer
  w{width}/{set}/X  (samples, width) inputs, set in {full, linear, single}
  w{width}/{set}/y  (samples,)       targets
  w{width}/minibatch/{steps}  int32 (steps, 16) sample indices into the full set, per step
Sizes: full = number of free parameters (272 at width 16, 72 at width 8), linear = width,
single = 1. The index sequence depends on the total number of steps, as in the paper.
"""

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_threefry_partitionable", False)


def draws(width: int) -> dict[str, np.ndarray]:
    """Return every array of one width."""
    out: dict[str, np.ndarray] = {}
    key, sub = jax.random.split(jax.random.PRNGKey(0))
    k_in, k_out = jax.random.split(sub, 2)
    out[f"w{width}/W"] = np.asarray(jax.random.normal(k_in, (width, width)))
    out[f"w{width}/v"] = np.asarray(jax.random.normal(k_out, (width, 1)))[:, 0]
    key, k_x = jax.random.split(key)
    key, k_y = jax.random.split(key)
    full = width * width + width
    for name, samples in (("full", full), ("linear", width), ("single", 1)):
        out[f"w{width}/{name}/X"] = np.asarray(jax.random.normal(k_x, (samples, width)))
        out[f"w{width}/{name}/y"] = np.asarray(jax.random.normal(k_y, (samples, 1)))[:, 0]
    for steps in (100, 200, 500, 1000):
        keys = jax.random.split(jax.random.PRNGKey(42), steps)
        rows = [np.asarray(jax.random.randint(k, (16,), 0, full)) for k in keys]
        out[f"w{width}/minibatch/{steps}"] = np.stack(rows).astype(np.int32)
    return out


if __name__ == "__main__":
    arrays = draws(16) | draws(8)
    np.savez_compressed("fractbench/data/paper_draws.npz", allow_pickle=False, **arrays)
    for name, value in arrays.items():
        print(f"{name:28s} {value.dtype} {value.shape}")
