import type { ExportFormat } from '../../../config/export-formats.ts';
import type { CardFacts } from './card-facts.ts';
import { fenced } from './markdown.ts';

const PYRAMID = ['c2', 'c3', 'c4', 'c5'];

/** The names of a graph's outputs. */
function outputNames({ choice, encoder }: CardFacts): string[] {
  if (choice.features === 'pyramid') return PYRAMID;
  return [encoder.projector === undefined ? 'features' : 'embedding'];
}

/** Python that makes a batch for a graph out of an opened image. */
function batchLines({ choice }: CardFacts, isOnnx: boolean): string {
  if (choice.input === 'images')
    return 'batch = np.stack([np.asarray(crop(open_image("photo.jpg")))])  # uint8 [1, size, size, 3]';
  const nchw = 'batch = preprocess(open_image("photo.jpg")).unsqueeze(0).numpy()  # float32 [1, 3, size, size]';
  return isOnnx ? nchw : `${nchw}\nbatch = batch.transpose(0, 2, 3, 1)  # [1, size, size, 3]`;
}

function onnxCode(facts: CardFacts, input: string): string {
  const names = outputNames(facts);
  return `import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("encoder.onnx")
${batchLines(facts, true)}
${names.join(', ')}${names.length === 1 ? ',' : ''} = session.run(${JSON.stringify(names)}, {"${input}": batch})`;
}

function savedModelCode(facts: CardFacts, input: string): string {
  return `import numpy as np
import tensorflow as tf

model = tf.saved_model.load("saved_model").signatures["serving_default"]
${batchLines(facts, false)}
outputs = model(${input}=tf.constant(batch))  # ${outputNames(facts).join(', ')}`;
}

function tfjsCode(facts: CardFacts): string {
  const { size, mean, std } = facts.description;
  const list = (values: readonly number[]): string => `[${values.join(', ')}]`;
  const normalized =
    facts.choice.input === 'images'
      ? 'const batch = tf.browser.fromPixels(canvas).expandDims(0); // int32 [1, size, size, 3]'
      : `const pixels = tf.browser.fromPixels(canvas).expandDims(0).toFloat().div(255);
  const batch = pixels.sub(tf.tensor1d(${list(mean)})).div(tf.tensor1d(${list(std)}));`;
  const names = outputNames(facts);
  const results = names.length === 1 ? `const ${names[0]}` : `const [${names.join(', ')}]`;
  const asked = names.length === 1 ? `'${names[0]}'` : `[${names.map((name) => `'${name}'`).join(', ')}]`;
  return `<script src="https://cdn.jsdelivr.net/npm/@tensorflow/tfjs@4.22.0"></script>
<img id="photo" src="photo.jpg">
<script type="module">
  const model = await tf.loadGraphModel('tfjs/model.json');
  const photo = document.querySelector('#photo');
  await photo.decode();
  const canvas = new OffscreenCanvas(${size}, ${size});
  const side = Math.min(photo.naturalWidth, photo.naturalHeight)${facts.description.resize === size ? '' : ` * ${size} / ${facts.description.resize}`};
  const [left, top] = [(photo.naturalWidth - side) / 2, (photo.naturalHeight - side) / 2];
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(photo, left, top, side, side, 0, 0, ${size}, ${size});
  ${normalized}
  ${results} = model.execute(batch, ${asked});
</script>`;
}

/** How a graph is loaded and fed. */
export function graphLoading(format: Exclude<ExportFormat, 'torchvision' | 'timm'>, facts: CardFacts): string {
  const isRaw = facts.choice.input === 'images';
  const input = isRaw ? 'images' : 'input';
  const taken = isRaw
    ? 'It takes images after step 3, uint8, and does steps 4 and 5 itself; any number at once.'
    : 'It takes normalised images, after step 5; any number at once.';
  switch (format) {
    case 'onnx':
      return `${taken}\n\n${fenced(onnxCode(facts, input), 'python')}`;
    case 'savedmodel':
      return `${taken}\n\n${fenced(savedModelCode(facts, input), 'python')}`;
    case 'tfjs':
      return `${taken} Serve the folder \`tfjs\` beside the page. Browsers resize a little otherwise than Pillow, and the features differ by that.\n\n${fenced(tfjsCode(facts), 'html')}`;
  }
}
