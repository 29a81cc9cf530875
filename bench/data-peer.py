"""torchvision's SimCLR views from a PyTorch DataLoader: images per second. The twin of `cl-data bench`.

usage: data-peer.py FOLDER SIZE BATCH SECONDS VARIANT

Two views an image (crop, flip, jitter, grey, blur, normalise) of class folders of JPEG files, by worker processes, one for each
core, collated into float32 [batch, 3, size, size] each: ready for the first convolution. VARIANT is `pil` (torchvision.transforms
on PIL images, as lightly, solo-learn and the papers' code have it) or `v2` (torchvision.transforms.v2 on uint8 tensors, decoded by
torchvision.io, converted to float last). Prints one line of JSON.
"""

import json
import os
import sys
import time

import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

folder, size, batch, seconds, variant = sys.argv[1], *map(int, sys.argv[2:4]), float(sys.argv[4]), sys.argv[5]
workers = len(os.sched_getaffinity(0))
small = size < 96
strength = 0.5 if small else 1.0
statistics = (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)
if not small:
    statistics = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
jitter = 0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength
# SimCLR: kernels of a tenth of the side, made odd.
blur = 2 * (size // 10 // 2) + 1


def transforms_of(kind):
    return [
        kind.RandomResizedCrop(size, scale=(0.08, 1.0), antialias=True),
        kind.RandomHorizontalFlip(),
        kind.RandomApply([kind.ColorJitter(*jitter)], p=0.8),
        kind.RandomGrayscale(p=0.2),
        kind.RandomApply([kind.GaussianBlur(blur, (0.1, 2.0))], p=0.5),
    ]


if variant == "pil":
    from torchvision import transforms as v1

    transform = v1.Compose([*transforms_of(v1), v1.ToTensor(), v1.Normalize(*statistics)])
    loader = None
else:
    transform = v2.Compose([*transforms_of(v2), v2.ToDtype(torch.float32, scale=True), v2.Normalize(*statistics)])

    def loader(path):
        return torchvision.io.decode_image(path, mode="RGB")


class TwoViews:
    def __call__(self, image):
        return transform(image), transform(image)


dataset = ImageFolder(folder, TwoViews(), **({"loader": loader} if loader else {}))
batches = DataLoader(
    dataset, batch, shuffle=True, num_workers=workers, drop_last=True, persistent_workers=True, prefetch_factor=2
)


def endless():
    while True:
        yield from batches


# What the workers hold ready when the clock starts must not count: as many batches again are waited for.
warm_up = 2 * workers + 2
count = 0
for (first, second), _ in endless():
    assert first.shape == second.shape == (batch, 3, size, size)
    now = time.perf_counter()
    count += 1
    if count == warm_up:
        begun = now
    if count > warm_up + 2 and now - begun >= seconds:
        break
print(
    json.dumps(
        {
            "imagesPerSecond": (count - warm_up) * batch / (now - begun),
            "version": f"torch {torch.__version__}, torchvision {torchvision.__version__}",
        }
    ),
    flush=True,
)
os._exit(0)
