import type { Mistake } from './mistake.ts';

const NOT_A_BUNDLE =
  'hint: A bundle is made by cl-doctor --bundle DIR where there is a network; copy all of DIR, and name the copy.';
const ALONE = 'hint: CL_TENSORFLOW=gpu or CL_TENSORFLOW=cpu chooses the build for all else.';
const SIZE = 'error: --part-size: expected a size of at least 1.00 MB, such as 60MB or 2GB, got';

/** Bundles for machines without a network, and what `cl-doctor` does not do at once. */
export const BUNDLING: readonly Mistake[] = [
  {
    command: 'cl-doctor --from flowers',
    says: ['error: --from goes with --install: flowers was not read', 'hint: cl-doctor --install --from flowers'],
  },
  {
    command: 'cl-doctor --install --from flowers',
    says: ['error: expected a folder with a bundle, got flowers, which has no bundle.json', NOT_A_BUNDLE],
  },
  {
    command: 'cl-doctor --install --from flwers',
    says: ['error: expected a folder with a bundle, got flwers, which is not there', NOT_A_BUNDLE],
  },
  {
    command: 'cl-doctor --install --from a.png',
    says: ['error: expected a folder with a bundle, got a.png, which is a file', NOT_A_BUNDLE],
  },
  {
    command: 'cl-doctor --bundle out --from flowers',
    says: [
      'error: expected --bundle DIR or --install --from DIR, got both',
      'hint: A bundle is made here, and installed there.',
    ],
  },
  {
    command: 'cl-doctor --bundle out --install',
    says: ['error: expected --bundle or --install, got both', 'hint: A bundle fetches what it needs by itself.'],
  },
  {
    command: 'cl-doctor --bundle out --gpu --cpu',
    says: ['error: expected --gpu or --cpu, got both', 'hint: Make a bundle of each: they take a folder each.'],
  },
  { command: 'cl-doctor --bundle out --part-size many', says: [`${SIZE} many`] },
  { command: 'cl-doctor --bundle out --part-size 999kB', says: [`${SIZE} 999kB`] },
  { command: 'cl-doctor --bundle out --part-size -1', says: [`${SIZE} -1`] },
  { command: 'cl-doctor --gpu', says: ['error: --gpu goes with --bundle DIR', ALONE] },
  { command: 'cl-doctor --install --cpu', says: ['error: --cpu goes with --bundle DIR', ALONE] },
  { command: 'cl-doctor --part-size 60MB', says: ['error: --part-size goes with --bundle DIR', ALONE] },
  {
    command: "cl-doctor --bundle ''",
    says: ['error: expected the folder of a bundle, got an empty name', 'hint: Name a folder.'],
  },
  {
    command: 'cl-doctor --bundle flowers',
    says: [
      'error: --bundle: expected a new or empty folder, got flowers, which holds rose',
      'hint: Name another folder.',
    ],
  },
  {
    command: 'cl-doctor --bundle a.png',
    says: ['error: --bundle: expected a folder, new or empty, got a.png, which is a file'],
  },
  {
    command: 'CL_TENSORFLOW=python cl-doctor --bundle out',
    says: [
      'error: CL_TENSORFLOW names a TensorFlow that this tool did not fetch: it is not bundled',
      'hint: Say --cpu or --gpu.',
    ],
  },
  {
    command: 'cl-doctor --placement simclr --bundle out',
    says: ["error: option '--placement <config>' cannot be used with option '--bundle <dir>'"],
  },
  {
    command: 'cl-doctor --gpu-check --install',
    says: ["error: option '--gpu-check' cannot be used with option '--install'"],
  },
  {
    command: 'cl-doctor --placement simclrr',
    says: ['error: --placement: expected the name of a preset or a YAML file, got simclrr, which is neither'],
  },
];
