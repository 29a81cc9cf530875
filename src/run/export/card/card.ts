import { formatCount } from '../../../util/format-count.ts';
import { FORMAT_PATHS } from '../manifest.ts';
import type { CardFacts } from './card-facts.ts';
import { dataSection } from './data-section.ts';
import { evaluationSection } from './evaluation-section.ts';
import { frontMatter } from './front-matter.ts';
import { loadingSection } from './loading-section.ts';
import { table } from './markdown.ts';
import { METHODS, titleOf } from './names.ts';
import { overviewSection } from './overview-section.ts';
import { preprocessingSection } from './preprocessing-section.ts';
import { trainingSection } from './training-section.ts';

const PURPOSES = {
  torchvision: "PyTorch: torchvision's names and layouts, loads strictly",
  timm: "PyTorch: timm's names and layouts, loads strictly",
  onnx: 'ONNX Runtime and others, in any language',
  savedmodel: 'TensorFlow, TensorFlow Serving',
  tfjs: 'TensorFlow.js: browsers and Node',
} as const;

function filesSection({ choice, verification }: CardFacts): string {
  const { split } = verification;
  const images = split === undefined ? '8 generated patterns' : `8 ${split} images of the data`;
  const rows = choice.formats.map((format) => [`\`${FORMAT_PATHS[format]}\``, PURPOSES[format]]);
  const others = [
    ['`verification/images.npy`', `${images}, resized and cropped: uint8 [8, size, size, 3]`],
    ['`verification/features.npy`', 'what this encoder makes of them: float32'],
    ['`export.json`', 'the same facts for programs, and the SHA-256 of every file'],
  ];
  return `## Files\n\n${table(['file', 'what it is for'], [...rows, ...others])}`;
}

function verificationSection({ verification, description, choice }: CardFacts): string {
  const { split, indices } = verification;
  const which =
    split === undefined
      ? 'The data could not be opened when this was exported, so the images are eight generated patterns.'
      : `The images are numbers ${indices.map(formatCount).join(', ')} of the ${split} images: they are part of the data, so publish them only where the data may be.`;
  const means =
    choice.features === 'pyramid' ? ' `verification/c2.npy` to `c5.npy` hold the means of the four maps.' : '';
  return `## Verification

${which} \`verification/features.npy\` holds the ${formatCount(description.features)} features of each, computed in float32 on a CPU.${means} A tool that loaded the encoder rightly gives the same within 1e-3 of the largest feature of an image (1e-4 from the PyTorch files). \`cl-export --verify DIR\` checks all files so.`;
}

function originSection({ description, tool }: CardFacts): string {
  const rows = [
    ['tool', tool],
    ['run (hash of the settings that training depends on)', `\`${description.run}\``],
    ['checkpoint (SHA-256 of the file)', `\`${description.checkpoint}\``],
    ['step, epoch', `${formatCount(description.step)}, ${formatCount(description.epoch)}`],
  ];
  return `## Where it comes from\n\n${table(['', ''], rows)}`;
}

const UNKNOWN = `## Not known

The licence of the data and of these weights, how the data was collected, which people or places it shows, and how the
features do on other data than was measured here. Whoever publishes this card should say what they know.`;

/** The model card of an export: Markdown, a function of its facts. */
export function cardText(facts: CardFacts): string {
  const { description, training } = facts;
  const sections = [
    frontMatter(facts),
    `# ${titleOf(description.backbone)}, pretrained by ${METHODS[training.method.name]}`,
    overviewSection(facts),
    filesSection(facts),
    preprocessingSection(description),
    loadingSection(facts),
    trainingSection(facts),
    dataSection(facts.data),
    evaluationSection(facts.evaluations),
    verificationSection(facts),
    originSection(facts),
    UNKNOWN,
  ];
  return `${sections.join('\n\n')}\n`;
}
