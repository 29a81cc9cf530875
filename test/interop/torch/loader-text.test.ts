import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../../src/checkpoint/safetensors-write.ts';
import { loaderText } from '../../../src/interop/torch/loader-text.ts';
import { type TorchLibrary, torchTensors } from '../../../src/interop/torch/torch-names.ts';
import { fromNested, type NestedNumbers } from '../../../src/runtime/host-tensor.ts';
import { tempFolder } from '../../data/temp-files.ts';
import { expectNear } from '../../support-tensors.ts';
import { featuresOf, filled, hashed, settingsOf, stateOf, type TorchModel } from './torch-models.ts';

const encoder = (size: number, backbone: object) => ({
  size,
  backbone: settingsOf(backbone as TorchModel['backbone']),
});

describe('a loader', () => {
  it("is torchvision's or timm's own model where that is ours", () => {
    expect(loaderText('torchvision', encoder(224, { name: 'wide-resnet50-2' }))).toMatchInlineSnapshot(`
      "from safetensors.torch import load_file
      from torch import nn
      from torchvision.models import wide_resnet50_2


      def load_encoder(path):
          """wide-resnet50-2: normalised images [n, 3, 224, 224] -> features [n, 2048]."""
          model = wide_resnet50_2()
          model.fc = nn.Identity()
          model.load_state_dict(load_file(path), strict=True)
          return model.eval()
      "
    `);
    expect(loaderText('timm', encoder(224, { name: 'resnet50' }))).toMatchInlineSnapshot(`
      "import timm
      from safetensors.torch import load_file


      def load_encoder(path):
          """resnet50: normalised images [n, 3, 224, 224] -> features [n, 2048]."""
          model = timm.create_model("resnet50", num_classes=0)
          model.load_state_dict(load_file(path), strict=True)
          return model.eval()
      "
    `);
    expect(loaderText('timm', encoder(224, { name: 'vit-tiny-16' }))).toMatchInlineSnapshot(`
      "import timm
      from safetensors.torch import load_file


      def load_encoder(path):
          """vit-tiny-16: normalised images [n, 3, 224, 224] -> features [n, 192]."""
          model = timm.create_model("vit_tiny_patch16_224", num_classes=0)
          model.load_state_dict(load_file(path), strict=True)
          return model.eval()
      "
    `);
  });

  it('replaces stem and stages where they differ', () => {
    const narrow = encoder(32, { name: 'resnet18', stem: 'cifar', width: 16 });
    expect(loaderText('torchvision', narrow)).toMatchInlineSnapshot(`
      "from safetensors.torch import load_file
      from torch import nn
      from torchvision.models import resnet18
      from torchvision.models.resnet import BasicBlock


      def load_encoder(path):
          """resnet18: normalised images [n, 3, 32, 32] -> features [n, 128]."""
          model = resnet18()
          model.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
          model.bn1 = nn.BatchNorm2d(16)
          model.maxpool = nn.Identity()
          model.inplanes = 16
          model.layer1 = model._make_layer(BasicBlock, 16, 2)
          model.layer2 = model._make_layer(BasicBlock, 32, 2, stride=2)
          model.layer3 = model._make_layer(BasicBlock, 64, 2, stride=2)
          model.layer4 = model._make_layer(BasicBlock, 128, 2, stride=2)
          model.fc = nn.Identity()
          model.load_state_dict(load_file(path), strict=True)
          return model.eval()
      "
    `);
    expect(loaderText('timm', narrow)).toMatchInlineSnapshot(`
      "import timm
      from safetensors.torch import load_file
      from timm.models.resnet import BasicBlock
      from torch import nn


      def load_encoder(path):
          """resnet18: normalised images [n, 3, 32, 32] -> features [n, 128]."""
          model = timm.create_model("resnet18", num_classes=0, channels=(16, 32, 64, 128))
          model.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
          model.bn1 = nn.BatchNorm2d(16)
          model.maxpool = nn.Identity()
          model.layer1[0] = BasicBlock(16, 16)
          model.load_state_dict(load_file(path), strict=True)
          return model.eval()
      "
    `);
    expect(loaderText('timm', encoder(224, { name: 'resnet50x2' }))).toMatchInlineSnapshot(`
      "import timm
      from safetensors.torch import load_file
      from timm.models.resnet import Bottleneck, downsample_conv
      from torch import nn


      def load_encoder(path):
          """resnet50x2: normalised images [n, 3, 224, 224] -> features [n, 4096]."""
          model = timm.create_model("resnet50", num_classes=0, channels=(128, 256, 512, 1024))
          model.conv1 = nn.Conv2d(3, 128, 7, stride=2, padding=3, bias=False)
          model.bn1 = nn.BatchNorm2d(128)
          model.layer1[0] = Bottleneck(
              128, 128, downsample=downsample_conv(128, 512, kernel_size=1)
          )
          model.load_state_dict(load_file(path), strict=True)
          return model.eval()
      "
    `);
  });

  it('makes a vision transformer for the size of its views', () => {
    const small = encoder(96, { name: 'vit-small-16' });
    expect(loaderText('torchvision', small)).toMatchInlineSnapshot(`
      "from safetensors.torch import load_file
      from torch import nn
      from torchvision.models import VisionTransformer


      def load_encoder(path):
          """vit-small-16: normalised images [n, 3, 96, 96] -> features [n, 384]."""
          model = VisionTransformer(
              image_size=96, patch_size=16, num_layers=12,
              num_heads=12, hidden_dim=384, mlp_dim=1536,
          )
          model.heads = nn.Identity()
          model.load_state_dict(load_file(path), strict=True)
          return model.eval()
      "
    `);
    expect(loaderText('timm', small)).toMatchInlineSnapshot(`
      "import timm
      from safetensors.torch import load_file


      def load_encoder(path):
          """vit-small-16: normalised images [n, 3, 96, 96] -> features [n, 384]."""
          model = timm.create_model("vit_small_patch16_224", num_classes=0, img_size=96, num_heads=12)
          model.load_state_dict(load_file(path), strict=True)
          return model.eval()
      "
    `);
  });
});

// CL_PYTHON names a Python with torch, torchvision, timm and safetensors.
const { CL_PYTHON } = process.env;

const MODELS = [
  encoder(32, { name: 'resnet18', stem: 'cifar' }),
  encoder(64, { name: 'resnet34', width: 6 }),
  encoder(32, { name: 'resnet50x2', stem: 'cifar', width: 4 }),
  encoder(64, { name: 'wide-resnet50-2', width: 6 }),
  encoder(48, { name: 'vit-tiny-16' }),
  encoder(32, { name: 'vit-tiny-16', positions: 'learned', heads: 6 }),
];

describe.skipIf(CL_PYTHON === undefined)("Python's encoder (CL_PYTHON)", () => {
  it.for<TorchLibrary>(['torchvision', 'timm'])(
    'loads strictly and gives the same features: %s',
    async (library, test) => {
      try {
        execFileSync(CL_PYTHON as string, ['-c', `import safetensors.torch, ${library}`], { stdio: 'ignore' });
      } catch {
        return test.skip(`${CL_PYTHON} has no ${library}, or no safetensors`);
      }
      const root = tempFolder();
      const wanted = [];
      const folders = MODELS.map((_, i) => join(root, String(i)));
      for (const [i, model] of MODELS.entries()) {
        const folder = folders[i] as string;
        let place = 0;
        const state = stateOf(model, (shape, name) => filled(name, shape, ++place));
        const images = hashed([2, model.size, model.size, 3], 0);
        mkdirSync(folder);
        writeFileSync(join(folder, 'loader.py'), loaderText(library, model));
        const tensors = torchTensors(library, { ...model, tensors: state });
        await writeSafetensors(join(folder, 'weights.safetensors'), tensors, { format: 'pt' });
        await writeSafetensors(join(folder, 'images.safetensors'), { images });
        wanted.push(await featuresOf(model, state, images));
      }
      const script = join(import.meta.dirname, 'run-loader.py');
      const text = execFileSync(CL_PYTHON as string, [script, ...folders], { encoding: 'utf8', maxBuffer: 2 ** 26 });
      const found: NestedNumbers[] = JSON.parse(text.trimEnd().split('\n').at(-1) as string);
      for (const [i, features] of wanted.entries()) expectNear(features, fromNested(found[i] as NestedNumbers), 1e-4);
    },
  );
});
