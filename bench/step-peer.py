"""One SimCLR step of PyTorch on a batch in memory, timed: width, views, steps, float32|bfloat16, eager|compile.

Prints one line of JSON. The twin of lib/step-product.mjs: the same network, loss, optimizer and number of warm-up steps.
"""
import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH, VIEWS, STEPS = (int(value) for value in sys.argv[1:4])
PRECISION, MODE = sys.argv[4:6]
WARM_UP = 3


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


def network(width):
    layers = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    inputs = width
    for stage in range(4):
        for block in range(2):
            layers.append(Block(inputs, width << stage, 2 if stage > 0 and block == 0 else 1))
            inputs = width << stage
    head = [nn.Linear(inputs, inputs), nn.ReLU(), nn.Linear(inputs, 128)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), nn.Sequential(*head)


def nt_xent(z, temperature=0.5):
    z = F.normalize(z, dim=1)
    logits = (z @ z.T / temperature).fill_diagonal_(-1e9)
    targets = (torch.arange(len(z)) + len(z) // 2) % len(z)
    return F.cross_entropy(logits, targets)


torch.manual_seed(0)
backbone, projector = network(WIDTH)
backbone.to(memory_format=torch.channels_last)
parameters = [*backbone.parameters(), *projector.parameters()]
optimizer = torch.optim.SGD(parameters, 0.05, momentum=0.9, weight_decay=1e-4)
images = torch.rand(VIEWS, 3, 32, 32).contiguous(memory_format=torch.channels_last)


def forward(x):
    with torch.autocast("cpu", torch.bfloat16, enabled=PRECISION == "bfloat16"):
        features = backbone(x)
        embeddings = projector(features)
    return nt_xent(embeddings.float())


if MODE == "compile":
    forward = torch.compile(forward)


def step():
    loss = forward(images)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


losses, seconds = [], []
for i in range(WARM_UP + STEPS):
    begun = time.perf_counter()
    losses.append(step())
    if i >= WARM_UP:
        seconds.append(time.perf_counter() - begun)
print(json.dumps({
    "seconds": seconds,
    "losses": losses,
    "parameters": sum(p.numel() for p in parameters),
    "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "version": torch.__version__,
}))
