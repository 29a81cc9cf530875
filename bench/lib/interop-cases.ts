import { parseArgs } from 'node:util';

/** A library's model that is like a backbone of ours, by the library's name. */
export interface Counterpart {
  readonly library: 'torchvision' | 'timm';
  readonly name: string;
  /** What has to be said of its weights here, as their names and shapes don't. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

/** An encoder that goes to other tools and comes back. */
export interface Case {
  readonly name: string;
  /** Settings of the run that it is exported from. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Side of its images in pixels. */
  readonly size: 32 | 224;
  readonly normalize: 'cifar10' | 'imagenet';
  readonly stem: 'cifar' | 'imagenet';
  readonly counterparts: readonly Counterpart[];
}

const RESNETS = ['resnet18', 'resnet34', 'resnet50', 'resnet101', 'wide-resnet50-2'] as const;
const WIDENED = ['resnet18x2', 'resnet50x2'] as const;
const VITS = { 'vit-tiny-16': { name: 'vit_tiny_patch16_224' }, 'vit-small-16': { name: 'vit_small_patch16_224' } };

function resnetCase(backbone: string, stem: 'cifar' | 'imagenet', hasCounterpart: boolean): Case {
  const isSmall = stem === 'cifar';
  const [size, normalize] = isSmall ? ([32, 'cifar10'] as const) : ([224, 'imagenet'] as const);
  const name = backbone.replaceAll('-', '_');
  return {
    name: `${backbone}/${stem}`,
    settings: { 'backbone.name': backbone, 'backbone.stem': stem, 'views.size': size, 'views.normalize': normalize },
    ...{ size, normalize, stem },
    counterparts: hasCounterpart ? (['torchvision', 'timm'] as const).map((library) => ({ library, name })) : [],
  };
}

function vitCase(backbone: keyof typeof VITS): Case {
  const [size, normalize] = [224, 'imagenet'] as const;
  return {
    name: backbone,
    settings: { 'backbone.name': backbone, 'views.size': size, 'views.normalize': normalize },
    ...{ size, normalize, stem: 'imagenet' },
    counterparts: [
      // Heads leave no trace in shapes: of learnt positions timm's 6 are presumed, where this one has MoCo v3's 12.
      { library: 'torchvision', name: backbone, settings: backbone === 'vit-small-16' ? { 'backbone.heads': 12 } : {} },
      { library: 'timm', ...VITS[backbone] },
    ],
  };
}

/** Every backbone with each of its stems; of those with twice the channels, which only their own loaders build, two. */
export const CASES: readonly Case[] = [
  ...RESNETS.flatMap((name) => (['cifar', 'imagenet'] as const).map((stem) => resnetCase(name, stem, true))),
  ...(['vit-tiny-16', 'vit-small-16'] as const).map(vitCase),
  ...WIDENED.map((name) => resnetCase(name, 'cifar', false)),
];

const USAGE = `Use: npm run bench -- interop [--only resnet18/cifar,vit-tiny-16]

Exports every backbone in every format, loads it in PyTorch, onnxruntime, TensorFlow and a browser, and compares the features of
64 images; and reads weights of torchvision and timm back. CL_PEER_PYTHON names a Python with PyTorch; otherwise one is set up.
CL_IMAGENET names a tar archive or a folder of photographs; without it the bundled images of CIFAR-10 are enlarged. Without a
Chromium on the path (or in CL_CHROMIUM) the browser is left out. --only takes the backbones whose names begin so; results of others stay.`;

/** The backbones that the command line names, all without `--only`; ends the process with what is wrong with it. */
export function readCases(): readonly Case[] {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const names = values.only.split(',').filter(Boolean);
  const cases = CASES.filter(({ name }) => names.length === 0 || names.some((begin) => name.startsWith(begin)));
  const unknown = names.find((begin) => !CASES.some(({ name }) => name.startsWith(begin)));
  if (unknown !== undefined) {
    console.error(`Expected --only to name some of ${CASES.map(({ name }) => name).join('; ')}, got ${unknown}.\n`);
    console.error(USAGE);
    process.exit(2);
  }
  return cases;
}
