import type { ExportFormat } from '../../config/export-formats.ts';
import { UserError } from '../../util/errors.ts';

/** What of an encoder is exported: the backbone's features, or the embedding of the projector behind it. */
export const PARTS = ['backbone', 'projector'] as const;
/** One row of features for each image, or the maps of a ResNet's four stages. */
export const FEATURES = ['pooled', 'pyramid'] as const;
/** What graphs take: uint8 images [n, size, size, 3], or float32 that is normalised already. */
export const INPUTS = ['images', 'normalized'] as const;

/** What is exported, and in which formats. */
export interface ExportChoice {
  /** Each once. */
  readonly formats: readonly ExportFormat[];
  readonly part: (typeof PARTS)[number];
  readonly features: (typeof FEATURES)[number];
  /** Of the formats that are graphs. */
  readonly input: (typeof INPUTS)[number];
}

/** Whether a format is a graph that computes, and not a file of weights. */
export function isGraph(format: ExportFormat): boolean {
  return format !== 'torchvision' && format !== 'timm';
}

/**
 * Checks that a choice fits the backbone.
 *
 * @throws UserError (exit code 2) for a pyramid of a vision transformer or of a projector.
 */
export function checkChoice({ features, part }: ExportChoice, backbone: string): void {
  if (features !== 'pyramid') return;
  if (backbone.startsWith('vit')) {
    throw new UserError(`--features pyramid: expected a ResNet, which has four stages, got ${backbone}`, {
      exitCode: 2,
      hint: 'Export its features: --features pooled',
    });
  }
  if (part === 'projector') {
    throw new UserError('--features pyramid: expected --part backbone, got projector, which has no maps', {
      hint: 'Leave one of them out.',
      exitCode: 2,
    });
  }
}
