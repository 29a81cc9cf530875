"""The CIFAR ResNet-18 of the benchmarks in PyTorch, with torchvision's names; torchvision's own can't be narrower than 64."""
import torch.nn as nn
import torch.nn.functional as F


def downsample(inputs, outputs, stride, norm):
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm(outputs))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = norm(outputs)
        self.downsample = downsample(inputs, outputs, stride, norm)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class ResNet18(nn.Module):
    """[n, 3, h, w] -> features [n, 8 width]: 3x3 stem without a pool, no classifier."""

    def __init__(self, width, norm=nn.BatchNorm2d):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), norm(width)
        inputs = width
        for stage in range(4):
            outputs = width << stage
            blocks = nn.Sequential(Block(inputs, outputs, 2 if stage > 0 else 1, norm), Block(outputs, outputs, 1, norm))
            self.add_module(f"layer{stage + 1}", blocks)
            inputs = outputs

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return x.mean((2, 3))
