"""What PyTorch, torchvision, timm and onnxruntime make of exported encoders: `interop-peer.py JOB.json`.

Every task of the job reads and writes safetensors files: images as uint8 [n, size, size, 3], features as float32.
Prints one line of JSON, with what each task has to say and the versions of the packages.
"""
import ast
import json
import sys

import numpy as np
import onnx
import onnxruntime
import PIL
import safetensors
import timm
import torch
import torchvision
from PIL import Image, ImageOps, features
from safetensors.numpy import load_file, save_file
from safetensors.torch import load_file as load_torch
from safetensors.torch import save_file as save_torch
from torch import nn
from torchvision import transforms
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.backbone_utils import BackboneWithFPN

CHUNK = 16


def normalized(images, mean, std):
    """uint8 [n, size, size, 3] as PyTorch's input: float32 [n, 3, size, size]."""
    scaled = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().float() / 255
    return (scaled - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)


@torch.inference_mode()
def features_of(model, images, mean, std):
    model.eval()
    parts = [model(normalized(images[at:at + CHUNK], mean, std)) for at in range(0, len(images), CHUNK)]
    return torch.cat(parts).numpy()


def images_of(task):
    return load_file(task["images"])["images"]


def save_features(task, features):
    save_file({"features": np.ascontiguousarray(features, np.float32)}, task["output"])


def loader_of(text):
    """The function `load_encoder` of a card: of its code the imports and definitions, without the lines that use them."""
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef))]
    names = {}
    exec(compile(tree, "card", "exec"), names)
    return names["load_encoder"]


def load(task):
    """Loads an export by its card, strictly, and computes features."""
    model = loader_of(task["loader"])(task["file"])
    save_features(task, features_of(model, images_of(task), task["mean"], task["std"]))
    return {"parameters": sum(p.numel() for p in model.parameters())}


def run_onnx(task):
    """Computes features by onnxruntime, of uint8 images or of normalised ones."""
    onnx.checker.check_model(task["file"], full_check=True)
    session = onnxruntime.InferenceSession(task["file"], providers=["CPUExecutionProvider"])
    (fed,) = session.get_inputs()
    images = images_of(task)
    parts = []
    for at in range(0, len(images), CHUNK):
        batch = images[at:at + CHUNK]
        if fed.type == "tensor(float)":
            batch = normalized(batch, task["mean"], task["std"]).numpy()
        parts.append(session.run(None, {fed.name: batch})[0])
    save_features(task, np.concatenate(parts))
    return {"input": fed.type, "opset": onnx.load(task["file"], load_external_data=False).opset_import[0].version}


VITS = {"vit-tiny-16": (192, 3), "vit-small-16": (384, 12)}


def theirs(library, name, stem, size):
    """A model of a library as it is born, its classifier too, the stem of a ResNet changed as for CIFAR."""
    if name in VITS:
        width, heads = VITS[name]
        model = torchvision.models.VisionTransformer(size, 16, 12, heads, width, 4 * width)
    elif library == "timm":
        model = timm.create_model(name)
    else:
        model = getattr(torchvision.models, name)()
    if stem == "cifar":
        model.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        model.maxpool = nn.Identity()
    return model


def make(task):
    """Makes a model of a library with random weights and statistics, saves it in both forms, and computes features."""
    torch.manual_seed(task["seed"])
    model = theirs(task["library"], task["name"], task["stem"], task["size"])
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
    torch.save(model.state_dict(), task["pth"])
    save_torch(model.state_dict(), task["safetensors"])
    for classifier in ("fc", "head", "heads"):
        if hasattr(model, classifier):
            setattr(model, classifier, nn.Identity())
    save_features(task, features_of(model, images_of(task), task["mean"], task["std"]))
    return {"tensors": len(model.state_dict())}


def prepare(task):
    """Images as the card prepares them, from files (`images`) and from pixels of the other side (`others`).

    Files are decoded by Pillow (`decoded.0` and so on); resizing and cropping is torchvision's on Pillow's images.
    """
    mode = transforms.InterpolationMode(task["interpolation"])
    crop = transforms.Compose([transforms.Resize(task["resize"], mode), transforms.CenterCrop(task["size"])])
    own = [ImageOps.exif_transpose(Image.open(path)).convert("RGB") for path in task["files"]]
    pixels = load_file(task["decoded"])
    others = [Image.fromarray(pixels[f"decoded.{index}"]) for index in range(len(own))]
    tensors = {"images": np.stack([np.asarray(crop(image)) for image in own]),
               "others": np.stack([np.asarray(crop(image)) for image in others])}
    save_file(tensors | {f"decoded.{index}": np.array(image) for index, image in enumerate(own)}, task["output"])
    return {"libjpeg": features.version("libjpeg_turbo")}


def detect(task):
    """Takes a pyramid as the body of Faster R-CNN with FPN, loads it strictly, and makes one step of training."""
    torch.manual_seed(0)
    norm = torchvision.ops.misc.FrozenBatchNorm2d if task["frozen"] else nn.BatchNorm2d
    body = getattr(torchvision.models, task["name"])(norm_layer=norm)
    body.fc = nn.Identity()
    body.load_state_dict(load_torch(task["file"]), strict=True)
    images = images_of(task)
    with torch.inference_mode():
        body.eval()
        x = body.maxpool(body.relu(body.bn1(body.conv1(normalized(images, task["mean"], task["std"])))))
        stages = {}
        for index in range(1, 5):
            x = getattr(body, f"layer{index}")(x)
            stages[f"c{index + 1}"] = x.numpy()
    save_file({name: np.ascontiguousarray(stage) for name, stage in stages.items()}, task["output"])
    for name, parameter in body.named_parameters():
        parameter.requires_grad_(not name.startswith(tuple(task["kept"])))
    channels = [stage.shape[1] for stage in stages.values()]
    layers = {f"layer{index}": str(index - 1) for index in range(1, 5)}
    backbone = BackboneWithFPN(body.train(), layers, channels, 256)
    side = images.shape[1]
    model = FasterRCNN(backbone, num_classes=3, min_size=side, max_size=side,
                       image_mean=task["mean"], image_std=task["std"]).train()
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    pictures = [torch.from_numpy(image).permute(2, 0, 1).float() / 255 for image in images]
    boxes = torch.tensor([[20.0, 30.0, 150.0, 180.0], [60.0, 60.0, 200.0, 120.0]])
    targets = [{"boxes": boxes, "labels": torch.tensor([1, 2])} for _ in pictures]
    loss = sum(model(pictures, targets).values())
    loss.backward()
    name, first = next((name, p) for name, p in model.backbone.body.named_parameters() if p.requires_grad)
    before, gradient = first.detach().clone(), first.grad.norm().item()
    optimizer.step()
    return {"loss": loss.item(), "first": name, "gradient": gradient,
            "moved": (first.detach() - before).abs().max().item()}


TASKS = {"load": load, "onnx": run_onnx, "make": make, "prepare": prepare, "detect": detect}


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    results = []
    for task in job["tasks"]:
        results.append(TASKS[task["kind"]](task))
        print(f"Python: {task['title']}", file=sys.stderr, flush=True)
    modules = (torch, torchvision, timm, onnx, onnxruntime, np, PIL, safetensors)
    versions = {module.__name__: module.__version__ for module in modules}
    print(json.dumps({"results": results, "versions": versions}))


if __name__ == "__main__":
    main()
