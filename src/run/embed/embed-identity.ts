import { createHash } from 'node:crypto';
import type { BackboneConfig } from '../../config/run-config.ts';
import { fingerprintSource } from '../../data/pack/fingerprint-source.ts';
import { fingerprint } from '../../evaluate/frozen-encoder.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import { packageVersion } from '../../util/package-info.ts';
import type { EvaluationView } from '../views/evaluation-view.ts';
import type { NamedSplit } from './embed-splits.ts';
import { clearPartial, type EmbeddedIdentity, readIdentity } from './partial-features.ts';

/** What a table is made of. */
export interface TableParts {
  /** The tensors that features are computed by. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly network: { readonly backbone: BackboneConfig; readonly precision: string };
  readonly view: EvaluationView;
  readonly splits: readonly NamedSplit[];
  readonly features: string;
  readonly normalize: boolean;
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** What must be the same for a stopped table to go on: encoder, images, and what becomes of them. */
export async function identityOf(parts: TableParts): Promise<EmbeddedIdentity> {
  const { tensors, network, view, splits, features, normalize } = parts;
  const images: string[] = [];
  for (const { name, source } of splits) images.push(name, await fingerprintSource(source));
  return {
    version: packageVersion(),
    encoder: fingerprint(tensors),
    network: hashOf(network),
    view: hashOf([view.transform, view.normalization]),
    images: hashOf(images),
    features,
    normalize,
  };
}

/** What a difference of an identity is called. */
const NAMES: Readonly<Record<string, string>> = {
  version: 'the version of this tool',
  encoder: "the encoder's weights",
  network: 'backbone or precision',
  view: 'views.size or views.normalize',
  images: 'the images',
  features: '--features',
  normalize: '--normalize',
};

/**
 * Makes sure that what a folder holds belongs to this table; with `overwrite`, anything else is removed.
 *
 * @throws UserError (exit code 2) where it belongs to another one, saying what differs.
 */
export async function claimPartial(folder: string, identity: EmbeddedIdentity, overwrite: boolean): Promise<void> {
  const found = await readIdentity(folder);
  if (found === undefined) return;
  const other = Object.keys(identity).filter((key) => identity[key] !== found[key]);
  if (other.length === 0) return;
  if (overwrite) return clearPartial(folder);
  throw new UserError(
    `expected ${folder} of this command, got one begun with other settings: ${other.map((key) => NAMES[key] ?? key).join(', ')}`,
    { hint: 'Repeat the command that began it, choose another --output, or start anew with --overwrite.', exitCode: 2 },
  );
}
