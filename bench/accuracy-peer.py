"""SimCLR with PyTorch and lightly: what `npm run bench -- accuracy --peer run` compares with.

    python bench/accuracy-peer.py --data FOLDER [--seed 0] [--epochs 20] [--images-per-class 1000]

The recipe is that of configs/simclr-accuracy.yaml. Progress goes to standard error, the result to standard output
as one line of JSON.
"""

import argparse
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
from lightly.loss import NTXentLoss
from lightly.models import ResNetGenerator
from lightly.models.modules.heads import ProjectionHead
from lightly.transforms import SimCLRTransform
from lightly.utils.benchmarking import knn_predict
from lightly.utils.scheduler import CosineWarmupScheduler
from PIL import Image
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn.functional import normalize

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
BATCH = 256
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


def train(images, seed, epochs):
    """The backbone after `epochs` of SimCLR, its last epoch's mean loss, and the seconds that training took."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    backbone = ResNetGenerator("resnet-18", width=0.25)
    backbone.linear = nn.Identity()
    projector = ProjectionHead([(128, 128, nn.BatchNorm1d(128), nn.ReLU()), (128, 64, None, None)])
    model = nn.Sequential(backbone, projector).to(memory_format=CHANNELS_LAST)
    loader = torch.utils.data.DataLoader(
        Views(images), batch_size=BATCH, shuffle=True, drop_last=True, num_workers=1, persistent_workers=True,
        worker_init_fn=seed_worker, generator=torch.Generator().manual_seed(seed))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.06 * BATCH / 256, momentum=0.9, weight_decay=5e-4)
    schedule = CosineWarmupScheduler(optimizer, warmup_epochs=len(loader), max_epochs=epochs * len(loader),
                                     start_value=1.0, end_value=0.0)
    criterion = NTXentLoss(temperature=0.2)
    started, mean_loss = time.perf_counter(), float("nan")
    for epoch in range(epochs):
        losses = []
        for views in loader:
            embeddings = model(torch.cat(views).contiguous(memory_format=CHANNELS_LAST))
            loss = criterion(*embeddings.chunk(2))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        mean_loss = sum(losses) / len(losses)
        seconds = time.perf_counter() - started
        print(f"seed {seed}, epoch {epoch + 1} of {epochs}: loss {mean_loss:.4f}, {seconds:.0f} s", file=sys.stderr, flush=True)
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
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--images-per-class", type=int, default=1000)
    arguments = parser.parse_args()
    images, labels = read_split(arguments.data / "train", arguments.images_per_class)
    test_images, test_labels = read_split(arguments.data / "test", None)
    backbone, loss, seconds = train(images, arguments.seed, arguments.epochs)
    features, test_features = extract(backbone, images), extract(backbone, test_images)
    linear, chosen = probe_accuracy(features, labels, test_features, test_labels)
    print(json.dumps({
        "seed": arguments.seed, "knn": knn_accuracy(features, labels, test_features, test_labels), "linear": linear,
        "chosenC": chosen, "loss": loss, "trainingSeconds": seconds, "versions": {
            "torch": torch.__version__, "torchvision": torchvision.__version__, "lightly": lightly.__version__,
            "scikit-learn": sklearn.__version__}}))


main()
