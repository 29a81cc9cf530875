import { fromTorchvisionVitName } from '../torch/vit-names.ts';

/** How a tool calls the parts of a network; `rename` turns its names into ours. */
export interface NameForm {
  /** For a sentence that begins with "its layers are"; undefined for our own names. */
  readonly described?: string | undefined;
  rename(name: string): string;
}

/** `shortcut` is what lightly and others call a block's `downsample`. */
const withDownsample = (name: string): string => name.replace(/^(layer\d\.\d+)\.shortcut\./, '$1.downsample.');

/**
 * Numbered parts of `nn.Sequential(*list(resnet.children())[:-1])`, whose first stage has the number `first`: 4 in
 * torchvision's, 3 without its max-pool, 2 without its ReLU as well.
 */
function numbered(first: number): NameForm {
  return {
    described: `numbered, as nn.Sequential does; those of layer1 begin with ${first}`,
    rename(name) {
      const [, number = '', rest = ''] = /^(\d)\.(.+)$/.exec(name) ?? [];
      if (number === '') return name;
      const stage = Number(number) - first + 1;
      if (number === '0' || number === '1') return `${number === '0' ? 'conv1' : 'bn1'}.${rest}`;
      return stage >= 1 && stage <= 4 ? withDownsample(`layer${stage}.${rest}`) : name;
    },
  };
}

/** Our names, which are those of torchvision's ResNets and timm's vision transformers. */
export const OWN_FORM: NameForm = { rename: withDownsample };

/** The forms that are known; a name that the others leave as it is is not of their form. */
export const NAME_FORMS: readonly NameForm[] = [
  OWN_FORM,
  numbered(4),
  numbered(3),
  numbered(2),
  { described: "named as in torchvision's VisionTransformer", rename: fromTorchvisionVitName },
];
