import type { TorchEncoder } from './torch-names.ts';

/** Python lines of a loader. */
export interface LoaderLines {
  readonly imports: readonly string[];
  /** They make `model`, without a classifier. */
  readonly model: readonly string[];
  /** Values of an image's features. */
  readonly features: number;
}

/** An encoder, and whether its file holds a projector (`projector.*`) besides the backbone. */
export type LoadedEncoder = TorchEncoder & { readonly hasProjector?: boolean | undefined };

const WITHOUT_PROJECTOR = [
  'tensors = {name: value for name, value in load_file(path).items() if not name.startswith("projector.")}',
  'model.load_state_dict(tensors, strict=True)',
];

/** Python source with a function `load_encoder(path)` that runs these lines and loads the weights strictly. */
export function formatLoader({ imports, model, features }: LoaderLines, encoder: LoadedEncoder): string {
  const { backbone, size, hasProjector = false } = encoder;
  const isModule = (line: string): number => (line.startsWith('import ') ? 0 : 1);
  const sorted = ['from safetensors.torch import load_file', ...imports].sort(
    (a, b) => isModule(a) - isModule(b) || (a < b ? -1 : 1),
  );
  const body = [
    `"""${backbone.name}: normalised images [n, 3, ${size}, ${size}] -> features [n, ${features}]."""`,
    ...model,
    ...(hasProjector ? WITHOUT_PROJECTOR : ['model.load_state_dict(load_file(path), strict=True)']),
    'return model.eval()',
  ];
  return `${[...sorted, '', '', 'def load_encoder(path):', ...body.map((line) => `    ${line}`)].join('\n')}\n`;
}
