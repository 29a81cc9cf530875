import type { VariableSpecs } from '../../nn/layer.ts';
import { type MlpOptions, mlp } from '../../nn/mlp.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';

type Tensors = Readonly<Record<string, HostTensor>>;

/** What stands at one number of the projector: nothing but ReLU has no tensors. */
export type ProjectorPart =
  | { readonly kind: 'linear'; readonly input: number; readonly output: number; readonly bias: boolean }
  | { readonly kind: 'batchNorm'; readonly size: number; readonly affine: boolean }
  | { readonly kind: 'relu' };

function partAt(tensors: Tensors, index: number): ProjectorPart {
  const of = (name: string): HostTensor | undefined => tensors[`${index}.${name}`];
  const mean = of('running_mean');
  if (mean !== undefined) return { kind: 'batchNorm', size: mean.shape[0] ?? 0, affine: of('weight') !== undefined };
  const weight = of('weight');
  if (weight === undefined) return { kind: 'relu' };
  const [input = 0, output = 0] = weight.shape;
  return { kind: 'linear', input, output, bias: of('bias') !== undefined };
}

/** The parts of a projector by its tensors, `0.weight` and so on in the layout of a state, numbered as in PyTorch. */
export function projectorParts(tensors: Tensors): ProjectorPart[] {
  const last = Math.max(-1, ...Object.keys(tensors).map((name) => Number.parseInt(name, 10)));
  return Array.from({ length: last + 1 }, (_, index) => partAt(tensors, index));
}

/**
 * The settings of the projector that these tensors are of.
 *
 * @throws UserError where they are not those of a multi-layer perceptron.
 */
export function projectorOptions(tensors: Tensors): MlpOptions {
  const parts = projectorParts(tensors);
  const linears = parts.filter((part) => part.kind === 'linear');
  const [first, final, last] = [linears[0], linears.at(-1), parts.at(-1)];
  if (first === undefined || final === undefined) {
    throw new UserError('--part projector: expected the tensors of a projector (projector.*), found none', {
      exitCode: 2,
      hint: 'Export the backbone: --part backbone',
    });
  }
  const options: MlpOptions = {
    input: first.input,
    hidden: first.output,
    output: final.output,
    layers: linears.length,
    batchNorm: linears.length > 1 && parts[1]?.kind === 'batchNorm',
    lastBias: final.bias,
    lastBatchNorm: last?.kind !== 'batchNorm' ? 'none' : last.affine ? 'affine' : 'plain',
  };
  if (shapesOf(mlp(options).variables) !== shapesOf(tensors)) {
    throw new UserError('--part projector: expected the tensors of linear maps, BatchNorm and ReLU, got others', {
      exitCode: 2,
    });
  }
  return options;
}

function shapesOf(record: VariableSpecs | Tensors): string {
  const shapes = Object.entries(record).map(([name, { shape }]) => `${name} ${shape.join('x')}`);
  return shapes.sort().join();
}
