#!/usr/bin/env node
// Finds the images of a folder that are most alike, by the features of a trained encoder.
//
//   node examples/find-neighbours.mjs runs/simclr PHOTOS        # a run folder
//   node examples/find-neighbours.mjs torchvision.safetensors PHOTOS   # or an export, or weights of torchvision or timm
//
// Prints a line for each image: its name, and its three nearest with their cosine similarities.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadEncoder } from 'contrastive-learning-train';

const NEAREST = 3;

const [source, folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Use: node examples/find-neighbours.mjs RUN|FILE FOLDER');
  process.exit(2);
}
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(?:jpe?g|png|webp)$/i.test(name))
  .sort();

const encoder = await loadEncoder(statSync(source).isDirectory() ? { run: source } : { weights: source });
const features = await encoder.embed(names.map((name) => join(folder, name)));
encoder.close();

const rows = names.map((_, i) => normalized(features.subarray(i * encoder.featureSize, (i + 1) * encoder.featureSize)));
for (const [i, name] of names.entries()) {
  const others = names.map((other, j) => ({ other, similarity: dot(rows[i], rows[j]) })).filter((_, j) => j !== i);
  const nearest = others.sort((a, b) => b.similarity - a.similarity).slice(0, NEAREST);
  const cells = nearest.map(({ other, similarity }) => `${other} ${similarity.toFixed(3)}`);
  console.log([name, ...cells].join('\t'));
}

function dot(a, b) {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}

function normalized(row) {
  const length = Math.sqrt(dot(row, row)) || 1;
  return row.map((value) => value / length);
}
