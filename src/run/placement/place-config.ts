import { viewSizes } from '../../config/resolve-views.ts';
import type { RunConfig } from '../../config/run-config.ts';
import type { TensorSpec } from '../../runtime/host-tensor.ts';
import { type KernelTable, readKernelTable } from '../../runtime/placement/kernel-table.ts';
import { libraryKernels } from '../../runtime/placement/library-kernels.ts';
import {
  type FunctionPlacement,
  type PlacementFinding,
  placeFunction,
} from '../../runtime/placement/place-function.ts';
import type { ProgramFunction } from '../../runtime/program.ts';
import { recordProgram } from '../../runtime/record-program.ts';
import { initialStepState } from '../../train/step.ts';
import { buildParts, type RunParts } from '../assembly/resolve-run.ts';
import { featureFunction } from '../encoder/encoder-program.ts';
import type { ImageLayout } from '../images/image-layout.ts';
import { trainFunctions } from '../training/training-program.ts';
import { evaluationView } from '../views/evaluation-view.ts';
import { trainingViews } from '../views/view-groups.ts';

/** A finding that costs nothing worth mending, with the reason; undefined for one that should be mended. */
export interface JudgedFinding extends PlacementFinding {
  readonly harmless: string | undefined;
}

interface JudgedPlacement extends FunctionPlacement {
  readonly findings: readonly JudgedFinding[];
}

/** Where the operations of a configuration's functions would be computed. */
export interface ConfigPlacement {
  /** The release of TensorFlow whose kernels were asked for. */
  readonly tensorflow: string;
  readonly functions: Readonly<Record<string, JudgedPlacement>>;
}

/** What may stay: each with the reason. Everything else is to be mended. */
const HARMLESS: readonly (Pick<PlacementFinding, 'kind' | 'operation' | 'types'> & { readonly why: string })[] = [
  {
    kind: 'to-card',
    operation: 'GatherV2',
    types: 'float32, int32 -> float32',
    why: "MoCo's shuffle: the order of a batch's images, which the host draws and feeds; a kilobyte, and no step waits",
  },
];

/** The reason why a finding may stay, if it may. */
export function judgeFinding(finding: PlacementFinding): JudgedFinding {
  const isSame = (known: (typeof HARMLESS)[number]): boolean =>
    known.kind === finding.kind && known.operation === finding.operation && known.types === finding.types;
  return { ...finding, harmless: HARMLESS.find(isSame)?.why };
}

/** Whether anything of a placement should be mended. */
export function isClean({ functions }: ConfigPlacement): boolean {
  return Object.values(functions).every(
    ({ findings, notDeterministic }) =>
      notDeterministic.length === 0 && findings.every(({ harmless }) => harmless !== undefined),
  );
}

/**
 * Records what a run of a configuration computes, for a GPU, and asks which of it has kernels there. Needs neither GPU
 * nor images: training is recorded for images that are held whole, and for crops.
 */
export async function placeConfig(config: RunConfig): Promise<ConfigPlacement> {
  const parts = buildParts(config);
  const session = { ...parts.session, device: 'auto', graphFor: 'gpu' } as const;
  const side = Math.max(...viewSizes(config.views));
  const layouts: Readonly<Record<string, ImageLayout>> = {
    'whole images': { kind: 'whole', height: side, width: side },
    crops: { kind: 'crops' },
  };
  const training = Object.entries(layouts).flatMap(([images, layout]) => {
    const views = trainingViews(config.views, layout, session);
    const functions = trainFunctions({ ...parts, views, session });
    return Object.entries(functions).map(([name, each]): [string, ProgramFunction] => [`${name}, ${images}`, each]);
  });
  const features = featureFunction({ encoder: parts.model, view: evaluationView(config.views) });
  const functions = { ...Object.fromEntries(training), features };
  const table = kernelTable();
  const { graph, functions: recorded } = await recordProgram({ state: stateSpecs(parts), functions, session });
  try {
    const placed = [...recorded].map(([name, each]) => {
      const { findings, ...counts } = placeFunction(graph, each, table);
      return [name, { ...counts, findings: findings.map(judgeFinding) }] as const;
    });
    return { tensorflow: table.tensorflow, functions: Object.fromEntries(placed) };
  } finally {
    graph.close();
  }
}

/** The kernels of the loaded TensorFlow where it is built for GPUs, else those of the build that would be fetched. */
function kernelTable(): KernelTable {
  return libraryKernels() ?? readKernelTable();
}

function stateSpecs({ model, step, batchSize }: RunParts): Record<string, TensorSpec> {
  const variables = Object.entries(model.method.variables).map(([name, { shape }]): [string, TensorSpec] => [
    name,
    { dtype: 'float32', shape },
  ]);
  return { ...Object.fromEntries(variables), ...initialStepState(step, batchSize) };
}
