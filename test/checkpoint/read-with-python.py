"""Prints a safetensors file as the reference implementation sees it: JSON of dtype, shape and values by name."""

import json
import sys

from safetensors import safe_open

with safe_open(sys.argv[1], framework="np") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    metadata = file.metadata()
print(
    json.dumps(
        {
            "metadata": metadata,
            "tensors": {n: [str(t.dtype), list(t.shape), t.ravel().tolist()] for n, t in tensors.items()},
        }
    )
)
