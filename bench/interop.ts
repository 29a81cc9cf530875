import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { tensorflowVersion } from '../src/runtime/c-api.ts';
import { findChromium } from './lib/chromium.ts';
import { CASES, readCases } from './lib/interop-cases.ts';
import { trainDetector } from './lib/interop-detector.ts';
import { runFineTuning } from './lib/interop-example.ts';
import { IMAGES, openComparedImages } from './lib/interop-images.ts';
import { comparePreprocessing } from './lib/interop-preprocessing.ts';
import { type CaseResult, type Comparison, LIMITS, runCase, type Tools } from './lib/interop-round.ts';
import { ensureInteropPackages, loadOnnxRuntime, ONNX_RUNTIME_NODE } from './lib/interop-tools.ts';
import { describeMachine } from './lib/machine.ts';
import { ensurePeerPython } from './lib/peer.ts';
import { readResults, renewResults, writeResults } from './lib/results.ts';
import { formatTable } from './lib/table.ts';

/** Networks whose way from the JPEG file is compared, and whose pyramid a detector gets. */
const PREPROCESSED = ['resnet18/cifar', 'resnet18/imagenet'];
const DETECTED = ['resnet18/imagenet', 'resnet50/imagenet'];
const FINE_TUNED = ['resnet18/cifar'];

const COMPARISONS = Object.keys(LIMITS) as Comparison[];

async function openTools(): Promise<Tools> {
  const python = await ensurePeerPython();
  const chromium = findChromium();
  if (chromium === undefined) console.error('Left out: the browser. Set CL_CHROMIUM to use one.');
  return { python, packages: await ensureInteropPackages(python), onnx: await loadOnnxRuntime(), chromium };
}

/** What is kept of all backbones, each with the machine and the commit that it was compared on. */
interface Kept {
  readonly results: readonly (CaseResult & { readonly measured: ReturnType<typeof describeMachine> })[];
  readonly preprocessing: readonly Awaited<ReturnType<typeof comparePreprocessing>>[];
  readonly detectors: readonly Awaited<ReturnType<typeof trainDetector>>[number][];
  readonly fineTuning: readonly { readonly name: string; readonly losses: readonly number[] }[];
}

function readKept(): Kept {
  return { results: [], preprocessing: [], detectors: [], fineTuning: [], ...readResults<Kept>('interop') };
}

/** Records with those of the same name in their place, in the order of the cases. */
function renew<Named extends { readonly name: string }>(before: readonly Named[], now: readonly Named[]): Named[] {
  const placeOf = ({ name }: Named): number => CASES.findIndex((each) => each.name === name);
  return renewResults(before, now, ({ name }) => name).toSorted((a, b) => placeOf(a) - placeOf(b));
}

const cases = readCases();
const folder = mkdtempSync(join(os.tmpdir(), 'cl-interop-'));
const work = join(folder, 'work');
const short = (value: number | undefined): string => (value === undefined ? '' : value.toExponential(1));
const isWithin = (value: number, limit: number): boolean => value <= limit;
try {
  const tools = await openTools();
  const compared = await openComparedImages(folder);
  const named = (names: readonly string[]) => cases.filter(({ name }) => names.includes(name));
  let kept = readKept();
  const preprocessing: Kept['preprocessing'][number][] = [];
  for (const each of named(PREPROCESSED)) preprocessing.push(await comparePreprocessing(each, compared, tools, work));
  const detectors: Kept['detectors'][number][] = [];
  for (const each of named(DETECTED)) detectors.push(...(await trainDetector(each, compared, tools, work)));
  const fineTuning: Kept['fineTuning'][number][] = [];
  for (const each of named(FINE_TUNED)) {
    fineTuning.push({ name: each.name, losses: await runFineTuning(each, compared, tools, work) });
  }
  const results: CaseResult[] = [];

  const findBeyond = ({ results, preprocessing, detectors, fineTuning }: Kept): string[] => [
    ...results.flatMap(({ name, errors }) =>
      COMPARISONS.filter((each) => !isWithin(errors[each] ?? 0, LIMITS[each])).map((each) => `${name}: ${each}`),
    ),
    ...preprocessing
      .filter(({ recipe, features }) => recipe.largest > 0 || !isWithin(features.sameDecoder, LIMITS.torchvision))
      .map(({ name }) => `${name}: preprocessing`),
    ...detectors
      .filter(({ loss, gradient, moved, pyramid }) => {
        const trains = Number.isFinite(loss) && gradient > 0 && moved > 0;
        return !trains || !isWithin(pyramid, LIMITS['ONNX, Node']);
      })
      .map(({ name }) => `${name}: Faster R-CNN`),
    ...fineTuning
      .filter(({ losses }) => losses.length !== 10 || !losses.every(Number.isFinite))
      .map(({ name }) => `${name}: examples/fine-tune.py`),
  ];
  const summarize = () => {
    const beyond = findBeyond(kept);
    const largest = Object.fromEntries(
      COMPARISONS.map((each) => [each, Math.max(...kept.results.map(({ errors }) => errors[each] ?? 0))]),
    );
    return {
      ...{ bench: 'interop', cases: CASES.length, done: kept.results.length, images: IMAGES },
      ...{ photographs: compared.photographs, within: beyond.length === 0, beyond, limits: LIMITS, largest },
      versions: { ...results[0]?.versions, tensorflow: tensorflowVersion(), 'onnxruntime-node': ONNX_RUNTIME_NODE },
      browser: { used: tools.chromium !== undefined, backend: results[0]?.backend },
    };
  };
  for (const each of cases) {
    const result = await runCase(each, compared, tools, work);
    results.push(result);
    kept = {
      results: renew(kept.results, [{ ...result, measured: describeMachine() }]),
      preprocessing: renew(kept.preprocessing, preprocessing),
      detectors: renew(kept.detectors, detectors),
      fineTuning: renew(kept.fineTuning, fineTuning),
    };
    // At once after each: an hour of comparisons should survive a failure.
    writeResults('interop', { ...summarize(), ...kept });
  }

  const rows = results.map(({ name, errors }) => [name, ...COMPARISONS.map((each) => short(errors[each]))]);
  console.log(formatTable([`${IMAGES} images`, ...COMPARISONS], rows));
  console.log();
  console.log(
    formatTable(
      ['from JPEG files', 'decoders: largest', 'mean', 'recipe: largest', 'features', 'of the same pixels'],
      preprocessing.map(({ name, decoders, recipe, features }) => [
        ...[name, String(decoders.largest), decoders.mean.toFixed(3), String(recipe.largest)],
        ...[short(features.files), short(features.sameDecoder)],
      ]),
    ),
  );
  console.log();
  console.log(
    formatTable(
      ['Faster R-CNN', 'frozen', 'loss', 'first trained', 'gradient', 'moved', 'pyramid'],
      detectors.map(({ name, frozen, loss, first, gradient, moved, pyramid }) => [
        ...[name, frozen ? 'BatchNorm, first stages' : 'nothing', loss.toFixed(3), first],
        ...[short(gradient), short(moved), short(pyramid)],
      ]),
    ),
  );

  for (const { name, losses } of fineTuning) console.log(`\nexamples/fine-tune.py, ${name}: loss ${losses.join(' ')}`);

  const summary = summarize();
  console.log(JSON.stringify(summary));
  if (summary.beyond.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
