"""The twin of lib/trajectory-product.ts in PyTorch + lightly: `trajectory-peer.py JOBS.json` trains every case of the file.

A case starts from its safetensors file (the tool's names and layouts), sees the same views, and leaves its losses and its
state in the same form. What lies between its run in float32 and the others, in float64 and from weights that were
disturbed in their last digit, is rounding.
Prints one line of JSON.
"""
import copy
import functools
import json
import sys

import lightly
import numpy as np
import torch
from lightly.loss import NegativeCosineSimilarity, NTXentLoss
from lightly.models.batchnorm import SplitBatchNorm
from lightly.models.modules.heads import ProjectionHead
from lightly.models.modules.memory_bank import MemoryBankModule
from lightly.models.utils import deactivate_requires_grad, update_momentum
from lightly.utils.lars import LARS
from lightly.utils.scheduler import CosineWarmupScheduler, cosine_schedule
from networks import ResNet18
from torch import nn
from torch.nn.functional import cross_entropy, normalize

DTYPES = {"F32": np.float32, "I32": np.int32}


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[slice(*at["data_offsets"])], DTYPES[at["dtype"]]).reshape(at["shape"])
            for name, at in header.items()}


def write_safetensors(path, tensors):
    header, end = {}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [end, end + 4 * value.size]}
        end += 4 * value.size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for value in tensors.values():
            file.write(np.ascontiguousarray(value, np.float32).tobytes())


def to_torch(name, value):
    """Filters [h, w, in, out] -> [out, in, h, w], maps [in, out] -> [out, in]; a queue has rows on both sides."""
    if value.ndim == 4:
        return value.transpose(3, 2, 0, 1)
    return value.T if value.ndim == 2 and name.endswith(".weight") else value


def from_torch(name, value):
    if value.ndim == 4:
        return value.transpose(2, 3, 1, 0)
    return value.T if value.ndim == 2 and name.endswith(".weight") else value


def head(inputs, outputs, hidden, layers, batchNorm, lastBias=True, lastBatchNorm="none"):
    """lightly's head; numbered as the tool's."""
    sizes = [inputs] + [hidden] * (layers - 1)
    blocks = [(a, b, nn.BatchNorm1d(b) if batchNorm else None, nn.ReLU(), not batchNorm)
              for a, b in zip(sizes, sizes[1:])]
    last = None if lastBatchNorm == "none" else nn.BatchNorm1d(outputs, affine=lastBatchNorm == "affine")
    return ProjectionHead([*blocks, (sizes[-1], outputs, last, None, lastBias)]).layers


class Method(nn.Module):
    """Networks under the tool's names; `loss` gives the loss of a step, `advance` moves what follows the optimizer."""

    def __init__(self, settings, width):
        super().__init__()
        self.settings, self.groups = settings, settings.get("batchNormGroups", 1)
        norm = nn.BatchNorm2d if self.groups == 1 else functools.partial(SplitBatchNorm, num_splits=self.groups)
        sizes = dict(settings["projector"])
        self.size = sizes.pop("out")
        self.backbone, self.projector = ResNet18(width, norm), head(8 * width, self.size, **sizes)
        if "predictor" in settings:
            self.predictor = head(self.size, self.size, **settings["predictor"])
        if "emaDecay" in settings:
            self.target = nn.ModuleDict({"backbone": self.backbone, "projector": self.projector})
            self.target = copy.deepcopy(self.target)
            deactivate_requires_grad(self.target)

    def encode(self, x):
        return self.projector(self.grouped(self.backbone, x))

    @torch.no_grad()
    def keys(self, x):
        return self.target["projector"](self.grouped(self.target["backbone"], x))

    def grouped(self, network, x):
        """SplitBatchNorm takes rows i, i + g, ... as a group, the tool (as devices would) runs of n/g rows."""
        if self.groups == 1:
            return network(x)
        order = torch.arange(len(x)).view(self.groups, -1).T.flatten()
        return network(x[order])[order.argsort()]

    def buffers_of(self):
        return {}

    def restore(self, state):
        pass

    def advance(self, step, steps):
        if "emaDecay" not in self.settings:
            return
        start = self.settings["emaDecay"]["start"]
        end = self.settings["emaDecay"].get("end", start)
        # lightly's schedule divides by its steps - 1; BYOL's by the steps.
        decay = cosine_schedule(step, steps + 1, start, end) if end != start else start
        for name in ("backbone", "projector"):
            update_momentum(getattr(self, name), self.target[name], decay)


class SimCLR(Method):
    def __init__(self, settings, width):
        super().__init__(settings, width)
        self.criterion = NTXentLoss(temperature=settings["temperature"])

    def loss(self, views, inputs):
        if self.settings["passes"] == "joint":
            return self.criterion(*self.encode(torch.cat(views)).chunk(2))
        return self.criterion(*[self.encode(view) for view in views])


class MoCo(Method):
    """Direction i asks with view i and is answered by the other view, against the queue of the other view's keys."""

    def __init__(self, settings, width):
        super().__init__(settings, width)
        self.directions = 1 if settings["symmetric"] == "none" else 2
        size = (settings["queueSize"], self.size)
        self.losses = nn.ModuleList(
            NTXentLoss(settings["temperature"], memory_bank_size=size) for _ in range(self.directions))
        # lightly's loss enqueues what it was given at once: with one queue the second loss would see the first one's keys.
        self.shared = MemoryBankModule(size) if self.directions == 2 and settings["queues"] == 1 else None

    def banks(self):
        if self.shared is not None:
            return {"queue": self.shared}
        if self.directions == 1:
            return {"queue": self.losses[0].memory_bank}
        return {"queue.1": self.losses[0].memory_bank, "queue.0": self.losses[1].memory_bank}

    def restore(self, state):
        for name, bank in self.banks().items():
            bank.bank.copy_(torch.tensor(state[name]))
            bank.bank_ptr.fill_(int(state[f"{name}.position"]))

    def buffers_of(self):
        queues = {name: bank.bank for name, bank in self.banks().items()}
        return queues | {f"{name}.position": bank.bank_ptr[0] for name, bank in self.banks().items()}

    def loss(self, views, inputs):
        queries = [self.encode(view) for view in views[:self.directions]]
        keys = []
        for i, view in enumerate(views[::-1][:self.directions]):
            if "keyOrder" in inputs:
                order = torch.tensor(inputs["keyOrder"][i], dtype=torch.long)
                keys.append(self.keys(view[order])[order.argsort()])
            else:
                keys.append(self.keys(view))
        if self.shared is not None:
            for loss in self.losses:
                loss.memory_bank.bank = self.shared.bank.clone()
                loss.memory_bank.bank_ptr.zero_()
        total = sum(loss(q, k) for loss, q, k in zip(self.losses, queries, keys))
        if self.shared is not None:
            self.shared(normalize(torch.cat(keys[::-1]), dim=1), update=True)
        return total / 2 if self.settings["symmetric"] == "mean" else total


class MoCoV3(Method):
    """lightly has no such loss; this is algorithm 1 of arXiv:2104.02057."""

    def contrast(self, q, k):
        temperature = self.settings["temperature"]
        logits = normalize(q, dim=1) @ normalize(k, dim=1).T / temperature
        return 2 * temperature * cross_entropy(logits, torch.arange(len(q)))

    def loss(self, views, inputs):
        embeddings = [self.encode(view) for view in views]
        q0, q1 = [self.predictor(z) for z in embeddings]
        k0, k1 = [self.keys(view) for view in views]
        return self.contrast(q0, k1) + self.contrast(q1, k0)


class BYOL(Method):
    def __init__(self, settings, width):
        super().__init__(settings, width)
        self.criterion = NegativeCosineSimilarity()

    def loss(self, views, inputs):
        embeddings = [self.encode(view) for view in views]
        p0, p1 = [self.predictor(z) for z in embeddings]
        z0, z1 = [self.keys(view) for view in views]
        # The paper's 2 - 2 cos in both directions.
        return 4 + 2 * (self.criterion(p0, z1) + self.criterion(p1, z0))


METHODS = {"simclr": SimCLR, "moco": MoCo, "mocov3": MoCoV3, "byol": BYOL}


def make_optimizer(options, parameters, rate):
    excluded = [p for p in parameters if p.ndim <= 1 and options["excludeBiasAndNorm"]]
    decayed = [p for p in parameters if not (p.ndim <= 1 and options["excludeBiasAndNorm"])]
    groups = [{"params": decayed, "weight_decay": options["weightDecay"]}]
    if excluded:
        groups.append({"params": excluded, "weight_decay": 0.0})
    if options["name"] == "adamw":
        return torch.optim.AdamW(groups, rate, betas=tuple(options["betas"]), eps=options["epsilon"])
    if options["name"] == "sgd":
        return torch.optim.SGD(groups, rate, momentum=options["momentum"], nesterov=options["nesterov"])
    assert options["trustForm"] == "sum" and options["momentumForm"] == "torch" and not options["clip"]
    return LARS(groups, rate, momentum=options["momentum"], nesterov=options["nesterov"],
                trust_coefficient=options["trustCoefficient"])


def load(model, state):
    """Copies the tool's state; fails on a name that only one side has."""
    own = {name: value for name, value in model.state_dict(keep_vars=True).items() if "num_batches" not in name}
    queues = {name for name in state if name.startswith("queue")}
    if set(own) != set(state) - queues:
        raise KeyError(f"names of one side alone: {sorted(set(own) ^ (set(state) - queues))}")
    with torch.no_grad():
        for name, value in own.items():
            found = torch.tensor(to_torch(name, state[name]).copy())
            # SplitBatchNorm has statistics for each group.
            value.copy_(found.repeat(len(value) // len(found)) if found.ndim == 1 else found)
    model.restore(state)


def save(model, initial):
    state = model.state_dict() | model.buffers_of()
    result = {}
    for name, value in initial.items():
        found = from_torch(name, state[name].numpy())
        if found.ndim == 1 and found.shape != value.shape:
            found = found.reshape(-1, *value.shape).mean(0)
        result[name] = found
    return result


def train(job, case, initial, views, dtype):
    steps, batch = job["steps"], job["batch"]
    model = METHODS[case["method"]["name"]](case["method"], job["width"]).to(dtype)
    load(model, {name: value for name, value in initial.items() if not name.startswith("inputs.")})
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = make_optimizer(case["optimizer"], parameters, case["learningRate"])
    schedule = CosineWarmupScheduler(optimizer, warmup_epochs=job["warmupSteps"], max_epochs=steps,
                                     start_value=1.0, end_value=0.0)
    losses = []
    for step in range(steps):
        pair = [torch.tensor(half[step * batch:(step + 1) * batch]).permute(0, 3, 1, 2).contiguous().to(dtype)
                for half in np.split(views, 2)]
        inputs = {name.split(".")[1]: value[step] for name, value in initial.items() if name.startswith("inputs.")}
        loss = model.loss(pair, inputs)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        model.advance(step, steps)
        losses.append(loss.item())
    return losses, save(model, {name: value for name, value in initial.items() if not name.startswith("inputs.")})


def disturbed(initial, seed):
    """Filters and maps times 1 + u, u uniform within 1e-7; a target stays a copy."""
    random = np.random.default_rng(seed)
    result = {name: (value * (1 + random.uniform(-1e-7, 1e-7, value.shape))).astype(np.float32)
              if name.endswith(".weight") and value.ndim > 1 else value for name, value in initial.items()}
    return {name: result.get(name.removeprefix("target."), value) for name, value in result.items()}


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    views = read_safetensors(job["views"])["views"]
    results = {}
    for case in job["cases"]:
        initial = read_safetensors(case["initial"])
        runs = {"float32": (initial, torch.float32), "float64": (initial, torch.float64),
                "disturbed1": (disturbed(initial, 1), torch.float32),
                "disturbed2": (disturbed(initial, 2), torch.float32)}
        results[case["name"]] = {}
        for name, path in case["finals"].items():
            start, dtype = runs[name]
            losses, final = train(job, case, start, views, dtype)
            write_safetensors(path, final)
            results[case["name"]][name] = losses
        print(f"PyTorch: {case['name']}", file=sys.stderr, flush=True)
    print(json.dumps({"losses": results, "versions": {"torch": torch.__version__, "lightly": lightly.__version__}}))


if __name__ == "__main__":
    main()
