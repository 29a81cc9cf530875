"""Takes an exported encoder to PyTorch: loads it into torchvision's own class, and fine-tunes it for a few steps.

    cl-export --run runs/simclr --format torchvision --output exports/simclr
    pip install torch torchvision safetensors
    python examples/fine-tune.py exports/simclr PHOTOS      # PHOTOS: a folder for each class

It builds ResNets of the published width, with either stem; for others take `load_encoder` of the export's README.md.
Prints the loss of each step.
"""
import json
import sys
from pathlib import Path

import torch
import torchvision
from safetensors.torch import load_file
from torch import nn
from torchvision import transforms
from torchvision.datasets import ImageFolder

STEPS = 10

folder, photos = Path(sys.argv[1]), sys.argv[2]
facts = json.loads((folder / "export.json").read_text())["encoder"]
settings = facts["settings"]
if settings.get("backbone.width") != 64:
    sys.exit(f"Expected a ResNet of width 64 in {folder}; this one is built by load_encoder of {folder / 'README.md'}.")

encoder = getattr(torchvision.models, facts["backbone"].replace("-", "_"))()
if settings["backbone.stem"] == "cifar":
    encoder.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    encoder.maxpool = nn.Identity()
encoder.fc = nn.Identity()
encoder.load_state_dict(load_file(folder / "torchvision.safetensors"), strict=True)

# For training one would crop at random instead.
preprocess = transforms.Compose([
    transforms.Resize(facts["resize"], interpolation=transforms.InterpolationMode(facts["interpolation"])),
    transforms.CenterCrop(facts["size"]),
    transforms.ToTensor(),
    transforms.Normalize(facts["mean"], facts["std"]),
])
images = ImageFolder(photos, transform=preprocess)
loader = torch.utils.data.DataLoader(images, batch_size=32, shuffle=True, generator=torch.Generator().manual_seed(0))

torch.manual_seed(0)
model = nn.Sequential(encoder, nn.Linear(facts["features"], len(images.classes)))
encoder.eval()  # BatchNorm keeps the statistics of pretraining.
# The new layer learns faster than what is trained already.
rates = [{"params": encoder.parameters(), "lr": 1e-5}, {"params": model[1].parameters(), "lr": 1e-3}]
optimizer = torch.optim.AdamW(rates)
print(f"{len(images)} images in {len(images.classes)} classes, {facts['features']} features")
for step, (batch, labels) in zip(range(STEPS), loader):
    loss = nn.functional.cross_entropy(model(batch), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"step {step}: loss {loss.item():.3f}")
