"""One step of PyTorch on a batch in memory, timed: simclr|moco|mocov3|byol, width, views, steps,
float32|tf32|bfloat16|float16, eager|compile, then NAME=VALUE: network=resnet18|resnet50, size=32, device=cpu|cuda,
warmup=3, backend=inductor.

Prints one line of JSON. The twin of lib/step-product.mjs and lib/gpu-product.mjs: the same networks, loss, optimizer and
number of warm-up steps. PyTorch at its best: channels_last, the second network without autograd, its moving average by
one foreach operation; on a GPU cuDNN's algorithms timed, and SGD fused.
"""
import copy
import json
import resource
import subprocess
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
from networks import ResNet18, ResNet50

METHOD = sys.argv[1]
WIDTH, VIEWS, STEPS = (int(value) for value in sys.argv[2:5])
PRECISION, MODE = sys.argv[5:7]
OPTIONS = {"network": "resnet18", "size": "32", "device": "cpu", "warmup": "3", "backend": "inductor"}
OPTIONS |= dict(option.split("=", 1) for option in sys.argv[7:])
DEVICE, SIZE, WARM_UP = OPTIONS["device"], int(OPTIONS["size"]), int(OPTIONS["warmup"])
OUT, QUEUE, DECAY = 128, 4096, 0.99
CHANNELS_LAST = torch.channels_last
HALF = {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(PRECISION)
TEMPERATURE_V3 = 0.2


def card_memory():
    """MiB in use on the card, by whomever, as gpu-product.mjs asks."""
    try:
        asked = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "-i", "0"]
        return float(subprocess.run(asked, capture_output=True, text=True, check=True, timeout=20).stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def head(inputs, hidden, normalized):
    if not normalized:
        return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, OUT))
    return nn.Sequential(nn.Linear(inputs, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(),
                         nn.Linear(hidden, OUT, bias=False))


def autocast():
    return torch.autocast(DEVICE, HALF or torch.bfloat16, enabled=HALF is not None)


memory_before = card_memory()
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = PRECISION != "float32"
torch.backends.cudnn.benchmark = True
torch.manual_seed(0)
backbone = ResNet50(WIDTH) if OPTIONS["network"] == "resnet50" else ResNet18(WIDTH)
features = backbone.features
predicts = METHOD in ("byol", "mocov3")
online = nn.Sequential(backbone, head(features, features, predicts)).to(DEVICE, memory_format=CHANNELS_LAST)
predictor = head(OUT, features, True).to(DEVICE) if predicts else nn.Identity()
target = copy.deepcopy(online).requires_grad_(False) if METHOD != "simclr" else nn.Identity()
queue, position = F.normalize(torch.randn(QUEUE, OUT, device=DEVICE), dim=1), 0
parameters = [*online.parameters(), *predictor.parameters()]
optimizer = torch.optim.SGD(parameters, 0.05, momentum=0.9, weight_decay=1e-4, fused=DEVICE == "cuda" or None)
scaler = torch.amp.GradScaler(DEVICE, enabled=PRECISION == "float16")
first, second = (torch.rand(VIEWS // 2, 3, SIZE, SIZE, device=DEVICE).contiguous(memory_format=CHANNELS_LAST)
                 for _ in range(2))
if METHOD == "simclr":
    first, second = torch.cat([first, second]).contiguous(memory_format=CHANNELS_LAST), None


def nt_xent(z, temperature=0.5):
    z = F.normalize(z, dim=1)
    logits = (z @ z.T / temperature).fill_diagonal_(-1e9)
    targets = (torch.arange(len(z), device=z.device) + len(z) // 2) % len(z)
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
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long, device=q.device)), k


def predictions():
    with torch.no_grad(), autocast():
        z = [target(view) for view in (second, first)]
    with autocast():
        p = [predictor(online(view)) for view in (first, second)]
    return [(a.float(), b.float()) for a, b in zip(p, z)]


def mocov3():
    def contrast(q, k):
        logits = F.normalize(q, dim=1) @ F.normalize(k, dim=1).T / TEMPERATURE_V3
        return F.cross_entropy(logits, torch.arange(len(q), device=q.device)) * 2 * TEMPERATURE_V3
    return sum(contrast(q, k) for q, k in predictions()), None


def byol():
    return sum(2 - 2 * F.cosine_similarity(p, z).mean() for p, z in predictions()), None


forward = {"simclr": simclr, "moco": moco, "mocov3": mocov3, "byol": byol}[METHOD]
if MODE == "compile":
    forward = torch.compile(forward, backend=OPTIONS["backend"])
target_parameters, online_parameters = list(target.parameters()), list(online.parameters())


def step():
    global position
    loss, keys = forward()
    optimizer.zero_grad(set_to_none=True)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    with torch.no_grad():
        if METHOD != "simclr":
            # Half the time of lightly's multiplication and addition.
            torch._foreach_lerp_(target_parameters, online_parameters, 1 - DECAY)
        if keys is not None:
            queue[position:position + len(keys)] = keys
            position = (position + len(keys)) % QUEUE
    # On a GPU this waits for all that was asked of it before the loss; the next step waits for the rest.
    return loss.item()


losses, seconds, first_seconds = [], [], 0.0
started = time.perf_counter()
for i in range(WARM_UP + STEPS):
    begun = time.perf_counter()
    losses.append(step())
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    if i == 0:
        first_seconds = time.perf_counter() - started
    if i >= WARM_UP:
        seconds.append(time.perf_counter() - begun)
memory_after = card_memory() if DEVICE == "cuda" else None
print(json.dumps({
    "seconds": seconds,
    "firstSeconds": first_seconds,
    "losses": losses,
    "parameters": sum(p.numel() for p in parameters),
    "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "memoryMiB": None if memory_after is None else memory_after - (memory_before or 0),
    "reservedMiB": torch.cuda.max_memory_reserved() / 2 ** 20 if DEVICE == "cuda" else None,
    "devices": [torch.cuda.get_device_name() if DEVICE == "cuda" else "CPU"],
    "version": torch.__version__,
}))
