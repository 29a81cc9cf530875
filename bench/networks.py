"""The networks of the benchmarks in PyTorch, with torchvision's names; torchvision's own can't be narrower than 64."""
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


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride, norm):
        super().__init__()
        width = outputs // 4
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = norm(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = norm(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = norm(outputs)
        self.downsample = downsample(inputs, outputs, stride, norm)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class ResNet(nn.Module):
    """[n, 3, h, w] -> features [n, `features`]: a stem and four stages, no classifier."""

    def __init__(self, block, expansion, blocks, width, norm, stem):
        super().__init__()
        kernel, stride, self.pools = stem
        self.conv1, self.bn1 = nn.Conv2d(3, width, kernel, stride, kernel // 2, bias=False), norm(width)
        inputs = width
        for stage, count in enumerate(blocks):
            outputs = expansion * (width << stage)
            made = [block(inputs if i == 0 else outputs, outputs, 2 if i == 0 and stage > 0 else 1, norm)
                    for i in range(count)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*made))
            inputs = outputs
        self.features = inputs

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.pools:
            x = F.max_pool2d(x, 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return x.mean((2, 3))


def ResNet18(width, norm=nn.BatchNorm2d):
    """For CIFAR: 3x3 stem without a pool; features [n, 8 width]."""
    return ResNet(Block, 1, (2, 2, 2, 2), width, norm, (3, 1, False))


def ResNet50(width, norm=nn.BatchNorm2d):
    """For ImageNet: 7x7 stem with stride 2 and a pool; features [n, 32 width]."""
    return ResNet(Bottleneck, 4, (3, 4, 6, 3), width, norm, (7, 2, True))
