import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/util/rng.ts';
import { BYTE_DAMAGES } from './damage-bytes.ts';
import { writeSet } from './damage-data-sets.ts';
import { beyond, type DamagePart } from './damage-part.ts';

const ROOT = join(import.meta.dirname, '../..');
const LIMITS = { seconds: 10, bytes: 400e6, characters: 4096 };

type TextDamage = (text: string, random: Random) => string;

const anyOf = <T>(random: Random, values: readonly T[]): T => values[random.integer(values.length)] as T;

const many = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join('');

/** Values that a setting should not have, or seldom has. */
const ODD_VALUES: readonly string[] = [
  ...['', '~', 'true', 'no', '0', '-1', '1', '1e308', '1e-320', '.inf', '.nan', '0x7fffffff', '9007199254740993'],
  ...[
    '1_000',
    '12e3',
    '1e15',
    '100000000',
    '2026-11-28',
    '12:30:45',
    '"',
    "'",
    '[]',
    '{}',
    '[1, 2',
    '{a: }',
    '*a',
    '&a',
  ],
  ...[
    '!!js/function "x"',
    '!!binary aGk=',
    '<<',
    '? a',
    '| x',
    '>-',
    '%',
    '@',
    '`',
    '\t',
    '\u0000',
    '\u202e',
    '\u{1f986}',
  ],
  ...['[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]', '{name: {name: {name: x}}}', '__proto__', 'constructor'],
  ...[
    'simclr',
    'adamw',
    'lars',
    'bfloat16',
    'resnet50',
    'vit-tiny',
    'none',
    'auto',
    '../..',
    '/dev/zero',
    '~',
    'file:///',
  ],
];

const lineOf = (text: string, random: Random): [lines: string[], at: number] => {
  const lines = text.split('\n');
  const settings = lines.flatMap((line, i) => (/^\s*[\w-]+:/.test(line) ? [i] : []));
  return [lines, settings.length === 0 ? 0 : anyOf(random, settings)];
};

/** Changes one line that holds a setting. */
const onLine =
  (change: (line: string, random: Random) => string): TextDamage =>
  (text, random) => {
    const [lines, at] = lineOf(text, random);
    lines[at] = change(lines[at] as string, random);
    return lines.join('\n');
  };

const long = (random: Random): string => 'x'.repeat(2 ** (4 + random.integer(12)));

const TEXT_DAMAGES: Readonly<Record<string, TextDamage>> = {
  'an odd value': onLine((line, random) => line.replace(/:.*$/s, () => `: ${anyOf(random, ODD_VALUES)}`)),
  'an odd value inside': onLine((line, random) => {
    const parts = [...line.matchAll(/: *[^,{}[\]#]+/g)];
    const part = parts[random.integer(Math.max(1, parts.length))];
    if (part === undefined) return line;
    return `${line.slice(0, part.index)}: ${anyOf(random, ODD_VALUES)}${line.slice(part.index + part[0].length)}`;
  }),
  'a misspelt key': onLine((line, random) => {
    const at = random.integer(Math.max(1, line.indexOf(':')));
    return line.slice(0, at) + anyOf(random, ['', 'x', '_', ' ', '\t', ':']) + line.slice(at + 1);
  }),
  'a long key': onLine((line, random) => `${/^\s*/.exec(line)?.[0]}${long(random)}: 1\n${line}`),
  'a long value': onLine((line, random) => line.replace(/:.*$/s, `: ${long(random)}`)),
  'another indent': onLine((line, random) => ' '.repeat(random.integer(9)) + line.trimStart()),
  'a tab': onLine((line) => `\t${line}`),
  'a line again': onLine((line) => `${line}\n${line}`),
  'a line left out': onLine(() => ''),
  'a section of another file': (text, random) =>
    `${text}\n${anyOf(random, ['model: resnet', 'trainer: {gpus: 1}', 'lr: 1'])}\n`,
  'many unknown keys': (text, random) => `${text}\n${many(2 ** (1 + random.integer(12)), (i) => `key-${i}: ${i}\n`)}`,
  'many unknown keys inside': (text, random) =>
    `${text}\nviews:\n${many(2 ** (1 + random.integer(12)), (i) => `  k${i}: ${i}\n`)}`,
  'many values': onLine((line, random) => {
    return line.replace(/:.*$/s, `: [${many(2 ** (1 + random.integer(13)), (i) => `${i}, `)}]`);
  }),
  'many errors': (text, random) => `${text}\n${many(2 ** (1 + random.integer(12)), () => 'a: [b\n')}`,
  'deep nesting': (text, random) => {
    const depth = 2 ** (2 + random.integer(14));
    return `${text}\nx: ${random.integer(2) ? `${'['.repeat(depth)}${']'.repeat(depth)}` : '{a: '.repeat(depth)}\n`;
  },
  'aliases of aliases': (text, random) => {
    const depth = 2 + random.integer(40);
    return `a0: &a0 [1, 2]\n${many(depth, (i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`)}${text}\nx: *a${depth}\n`;
  },
  'an alias of itself': onLine((line) => line.replace(/:.*$/s, ': &self {a: *self}')),
  'merge keys': (text, random) =>
    `x-a: &a {seed: 1, views: {size: 8}}\n<<: ${anyOf(random, ['*a', '[*a, *b]', '1', '{seed: x}', '*c'])}\n${text}`,
  'several documents': (text) => `${text}\n---\n${text}`,
  'an encoding': (text, random) =>
    anyOf(random, [
      () => `\ufeff${text}`,
      () => Buffer.from(text, 'utf16le').toString('latin1'),
      () => text.replaceAll('\n', '\r'),
      () => text.replaceAll('\n', '\r\n'),
      () => text.replaceAll(' ', '\u00a0'),
    ])(),
};

/** Mutated configurations of every preset: a plan, or a message under 4 kB with line and column. */
export async function configPart(): Promise<DamagePart> {
  const names = readdirSync(join(ROOT, 'configs')).filter((name) => name.endsWith('.yaml'));
  const presets = names.map((name) => readFileSync(join(ROOT, 'configs', name), 'utf8'));
  const picture = readFileSync(join(ROOT, 'test/fixtures/images/rgb.png'));
  const texts = Object.entries(TEXT_DAMAGES);
  const bytes = Object.entries(BYTE_DAMAGES);
  return {
    reader: new URL('./damage-config-reader.ts', import.meta.url),
    patience: 60,
    async make(index, random, folder) {
      // Some have images, and a batch of as many.
      const isWhole = random.integer(4) === 0;
      const images = isWhole ? writeSet(folder, { files: { 'a/1.png': picture, 'b/2.png': picture } }) : 'nowhere';
      const preset = anyOf(random, presets).replace(/^( +)path: .*$/m, `$1path: ${images}`);
      const text = isWhole ? preset.replace(/batchSize: \d+/, 'batchSize: 2') : preset;
      const path = join(folder, 'run.yaml');
      if (index % 4 === 3) {
        const [kind, damage] = anyOf(random, bytes);
        writeFileSync(path, damage(Buffer.from(text), random));
        return { path, kind };
      }
      const [kind, damage] = anyOf(random, texts);
      const first = damage(text, random);
      // A second damage of any kind shows how they are told together.
      writeFileSync(path, random.integer(3) === 0 ? anyOf(random, texts)[1](first, random) : first, 'utf8');
      return { path, kind };
    },
    problem: (outcome) => beyond(outcome, LIMITS),
  };
}
