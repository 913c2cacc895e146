"""The Metal translation units that MLX and PyTorch would compile, made without either.

PyTorch compiles a complete text. MLX writes the signature of a kernel itself, between the header
and the body that it is given (`mlx_unit`).
"""

from __future__ import annotations

import re

from fractbench.simt import text

SMALL = 8
"""Arrays of fewer elements come in `constant` memory, and numbers by reference."""
SCALARS = (
    "dispatch_quadgroups_per_threadgroup", "dispatch_simdgroups_per_threadgroup",
    "quadgroup_index_in_threadgroup", "quadgroups_per_threadgroup",
    "simdgroup_index_in_threadgroup", "simdgroups_per_threadgroup", "thread_execution_width",
    "thread_index_in_quadgroup", "thread_index_in_simdgroup", "thread_index_in_threadgroup",
    "threads_per_simdgroup",
)  # fmt: skip
VECTORS = (
    "dispatch_threads_per_threadgroup", "grid_origin", "grid_size", "thread_position_in_grid",
    "thread_position_in_threadgroup", "threadgroup_position_in_grid", "threadgroups_per_grid",
    "threads_per_grid", "threads_per_threadgroup",
)  # fmt: skip
ATTRIBUTES = dict.fromkeys(SCALARS, "uint") | dict.fromkeys(VECTORS, "uint3")
"""Those that MLX looks for in a body, with their types; it adds them in alphabetical order."""
MLX_PRELUDE = "#include <metal_stdlib>\nusing namespace metal;\n"
"""How MLX's own text begins; the rest of it has nothing to do with ours."""
TYPES = {"real": "float", "int": "int32_t"}


def torch_unit(variant, entry=None):
    """Return the text of torch.mps.compile_shader and its kernels' names, by entry."""
    names = {entry: text.name(entry, variant, "metal") for entry in text.ENTRIES}
    return text.source(variant, "metal"), names


def mlx_unit(variant, entry="train", sizes=None):
    """Return the text that mx.fast.metal_kernel would compile and the one kernel's name.

    `sizes` gives the elements of inputs that are small; 0 is a number without dimensions.
    """
    it, body = text.ENTRIES[entry], text.body(entry, "metal")
    assert not re.search(r"\w_(shape|strides|ndim)\b", body), "MLX would add parameters"
    lines, suffix = [], ""
    for name, kind in it.inputs:
        size = (sizes or {}).get(name, SMALL)
        space = "device" if size >= SMALL else "constant"
        lines.append(f"const {space} {TYPES[kind]}{'*' if size else '&'} {name}")
        suffix += f"_{TYPES[kind]}{'' if size >= SMALL else 'c' if size else 's'}"
    for name, kind in it.outputs:
        lines.append(f"device {TYPES[kind]}* {name}")
        suffix += f"_{TYPES[kind]}"
    lines = [f"{line} [[buffer({n})]]" for n, line in enumerate(lines)]
    found = sorted(a for a in ATTRIBUTES if a in body)
    lines += [f"{ATTRIBUTES[a]} {a} [[{a}]]" for a in found]
    name = f"custom_kernel_{text.name(entry, variant, 'metal')}{suffix}"
    head = f"[[kernel]] void {name}(\n  " + ",\n  ".join(lines) + ") {\n"
    return MLX_PRELUDE + text.header(variant, "metal") + head + body + "\n}\n", {entry: name}
