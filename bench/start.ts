import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { givenPath } from './lib/data-sets.ts';
import { installBytesHere, installBytesThere } from './lib/install-size.ts';
import { ensureLightlyTrain, LIGHTLY_TRAIN_PACKAGES } from './lib/lightly-train.ts';
import { describeMachine } from './lib/machine.ts';
import { keepParts } from './lib/results.ts';
import { layImages, mistakesOf, type Programs, SIDES, type Side, startOf, TRAINED } from './lib/start-commands.ts';
import { formatTable } from './lib/table.ts';
import { type WatchedProgram, watchProgram } from './lib/watch-program.ts';

const PARTS = ['install', 'mistakes', 'training'] as const;

const USAGE = `Use: CL_CIFAR10=FOLDER npm run bench -- start [--rounds 3] [--only ${PARTS.join('|')}]

Times the first minutes with this tool and with LightlyTrain, both called by their commands, in turns: SimCLR with a ResNet-18 and
ImageNet's stem on ${TRAINED.images} JPEG files of CIFAR-10, ${TRAINED.epochs} epochs, from the command to the first step and to the end; five mistakes, from the
command to the message; and what is installed. CL_CIFAR10 names a folder with train/CLASS/*.jpg. LightlyTrain is installed from PyPI at the
first call, 6.3 GB. The first round is not counted: it fills the system's cache of files. Close other programs first.`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const only = PARTS.find((part) => part === values.only);
if (values.help || !Number.isInteger(rounds) || rounds < 1 || (values.only !== undefined && only === undefined)) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}
const has = (part: (typeof PARTS)[number]): boolean => only === undefined || only === part;
const cifar = givenPath('CL_CIFAR10', 'trainings and mistakes');
const scratch = mkdtempSync(join(tmpdir(), 'cl-bench-start-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const environment = await ensureLightlyTrain();
const programs: Programs = {
  here: [process.execPath, join('bin', 'cl-train.js')],
  lightlyTrain: join(environment, 'bin', 'lightly-train'),
};

const NAMES: Readonly<Record<Side, string>> = { here: 'cl-train', lightlyTrain: 'LightlyTrain' };
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const round = (value: number): number => Number(value.toPrecision(3));

/** Runs commands of both sides by turns, with nothing that an earlier start left in a cache; round 0 is dropped. */
async function takeTurns(
  title: string,
  run: (side: Side, folder: string, env: NodeJS.ProcessEnv) => Promise<WatchedProgram>,
): Promise<Record<Side, WatchedProgram[]>> {
  const found: Record<Side, WatchedProgram[]> = { here: [], lightlyTrain: [] };
  for (let number = 0; number <= rounds; number++) {
    for (const side of SIDES) {
      console.error(
        `${number === 0 ? 'round that is not counted' : `round ${number} of ${rounds}`}: ${title}, ${side}`,
      );
      const folder = mkdtempSync(join(scratch, 'turn-'));
      const cache = join(folder, 'cache');
      // As it is typed, but for what would go out to the network.
      const env = {
        ...process.env,
        ...{ CL_IMAGE_CACHE: cache, LIGHTLY_TRAIN_CACHE_DIR: cache, LIGHTLY_TRAIN_EVENTS_DISABLED: '1' },
      };
      const watched = await run(side, folder, env);
      if (number > 0) found[side].push(watched);
      rmSync(folder, { recursive: true });
    }
  }
  return found;
}

async function measureTraining(images: string) {
  const found = await takeTurns('training', async (side, folder, env) => {
    const { command, awaited } = startOf(side, programs, images, folder);
    const watched = await watchProgram(command, { env, awaited, output: join(folder, 'output.txt') });
    if (watched.exitCode === 0 && watched.eventSeconds !== undefined) return watched;
    throw new Error(`${NAMES[side]} ended with ${watched.exitCode}:\n${watched.text.slice(-2000)}`);
  });
  const of = (side: Side) => ({
    firstStepSeconds: round(median(found[side].map(({ eventSeconds = Number.NaN }) => eventSeconds))),
    seconds: round(median(found[side].map(({ seconds }) => seconds))),
    cpuSeconds: round(median(found[side].map(({ cpuSeconds }) => cpuSeconds))),
    peakMiB: Math.round(median(found[side].map(({ peakMiB }) => peakMiB))),
  });
  return { here: of('here'), lightlyTrain: of('lightlyTrain') };
}

const linesOf = (text: string): number => text.split('\n').filter((line) => line.trim() !== '').length;

async function measureMistakes(images: string) {
  const folder = join(scratch, 'mistakes');
  mkdirSync(folder);
  const results = [];
  for (const { name, command } of mistakesOf(programs, images, folder)) {
    const found = await takeTurns(name, (side, place, env) =>
      watchProgram(command(side), { env, output: join(place, 'output.txt') }),
    );
    const of = (side: Side) => {
      const [first] = found[side];
      if (first === undefined || first.exitCode === 0) throw new Error(`${NAMES[side]} did not mind: ${name}.`);
      return {
        seconds: round(median(found[side].map(({ seconds }) => seconds))),
        exitCode: first.exitCode,
        lines: linesOf(first.text),
        traceback: /^Traceback|^ *[│╭].*Traceback|^ {4}at /m.test(first.text),
      };
    };
    results.push({ mistake: name, here: of('here'), lightlyTrain: of('lightlyTrain') });
  }
  return results;
}

const measured = { ...describeMachine(), rounds, lightlyTrain: LIGHTLY_TRAIN_PACKAGES };
const ratio = (here: number, there: number): string => (there / here).toFixed(2);
const MIB = 2 ** 20;

if (has('install')) {
  const [here, lightlyTrain] = [await installBytesHere(), installBytesThere(environment)];
  const total = here.packages + here.tensorflow;
  keepParts('start', { install: { measured, bytes: { here, lightlyTrain }, ratio: round(lightlyTrain / total) } });
  const megabytes = (bytes: number): string => (bytes / MIB).toFixed(0);
  console.log(
    `\ninstalled, MiB: ${megabytes(here.packages)} packages + ${megabytes(here.tensorflow)} TensorFlow here,`,
  );
  console.log(`${megabytes(lightlyTrain)} LightlyTrain; ratio ${ratio(total, lightlyTrain)}`);
}
if (cifar !== undefined && (has('mistakes') || has('training'))) {
  const images = layImages(cifar, join(scratch, 'images'));
  if (has('mistakes')) {
    const mistakes = await measureMistakes(images);
    keepParts('start', { mistakes: { measured, mistakes } });
    const told = ({ seconds, exitCode, lines, traceback }: (typeof mistakes)[number]['here']): string[] => [
      seconds.toFixed(1),
      `${exitCode}`,
      `${lines}${traceback ? ', traceback' : ''}`,
    ];
    const rows = mistakes.map(({ mistake, here, lightlyTrain }) => [
      ...[mistake, ...told(here), ...told(lightlyTrain)],
      ratio(here.seconds, lightlyTrain.seconds),
    ]);
    const titles = ['s', 'exit', 'lines'].map((title) => `${title} here`);
    console.log(`\n${formatTable(['mistake', ...titles, 's there', 'exit there', 'lines there', 'ratio'], rows)}`);
  }
  if (has('training')) {
    const training = await measureTraining(images);
    const { here, lightlyTrain } = training;
    const what = [
      ['seconds to the first step', 'firstStepSeconds'],
      ['seconds to the end', 'seconds'],
      ['CPU seconds', 'cpuSeconds'],
      ['peak memory MiB', 'peakMiB'],
    ] as const;
    const ratios = Object.fromEntries(what.map(([, key]) => [key, round(lightlyTrain[key] / here[key])]));
    keepParts('start', { training: { measured, ...TRAINED, ...training, ratios } });
    const rows = what.map(([name, key]) => [
      ...[name, `${here[key]}`, `${lightlyTrain[key]}`],
      ratio(here[key], lightlyTrain[key]),
    ]);
    console.log(`\n${formatTable(['training', 'here', 'LightlyTrain', 'there / here'], rows)}`);
  }
}
