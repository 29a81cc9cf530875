import type { MethodConfig } from '../../../config/run-config.ts';

/** Methods as people write them. */
export const METHODS: Readonly<Record<MethodConfig['name'], string>> = {
  simclr: 'SimCLR',
  moco: 'MoCo',
  mocov3: 'MoCo v3',
  byol: 'BYOL',
};

/** A backbone as people write it: `resnet18` is ResNet-18, `vit-small-16` is ViT-Small/16. */
export function titleOf(backbone: string): string {
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  const [, size, patch] = /^vit-(\w+)-(\d+)$/.exec(backbone) ?? [];
  if (size !== undefined) return `ViT-${capital(size)}/${patch}`;
  return backbone
    .replace(/^wide-resnet/, 'Wide ResNet-')
    .replace(/^resnet/, 'ResNet-')
    .replace(/(\d)x(\d)$/, '$1 (x$2)');
}
