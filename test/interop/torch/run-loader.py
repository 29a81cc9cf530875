"""Prints the features that a loader's encoder gives for hashed images, as JSON; arguments: a folder for each encoder.

Each folder holds loader.py, weights.safetensors and images.safetensors (NHWC).
"""

import json
import runpy
import sys

import torch
from safetensors.torch import load_file

found = []
for folder in sys.argv[1:]:
    encoder = runpy.run_path(f"{folder}/loader.py")["load_encoder"](f"{folder}/weights.safetensors")
    assert not encoder.training
    images = load_file(f"{folder}/images.safetensors")["images"].permute(0, 3, 1, 2).contiguous()
    with torch.inference_mode():
        found.append(encoder(images).tolist())
print(json.dumps(found))
