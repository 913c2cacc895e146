"""The problems once more, in plain float64 NumPy: matmul, np.tanh, division, no tree, no bands.

Written from the papers' descriptions, not from the kernel texts, so
that a mistake there is not repeated here.
"""

import numpy as np

CAP, LAST = 1e6, 20


def published_class(v):
    """Return whether pixels converged, from relative losses (steps, pixels), capped after."""
    v = np.where(np.isfinite(v), np.minimum(v, CAP), CAP)
    return v[-LAST:].mean(axis=0) < 1


def network(drawn, x, y, steps, *, activation="tanh", offset="none", order=None):
    """Return whether each pixel (x, y) of a one-hidden-layer network converged.

    `order` holds the sample indices of each step, or is None for the full batch. Pixels whose loss
    is no longer a number are dropped, since nothing can bring them back.
    """
    pixels = len(x)
    W = np.repeat(drawn.W[:, None, :], pixels, axis=1)  # input, pixel, unit
    v = np.repeat(drawn.v[None, :], pixels, axis=0)
    if offset == "once":
        W += x[:, None]
    relative, alive, loss_0 = np.full((steps, pixels), np.inf), np.arange(pixels), None
    for t in range(steps):
        rate_v = y[alive][:, None]
        rate_W = rate_v if offset != "none" else x[alive][:, None]
        if offset == "drift":
            W = W + x[alive][:, None]
        loss, gW, gv = _gradient(drawn.X, drawn.y, W, v, activation)
        if order is not None:
            _, gW, gv = _gradient(drawn.X[order[t]], drawn.y[order[t]], W, v, activation)
        loss_0 = loss if loss_0 is None else loss_0
        relative[t, alive] = loss / loss_0[alive]
        W, v = W - rate_W * gW, v - rate_v * gv
        keep = ~np.isnan(loss)
        alive, W, v = alive[keep], W[:, keep], v[keep]
    return published_class(relative)


def _gradient(X, targets, W, v, activation):
    """Return the mean squared error and its gradients; the pixels go in chunks for the cache."""
    parts = [
        _chunk(X, targets, W[:, i : i + 32], v[i : i + 32], activation)
        for i in range(0, len(v), 32)
    ]
    if not parts:
        return np.empty(0), W, v
    loss, gW, gv = zip(*parts, strict=True)
    return np.concatenate(loss), np.concatenate(gW, axis=1), np.concatenate(gv)


def _chunk(X, targets, W, v, activation):
    n, samples = W.shape[0], len(targets)
    gain = np.sqrt(1 / n if activation == "identity" else 2 / n)
    z = (X @ W.reshape(n, -1)).reshape(samples, *v.shape) * gain
    if activation == "tanh":
        h = np.tanh(z)
        slope = 1 - h * h
    elif activation == "relu":
        h, slope = np.maximum(z, 0), z > 0
    else:
        h, slope = z, 1
    error = np.einsum("spj,pj->sp", h, v) / n - targets[:, None]
    back = (2 / samples) * error / n
    gz = back[:, :, None] * v * slope * gain
    gW = (X.T @ gz.reshape(samples, -1)).reshape(W.shape)
    return (error * error).mean(axis=0), gW, np.einsum("sp,spj->pj", back, h)


def quadratic(kind, rates, steps, *, epsilon, lengths, dimensions=1):
    """Return whether descent at each rate kept its loss at or below 1e8 (1e8 d in d dimensions)."""
    if kind == "coupled":
        return _coupled(*rates, steps, epsilon, lengths[0])
    (rate,) = rates
    x = np.full((dimensions, len(rate)), 1 / dimensions)
    inside = np.ones(len(rate), bool)
    for _ in range(steps):
        waves = [np.cos(2 * np.pi * x / length) for length in lengths]
        pulls = [2 * np.pi * epsilon / w * np.sin(2 * np.pi * x / w) for w in lengths]
        square = (x * x).sum(axis=0)
        if kind == "additive":
            loss = square + epsilon * sum(waves).sum(axis=0)
            gradient = 2 * x - sum(pulls)
        else:
            factor = 1 + epsilon * sum(waves).sum(axis=0)
            loss, gradient = square * factor, 2 * x * factor - square * sum(pulls)
        inside &= loss <= 1e8 * dimensions
        x = x - rate * gradient
    return inside


def _coupled(rate_a, rate_b, steps, epsilon, length):
    a, b = np.ones_like(rate_a), np.full_like(rate_b, 0.5)
    inside = np.ones(len(a), bool)
    for _ in range(steps):
        phase = 2 * np.pi * (a - b) / length
        inside &= a * a + 0.6 * a * b + b * b + epsilon * (1 + np.cos(phase)) <= 1e8
        pull = 2 * np.pi * epsilon / length * np.sin(phase)
        down_a, down_b = 2 * a + 0.6 * b - pull, 2 * b + 0.6 * a + pull
        a, b = a - rate_a * down_a, b - rate_b * down_b
    return inside


def mandelbrot(x, y, steps):
    """Return whether z -> z^2 + c, from z = c, converged under the published measure of |z|^2/4."""
    c = x + 1j * y
    z, sizes = c, []
    for _ in range(steps):
        sizes.append((z * z.conj()).real / 4)
        z = z * z + c
    return published_class(np.stack(sizes))


def newton(x, y, steps):
    """Return 1 + the index of the cube root of one that z reached, or 0 for none."""
    roots = np.exp(2j * np.pi * np.array([0, 1, -1]) / 3)
    z, near = x + 1j * y, np.zeros(len(x), int)
    for _ in range(steps):
        distance = np.abs(z - roots[:, None]) ** 2
        reached = distance.min(axis=0) < 2.0**-16
        near = np.where((near == 0) & reached, 1 + distance.argmin(axis=0), near)
        z = z - (z**3 - 1) / (3 * z**2)
    return near
