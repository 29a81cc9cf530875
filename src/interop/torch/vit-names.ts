/** What timm's VisionTransformer calls a part, which is our name, and what torchvision's does. */
const PARTS = [
  ['cls_token', 'class_token'],
  ['pos_embed', 'encoder.pos_embedding'],
  ['patch_embed.proj', 'conv_proj'],
  ['norm', 'encoder.ln'],
  ['head', 'heads.head'],
] as const;

/** The same of the parts of a block, from longer to shorter: the weights of queries, keys and values have no dot. */
const BLOCK_PARTS = [
  ['norm1', 'ln_1'],
  ['attn.qkv.weight', 'self_attention.in_proj_weight'],
  ['attn.qkv.bias', 'self_attention.in_proj_bias'],
  ['attn.proj', 'self_attention.out_proj'],
  ['norm2', 'ln_2'],
  ['mlp.fc1', 'mlp.0'],
  ['mlp.fc2', 'mlp.3'],
] as const;

/** Names in torchvision's files of weights, which its class renames when it loads them. */
const OLD_BLOCK_PARTS = [
  ['mlp.fc1', 'mlp.linear_1'],
  ['mlp.fc2', 'mlp.linear_2'],
] as const;

type Pairs = readonly (readonly [from: string, to: string])[];

/** A name of timm's VisionTransformer as torchvision's has it; one that neither has stays. */
export function toTorchvisionVitName(name: string): string {
  const [, index, part] = /^blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (part === undefined) return renamed(name, PARTS);
  return `encoder.layers.encoder_layer_${index}.${renamed(part, BLOCK_PARTS)}`;
}

/** A name of torchvision's VisionTransformer as timm's has it; one that neither has stays. */
export function fromTorchvisionVitName(name: string): string {
  const [, index, part] = /^encoder\.layers\.encoder_layer_(\d+)\.(.+)$/.exec(name) ?? [];
  if (part === undefined) return renamed(name, turned(PARTS));
  return `blocks.${index}.${renamed(part, turned([...BLOCK_PARTS, ...OLD_BLOCK_PARTS]))}`;
}

/** The name with the first part that it is, or begins with, under its other name. */
function renamed(name: string, pairs: Pairs): string {
  for (const [from, to] of pairs) {
    if (name === from || name.startsWith(`${from}.`)) return `${to}${name.slice(from.length)}`;
  }
  return name;
}

function turned(pairs: Pairs): Pairs {
  return pairs.map(([from, to]) => [to, from]);
}
