import { VITS } from '../../backbones/create-backbone.ts';
import type { BackboneConfig } from '../../config/run-config.ts';

type VitConfig = Exclude<BackboneConfig, { stem: unknown }>;

/** Heads of the published vision transformers with learnt positions (timm, DeiT, DINO), where MoCo v3 has others. */
const LEARNT_HEADS: Readonly<Partial<Record<VitConfig['name'], number>>> = { 'vit-small-16': 6 };

/** The heads that are usual with learnt positions. */
export function usualHeads(name: VitConfig['name']): VitConfig['heads'] {
  return LEARNT_HEADS[name] ?? 'auto';
}

/** Whether a vision transformer has other heads than published weights with learnt positions. */
export function hasUnusualHeads(settings: BackboneConfig): boolean {
  if ('stem' in settings) return false;
  const usual = LEARNT_HEADS[settings.name];
  const heads = settings.heads === 'auto' ? VITS[settings.name].heads : settings.heads;
  return settings.positions === 'learned' && usual !== undefined && heads !== usual;
}
