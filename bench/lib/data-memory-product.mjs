import { relaunchWithEnvironment } from '../../dist/cli/relaunch.js';
import { loadConfig } from '../../dist/config/load.js';
import { buildParts, resolveRun } from '../../dist/run/assembly/resolve-run.js';
import { planSteps } from '../../dist/run/assembly/steps.js';
import { openImages, trainingCount } from '../../dist/run/images/run-images.js';
import { createTrainingBatches } from '../../dist/run/training/training-batches.js';

// Streams an experiment's images for an epoch or so many seconds, and prints what the process took as one line of JSON.
// JavaScript from the compiled package, as users run it: a TypeScript loader would count in the memory.
await relaunchWithEnvironment();
const [path = '', limit = '60'] = process.argv.slice(2);
const config = loadConfig(path, []);
const control = new AbortController();
const images = await openImages(config.data, () => {}, control.signal);
if (images.train.loaded) throw new Error('Expected images that are streamed.');
const run = resolveRun(config, buildParts(config), images, planSteps(trainingCount(images), config));
const fail = ({ name, reason }) => {
  throw new Error(`${name} ${reason}`);
};
const training = createTrainingBatches(run, fail, control.signal);
const begun = performance.now();
const samples = [];
let done = 0;
let batchBytes = 0;
const seconds = () => (performance.now() - begun) / 1000;
let sampledAt = 0;
const sample = () => {
  if (seconds() - sampledAt < 1) return;
  sampledAt = seconds();
  samples.push({ seconds: Number(sampledAt.toFixed(2)), images: done, rssBytes: process.memoryUsage.rss() });
};
for await (const { inputs } of training.batches(0, 0)) {
  batchBytes = inputs.reduce((sum, each) => sum + (each.images?.data.byteLength ?? 0), 0);
  done += config.schedule.batchSize;
  sample();
  if (seconds() > Number(limit)) break;
}
await training.close();
await images.close();
const text = JSON.stringify({ samples, batchBytes, peakBytes: process.resourceUsage().maxRSS * 1024 });
process.stdout.write(text, () => process.exit());
