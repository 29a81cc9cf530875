"""One step of PyTorch on a batch in memory, timed: simclr|moco|byol, width, views, steps, float32|bfloat16, eager|compile.

Prints one line of JSON. The twin of lib/step-product.mjs: the same networks, loss, optimizer and number of warm-up steps.
PyTorch at its best: channels_last, the second network without autograd, its moving average by one foreach operation.
"""
import copy
import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
from networks import ResNet18

METHOD = sys.argv[1]
WIDTH, VIEWS, STEPS = (int(value) for value in sys.argv[2:5])
PRECISION, MODE = sys.argv[5:7]
WARM_UP = 3
OUT, QUEUE, DECAY = 128, 4096, 0.99
CHANNELS_LAST = torch.channels_last


def head(inputs, hidden, normalized):
    if not normalized:
        return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, OUT))
    return nn.Sequential(nn.Linear(inputs, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(),
                         nn.Linear(hidden, OUT, bias=False))


def autocast():
    return torch.autocast("cpu", torch.bfloat16, enabled=PRECISION == "bfloat16")


torch.manual_seed(0)
features = 8 * WIDTH
online = nn.Sequential(ResNet18(WIDTH), head(features, features, METHOD == "byol")).to(memory_format=CHANNELS_LAST)
predictor = head(OUT, features, True) if METHOD == "byol" else nn.Identity()
target = copy.deepcopy(online).requires_grad_(False) if METHOD != "simclr" else nn.Identity()
queue, position = F.normalize(torch.randn(QUEUE, OUT), dim=1), 0
parameters = [*online.parameters(), *predictor.parameters()]
optimizer = torch.optim.SGD(parameters, 0.05, momentum=0.9, weight_decay=1e-4)
first, second = (torch.rand(VIEWS // 2, 3, 32, 32).contiguous(memory_format=CHANNELS_LAST) for _ in range(2))
if METHOD == "simclr":
    first, second = torch.cat([first, second]).contiguous(memory_format=CHANNELS_LAST), None


def nt_xent(z, temperature=0.5):
    z = F.normalize(z, dim=1)
    logits = (z @ z.T / temperature).fill_diagonal_(-1e9)
    targets = (torch.arange(len(z)) + len(z) // 2) % len(z)
    return F.cross_entropy(logits, targets)


def simclr():
    with autocast():
        z = online(first)
    return nt_xent(z.float()), None


def moco():
    with torch.no_grad(), autocast():
        k = target(second)
    with autocast():
        q = online(first)
    q, k = F.normalize(q.float(), dim=1), F.normalize(k.float(), dim=1)
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], 1) / 0.1
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long)), k


def byol():
    with torch.no_grad(), autocast():
        z = [target(view) for view in (second, first)]
    with autocast():
        p = [predictor(online(view)) for view in (first, second)]
    return sum(2 - 2 * F.cosine_similarity(a.float(), b.float()).mean() for a, b in zip(p, z)), None


forward = {"simclr": simclr, "moco": moco, "byol": byol}[METHOD]
if MODE == "compile":
    forward = torch.compile(forward)
target_parameters, online_parameters = list(target.parameters()), list(online.parameters())


def step():
    global position
    loss, keys = forward()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        if METHOD != "simclr":
            # Half the time of lightly's multiplication and addition.
            torch._foreach_lerp_(target_parameters, online_parameters, 1 - DECAY)
        if keys is not None:
            queue[position:position + len(keys)] = keys
            position = (position + len(keys)) % QUEUE
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
