"""SimCLR, MoCo and BYOL with PyTorch and lightly: what `npm run bench -- accuracy --peer run` compares with.

    python bench/accuracy-peer.py --data FOLDER [--method simclr] [--seed 0] [--epochs 20] [--images-per-class 1000]

The recipes are those of configs/<method>-accuracy.yaml. Progress goes to standard error, the result to standard output
as one line of JSON.
"""

import argparse
import copy
import json
import random
import sys
import time
from pathlib import Path

import lightly
import numpy as np
import sklearn
import torch
import torchvision
from lightly.loss import NegativeCosineSimilarity, NTXentLoss
from lightly.models import ResNetGenerator
from lightly.models.modules.heads import BYOLPredictionHead, BYOLProjectionHead, MoCoProjectionHead, ProjectionHead
from lightly.models.utils import deactivate_requires_grad, update_momentum
from lightly.transforms import SimCLRTransform
from lightly.utils.benchmarking import knn_predict
from lightly.utils.scheduler import CosineWarmupScheduler, cosine_schedule
from PIL import Image
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn.functional import normalize

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
CHANNELS_LAST = torch.channels_last


def read_split(folder, per_class):
    """Images uint8 [n, 32, 32, 3] and labels; classes and files in sorted order."""
    images, labels = [], []
    for label, name in enumerate(sorted(entry.name for entry in folder.iterdir() if entry.is_dir())):
        for path in sorted((folder / name).glob("*.jpg"))[:per_class]:
            with Image.open(path) as image:
                images.append(np.asarray(image.convert("RGB")))
            labels.append(label)
    return np.stack(images), np.array(labels)


class Views(torch.utils.data.Dataset):
    def __init__(self, images):
        self.images = images
        self.transform = SimCLRTransform(
            input_size=32, cj_prob=0.8, cj_strength=1.0, cj_bright=0.4, cj_contrast=0.4, cj_sat=0.4, cj_hue=0.1,
            min_scale=0.2, random_gray_scale=0.2, gaussian_blur=0.0, hf_prob=0.5,
            normalize={"mean": list(MEAN), "std": list(STD)})

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index]))


def seed_worker(_):
    seed = torch.initial_seed() % 2**32
    random.seed(seed)
    np.random.seed(seed)


class SimCLR(nn.Module):
    batch, rate = 256, 0.06

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.projector = ProjectionHead([(128, 128, nn.BatchNorm1d(128), nn.ReLU()), (128, 64, None, None)])
        self.criterion = NTXentLoss(temperature=0.2)

    def forward(self, views, step, steps):
        embeddings = self.projector(self.backbone(torch.cat(views).contiguous(memory_format=CHANNELS_LAST)))
        return self.criterion(*embeddings.chunk(2))


class WithTarget(nn.Module):
    """Both methods move the target before a step, which is after the optimizer of the step before."""

    def __init__(self, backbone, projector):
        super().__init__()
        self.online = nn.Sequential(backbone, projector)
        self.target = copy.deepcopy(self.online)
        deactivate_requires_grad(self.target)


class MoCo(WithTarget):
    batch, rate = 256, 0.06

    def __init__(self, backbone):
        super().__init__(backbone, MoCoProjectionHead(128, 128, 64))
        self.criterion = NTXentLoss(temperature=0.1, memory_bank_size=(4096, 64))

    def forward(self, views, step, steps):
        update_momentum(self.online, self.target, 0.99)
        queries = self.online(views[0])
        with torch.no_grad():
            keys = self.target(views[1])
        return self.criterion(queries, keys)


class BYOL(WithTarget):
    # The 780 steps of batch 256 teach it nothing.
    batch, rate = 64, 0.06

    def __init__(self, backbone):
        super().__init__(backbone, BYOLProjectionHead(128, 256, 64))
        self.predictor = BYOLPredictionHead(64, 256, 64)
        self.criterion = NegativeCosineSimilarity()

    def forward(self, views, step, steps):
        update_momentum(self.online, self.target, cosine_schedule(step, steps, 0.99, 1.0))
        p = [self.predictor(self.online(view)) for view in views]
        with torch.no_grad():
            z = [self.target(view) for view in views]
        # The paper's 2 - 2 cos, both directions added.
        return 4 + 2 * (self.criterion(p[0], z[1]) + self.criterion(p[1], z[0]))


METHODS = {"simclr": SimCLR, "moco": MoCo, "byol": BYOL}


def train(method, images, seed, epochs):
    """The backbone after `epochs`, its last epoch's mean loss, and the seconds that training took."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    backbone = ResNetGenerator("resnet-18", width=0.25)
    backbone.linear = nn.Identity()
    model = METHODS[method](backbone).to(memory_format=CHANNELS_LAST)
    loader = torch.utils.data.DataLoader(
        Views(images), batch_size=model.batch, shuffle=True, drop_last=True, num_workers=1, persistent_workers=True,
        worker_init_fn=seed_worker, generator=torch.Generator().manual_seed(seed))
    steps = epochs * len(loader)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=model.rate, momentum=0.9, weight_decay=5e-4)
    schedule = CosineWarmupScheduler(optimizer, warmup_epochs=len(loader), max_epochs=steps, start_value=1.0,
                                     end_value=0.0)
    started, step, mean_loss = time.perf_counter(), 0, float("nan")
    for epoch in range(epochs):
        losses = []
        for views in loader:
            loss = model([view.contiguous(memory_format=CHANNELS_LAST) for view in views], step, steps)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            step += 1
        mean_loss = sum(losses) / len(losses)
        seconds = time.perf_counter() - started
        print(f"{method}, seed {seed}, epoch {epoch + 1} of {epochs}: loss {mean_loss:.4f}, {seconds:.0f} s",
              file=sys.stderr, flush=True)
    return backbone, mean_loss, time.perf_counter() - started


@torch.no_grad()
def extract(backbone, images):
    backbone.eval()
    mean, std = torch.tensor(MEAN), torch.tensor(STD)
    rows = []
    for start in range(0, len(images), 500):
        batch = (torch.from_numpy(images[start:start + 500]) / 255 - mean) / std
        rows.append(backbone(batch.permute(0, 3, 1, 2).contiguous(memory_format=CHANNELS_LAST)).flatten(1))
    return torch.cat(rows)


def knn_accuracy(bank, bank_labels, queries, labels):
    bank, labels = normalize(bank, dim=1).T.contiguous(), torch.from_numpy(labels)
    classes = int(bank_labels.max()) + 1
    ranked = [knn_predict(part, bank, torch.from_numpy(bank_labels), classes, knn_k=200, knn_t=0.1)
              for part in normalize(queries, dim=1).split(500)]
    return (torch.cat(ranked)[:, 0] == labels).float().mean().item()


def probe_accuracy(features, labels, test_features, test_labels):
    features, test_features = features.double().numpy(), test_features.double().numpy()
    held_out = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        held_out[rows[len(rows) - len(rows) // 10:]] = True

    def fitted(rows, c):
        mean, std = features[rows].mean(0), features[rows].std(0) + 1e-8
        model = LogisticRegression(C=c, max_iter=5000, tol=1e-5).fit((features[rows] - mean) / std, labels[rows])
        return lambda x, y: float((model.predict((x - mean) / std) == y).mean())

    scores = {c: fitted(~held_out, c)(features[held_out], labels[held_out]) for c in (0.001, 0.01, 0.1, 1.0, 10.0)}
    chosen = max(scores, key=lambda c: (scores[c], -c))
    return fitted(np.ones(len(labels), bool), chosen)(test_features, test_labels), chosen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--method", choices=METHODS, default="simclr")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--images-per-class", type=int, default=1000)
    arguments = parser.parse_args()
    images, labels = read_split(arguments.data / "train", arguments.images_per_class)
    test_images, test_labels = read_split(arguments.data / "test", None)
    backbone, loss, seconds = train(arguments.method, images, arguments.seed, arguments.epochs)
    features, test_features = extract(backbone, images), extract(backbone, test_images)
    linear, chosen = probe_accuracy(features, labels, test_features, test_labels)
    print(json.dumps({
        "seed": arguments.seed, "knn": knn_accuracy(features, labels, test_features, test_labels), "linear": linear,
        "chosenC": chosen, "loss": loss, "trainingSeconds": seconds, "versions": {
            "torch": torch.__version__, "torchvision": torchvision.__version__, "lightly": lightly.__version__,
            "scikit-learn": sklearn.__version__}}))


main()
