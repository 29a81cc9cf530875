import { STORAGES } from './torch-storages.ts';

/** What puts a tensor together of a storage and a shape. */
export const TENSORS: readonly string[] = ['torch._utils._rebuild_tensor', 'torch._utils._rebuild_tensor_v2'];

/** What makes a parameter of a tensor. */
export const PARAMETERS: readonly string[] = [
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
];

/** Element types and devices, and Python's plain values, which stand beside tensors in a training state. */
const PLAIN = [
  ...[8, 16, 32, 64].flatMap((bits) => [`torch.int${bits}`, `torch.uint${bits}`]),
  ...['float16', 'float32', 'float64', 'bfloat16', 'bool', 'complex64', 'complex128', 'device'].map(
    (name) => `torch.${name}`,
  ),
  'builtins.bytearray',
  'builtins.bytes',
  'builtins.complex',
  '_codecs.encode',
];

const ALLOWED = new Set([...Object.keys(STORAGES), ...TENSORS, ...PARAMETERS, ...PLAIN]);

/** Whether a file of PyTorch may name a function or class, beside plain containers. */
export function isAllowedName(name: string): boolean {
  return ALLOWED.has(name);
}

/** Tensors of PyTorch that are no arrays of numbers, by what makes them. */
const OTHER_TENSORS: readonly (readonly [makes: RegExp, what: string])[] = [
  [/^torch\._utils\._rebuild_sparse/, 'a sparse tensor'],
  [/^torch\._utils\._rebuild_qtensor|^torch\.Q\w+Storage|^torch\.per_(tensor|channel)_/, 'a quantised tensor'],
  [/^torch\.Complex\w+Storage/, 'a tensor of complex numbers'],
  [
    /^torch\._utils\._rebuild_tensor_v3|^torch\.float[48]_|^torch\.storage\./,
    'a tensor of a rare type, such as float8',
  ],
  [/^torch\._utils\._rebuild_nested/, 'a nested tensor'],
  [/^torch\._utils\._rebuild_meta/, 'a tensor without values (device meta)'],
  [
    /^torch\._utils\._rebuild_(xla|device|wrapper)|^torch\._tensor\.|^torch\.distributed\./,
    'a tensor of a special kind',
  ],
];

/** Modules of Python that run programs, open files or connections, or look other names up. */
const CODE =
  /^(os|nt|posix|subprocess|sys|shutil|socket|pty|runpy|importlib|imp|ctypes|code|codeop|commands|platform|webbrowser|urllib|requests|http|ftplib|asyncio|multiprocessing|threading|signal|pickle|_pickle|dill|cloudpickle|marshal|types(?!\.SimpleNamespace$)|operator|inspect|timeit|cProfile|profile|pdb|bdb|doctest|pydoc|pip|setuptools|torch\.hub|torch\._inductor|torch\.utils\.cpp_extension|numpy\.f2py|numpy\.testing)\./;

/** Functions of Python that run text, open files, or look other names up. */
const BUILTIN_CODE =
  /^builtins\.(eval|exec|compile|open|setattr|delattr|globals|locals|vars|input|__import__|breakpoint|apply|execfile|map|filter)$/;

/** A class of a network: then the file holds a whole model, whose classes are code. */
const NETWORK = /^(torch\.nn\.|torchvision\.models\.|timm\.(models|layers)\.|transformers\.models\.)/;

/** Why names are refused, for a sentence that ends with them. */
export type Refusal =
  | { readonly kind: 'code'; readonly name: string }
  | { readonly kind: 'tensor'; readonly name: string; readonly what: string }
  | { readonly kind: 'network'; readonly name: string }
  | { readonly kind: 'data'; readonly name: string };

/** The gravest reason to refuse one of some names: programs before tensors of other kinds, networks, and other data. */
export function refusalOf(names: readonly string[]): Refusal {
  const code = names.find((name) => CODE.test(name) || BUILTIN_CODE.test(name));
  if (code !== undefined) return { kind: 'code', name: code };
  const network = names.find((name) => NETWORK.test(name));
  if (network !== undefined) return { kind: 'network', name: network };
  const [first = ''] = names;
  for (const name of names) {
    const what = OTHER_TENSORS.find(([makes]) => makes.test(name))?.[1];
    if (what !== undefined) return { kind: 'tensor', name, what };
  }
  return { kind: 'data', name: first };
}
