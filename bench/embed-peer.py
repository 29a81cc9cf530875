"""Features of a folder of images by PyTorch: images per second of one pass. The twin of `cl-embed --json`.

usage: embed-peer.py FOLDER MODEL STEM SIZE RESIZE INTERPOLATION BATCH PRECISION VARIANT

A DataLoader with a process for each core reads class folders of JPEG files, a torchvision model without its classifier computes
(model.eval(), inference_mode, channels_last). VARIANT is `pil` (torchvision.transforms on PIL images, as everybody has it) or `v2`
(torchvision.io and transforms.v2 on uint8 tensors). bfloat16 converts model and images, which is faster than autocast. The clock
starts before the first image is asked for and stops when the features are a NumPy array. Prints one line of JSON.
"""

import json
import os
import resource
import sys
import time

import numpy as np
import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import InterpolationMode, v2

folder, name, stem, interpolation = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[6]
size, resize, batch = int(sys.argv[4]), int(sys.argv[5]), int(sys.argv[7])
precision, variant = sys.argv[8], sys.argv[9]
cores = len(os.sched_getaffinity(0))
mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
geometry = [v2.Resize(resize, interpolation=InterpolationMode(interpolation), antialias=True), v2.CenterCrop(size)]

if variant == "pil":
    from torchvision import transforms as v1

    transform = v1.Compose([
        v1.Resize(resize, interpolation=InterpolationMode(interpolation)), v1.CenterCrop(size),
        v1.ToTensor(), v1.Normalize(mean, std),
    ])
    loader = None
else:
    transform = v2.Compose([*geometry, v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)])

    def loader(path):
        return torchvision.io.decode_image(path, mode="RGB")


dataset = ImageFolder(folder, transform, **({"loader": loader} if loader else {}))
batches = DataLoader(dataset, batch, num_workers=cores, prefetch_factor=2)

torch.manual_seed(0)
model = getattr(torchvision.models, name)()
model.fc = torch.nn.Identity()
if stem == "cifar":
    model.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    model.maxpool = torch.nn.Identity()
dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
model = model.eval().to(dtype=dtype, memory_format=torch.channels_last)

begun = time.perf_counter()
rows = []
with torch.inference_mode():
    for images, _ in batches:
        rows.append(model(images.to(dtype=dtype, memory_format=torch.channels_last)).float())
features = torch.cat(rows).numpy()
seconds = time.perf_counter() - begun
assert len(features) == len(dataset) and np.isfinite(features).all()
# Those of the workers are not there any more: the largest of them, as often as there are some.
own, worker = (resource.getrusage(who).ru_maxrss * 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(
    json.dumps(
        {
            "rows": len(features),
            "width": features.shape[1],
            "seconds": seconds,
            "peakBytes": own + cores * worker,
            "version": f"torch {torch.__version__}, torchvision {torchvision.__version__}",
        }
    )
)
