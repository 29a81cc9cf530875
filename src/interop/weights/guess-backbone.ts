import { createBackbone } from '../../backbones/create-backbone.ts';
import type { BackboneConfig } from '../../config/run-config.ts';
import { differencesOf, listNetworks, type Network } from './find-networks.ts';
import type { WeightsFile } from './read-weights.ts';

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

/** The settings of a backbone whose variables a file has, from names and shapes; undefined for other networks. */
export function guessBackbone(file: WeightsFile): BackboneConfig | undefined {
  const networks = listNetworks(file);
  return [...resnetsOf(networks, file), ...vitsOf()].find((settings) => {
    const { variables } = createBackbone(settings.name, settings as ResnetConfig).layer;
    return networks.some((network) => differencesOf(network, variables, file).length === 0);
  });
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

function vitsOf(): VitConfig[] {
  return VITS.map((name) => ({ name }));
}
