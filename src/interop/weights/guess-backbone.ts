import { createBackbone } from '../../backbones/create-backbone.ts';
import type { BackboneConfig } from '../../config/backbone-settings.ts';
import { differencesOf, listNetworks, type Network } from './find-networks.ts';
import { areFixedPositions, viewSizeOf } from './fixed-positions.ts';
import type { WeightsFile } from './read-weights.ts';
import { usualHeads } from './usual-heads.ts';

type ResnetConfig = Extract<BackboneConfig, { stem: unknown }>;
type VitConfig = Exclude<BackboneConfig, ResnetConfig>;

/** ResNets by name, narrower ones first, and how many times its width the first stage has. */
const RESNETS: readonly (readonly [name: ResnetConfig['name'], times: number])[] = [
  ['resnet18', 1],
  ['resnet34', 1],
  ['resnet50', 1],
  ['resnet101', 1],
  ['wide-resnet50-2', 1],
  ['resnet18x2', 2],
  ['resnet50x2', 2],
  ['resnet101x2', 2],
];

const VITS: readonly VitConfig['name'][] = ['vit-tiny-16', 'vit-small-16'];

/** Channels of the first stage in the published networks. */
const USUAL_WIDTH = 64;

/**
 * The settings of a backbone whose variables a file has, from names and shapes; undefined for other networks. The heads
 * of a vision transformer, which neither shows, are those that are usual for its positions.
 */
export function guessBackbone(file: WeightsFile): BackboneConfig | undefined {
  const networks = listNetworks(file);
  const fits = (settings: BackboneConfig, viewSize?: number): boolean => {
    const { variables } = createBackbone(settings.name, { ...settings, viewSize }).layer;
    return networks.some((network) => differencesOf(network, variables, file).length === 0);
  };
  return (
    resnetsOf(networks, file).find((settings) => fits(settings)) ??
    vitsOf(networks, file).find(([settings, viewSize]) => fits(settings, viewSize))?.[0]
  );
}

/** ResNets with the first convolutions that there are; twice 64 channels are a wide network's, or one of width 128. */
function resnetsOf(networks: readonly Network[], { tensors, layout }: WeightsFile): ResnetConfig[] {
  const stems = networks.flatMap(({ names }): (readonly [ResnetConfig['stem'], number])[] => {
    const shape = tensors[names.get('conv1.weight') ?? '']?.shape ?? [];
    const [output = 0, input, kernel] = layout === 'torch' ? shape : [shape[3], shape[2], shape[0]];
    if (shape.length !== 4 || input !== 3) return [];
    return kernel === 7 ? [['imagenet', output]] : kernel === 3 ? [['cifar', output]] : [];
  });
  const distinct = [...new Map(stems.map((stem) => [stem.join(), stem])).values()];
  const candidates = distinct.flatMap(([stem, output]) =>
    RESNETS.map(
      ([name, times]): ResnetConfig => ({
        name,
        stem,
        width: output / times,
        zeroInitResidual: false,
        init: 'he-fan-out',
      }),
    ),
  );
  const unusual = ({ width }: ResnetConfig): number => Number(width !== USUAL_WIDTH);
  return candidates.filter(({ width }) => Number.isInteger(width)).sort((a, b) => unusual(a) - unusual(b));
}

/** Vision transformers with the positions that there are, and the size of the views that learnt ones are for. */
function vitsOf(networks: readonly Network[], { tensors }: WeightsFile): (readonly [VitConfig, number | undefined])[] {
  const learnt = networks
    .map(({ names }) => tensors[names.get('pos_embed') ?? ''])
    .filter((positions) => positions !== undefined && !areFixedPositions(positions));
  const sizes = new Set(learnt.flatMap((positions) => viewSizeOf(positions?.shape ?? []) ?? []));
  return [
    ...VITS.flatMap((name) =>
      [...sizes].map((size) => [{ name, positions: 'learned', heads: usualHeads(name) }, size] as const),
    ),
    ...(learnt.length > 0 ? [] : VITS.map((name) => [{ name, positions: 'fixed', heads: 'auto' }, undefined] as const)),
  ];
}
