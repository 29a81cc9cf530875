// Runs in the page: loads an exported encoder, checks it against its verification pair, and embeds images.
/* global tf, document, createImageBitmap, OffscreenCanvas */

const { encoder } = await (await fetch('export/export.json')).json();
const model = await tf.loadGraphModel('export/tfjs/model.json');
const status = document.querySelector('#status');

/** Features [n, f] of pixels, int32 [n, size, size, 3]; an export of `--input images` normalises them itself. */
export async function embed(pixels) {
  const features = tf.tidy(() => model.execute({ [model.inputs[0].name]: pixels }));
  const rows = await features.array();
  features.dispose();
  return rows;
}

/** An image as the encoder sees it: its short side resized, its centre cropped; nearly as Pillow does it. */
async function toPixels(file) {
  const bitmap = await createImageBitmap(file);
  const scale = encoder.resize / Math.min(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  const context = new OffscreenCanvas(encoder.size, encoder.size).getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, (encoder.size - width) / 2, (encoder.size - height) / 2, width, height);
  return tf.browser.fromPixels(context.getImageData(0, 0, encoder.size, encoder.size));
}

/** An array of a .npy file, whose header is a line of text. */
async function readNpy(path, Type) {
  const buffer = await (await fetch(path)).arrayBuffer();
  const from = 10 + new DataView(buffer).getUint16(8, true);
  return new Type(buffer.slice(from));
}

/** The largest difference between the features here and those that came with the export, by their largest. */
async function verify() {
  const images = await readNpy('export/verification/images.npy', Uint8Array);
  const expected = await readNpy('export/verification/features.npy', Float32Array);
  const pixels = tf.tensor4d(Int32Array.from(images), [
    images.length / (3 * encoder.size ** 2),
    encoder.size,
    encoder.size,
    3,
  ]);
  const found = (await embed(pixels)).flat();
  const differences = found.map((value, i) => Math.abs(value - expected[i]));
  return Math.max(...differences) / Math.max(...expected.map(Math.abs));
}

function cosine(a, b) {
  const dot = (x, y) => x.reduce((sum, value, k) => sum + value * y[k], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

document.querySelector('#files').addEventListener('change', async ({ target }) => {
  const files = [...target.files];
  const pixels = tf.stack(await Promise.all(files.map(toPixels)));
  const rows = await embed(pixels);
  pixels.dispose();
  const sorted = files.map((file, i) => ({ file, similarity: cosine(rows[0], rows[i]) }));
  sorted.sort((a, b) => b.similarity - a.similarity);
  document.querySelector('#images').replaceChildren(
    ...sorted.map(({ file, similarity }) => {
      const figure = document.createElement('figure');
      const image = document.createElement('img');
      image.src = URL.createObjectURL(file);
      figure.append(image, `${file.name}: ${similarity.toFixed(3)}`);
      return figure;
    }),
  );
});

/** Resolves when the encoder is loaded and checked. */
export const ready = verify().then((difference) => {
  status.textContent = `${encoder.backbone}, ${encoder.features} features, verified: ${difference.toExponential(1)}`;
  return difference;
});
