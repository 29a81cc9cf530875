import { createHash } from 'node:crypto';
import type { Json } from '../../checkpoint/checkpoint.ts';
import type { RunConfig } from '../../config/run-config.ts';

/** What makes a run this run and no other: a checkpoint carries it, and resuming compares it. */
export interface RunIdentity {
  readonly seed: number;
  /** Of the settings below. */
  readonly configHash: string;
  /** The settings that the course of training depends on; the others may change when a run is resumed. */
  readonly settings: Json;
  /** The path of the weights that it starts from; what decides is their values, so it is not among the settings. */
  readonly init: string | undefined;
}

function decisiveSettings(config: RunConfig) {
  const { seed, data, views, backbone, method, optimizer, schedule, precision, evaluate } = config;
  const { path, train, classes, fraction, subsetPerClass, labels, labelField, pathField, exclude } = data;
  // A recipe's numbers decide, not its name.
  const { recipe: _, ...drawn } = views;
  return {
    seed,
    data: {
      ...{ path, train, classes, fraction, subsetPerClass, labelField, pathField, exclude },
      // Left out where it is the default, so that runs begun before the setting was there can be resumed.
      labels: labels === 'auto' ? undefined : labels,
    },
    views: drawn,
    backbone: decisiveBackbone(backbone),
    method,
    optimizer,
    schedule,
    precision,
    // It decides what is trained on.
    evaluate: evaluate.holdout === 0 ? undefined : { holdout: evaluate.holdout },
  };
}

/** The same holds of what vision transformers were without. */
function decisiveBackbone(backbone: RunConfig['backbone']) {
  if ('stem' in backbone) return backbone;
  const { name, positions, heads } = backbone;
  return {
    name,
    positions: positions === 'fixed' ? undefined : positions,
    heads: heads === 'auto' ? undefined : heads,
  };
}

/** The identity of a configuration's run. */
export function identityOf(config: RunConfig): RunIdentity {
  const text = JSON.stringify(decisiveSettings(config));
  return {
    seed: config.seed,
    configHash: createHash('sha256').update(text).digest('hex'),
    settings: JSON.parse(text) as Json,
    init: config.init,
  };
}
