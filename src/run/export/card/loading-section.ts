import type { ExportFormat } from '../../../config/export-formats.ts';
import { loaderText } from '../../../interop/torch/loader-text.ts';
import type { TorchLibrary } from '../../../interop/torch/torch-names.ts';
import { FORMAT_PATHS } from '../manifest.ts';
import type { CardFacts } from './card-facts.ts';
import { graphLoading } from './graph-loading.ts';
import { fenced } from './markdown.ts';
import { detectorText, projectorText } from './torch-extras.ts';

const TITLES: Readonly<Record<ExportFormat, string>> = {
  torchvision: 'PyTorch, with torchvision',
  timm: 'PyTorch, with timm',
  onnx: 'ONNX',
  savedmodel: 'TensorFlow',
  tfjs: 'TensorFlow.js',
};

/** The library's own classes, filled strictly, on the preprocessing above. */
function torchLoading(library: TorchLibrary, facts: CardFacts): string {
  const { encoder, description, choice } = facts;
  const path = FORMAT_PATHS[library];
  const isVit = description.backbone.startsWith('vit');
  const classifier = !isVit ? 'fc' : library === 'timm' ? 'head' : 'heads';
  const loader = loaderText(library, {
    backbone: encoder.settings,
    size: description.size,
    hasProjector: encoder.projector !== undefined,
  });
  const use = `encoder = load_encoder("${path}")
with torch.inference_mode():
    features = encoder(preprocess(open_image("photo.jpg")).unsqueeze(0))`;
  const parts = [
    `There is no classifier: \`${classifier}\` of the library's class is left out.`,
    fenced(`import torch\n${loader}\n\n${use}`, 'python'),
    ...(encoder.projector === undefined ? [] : [projectorText(encoder, path)]),
    ...(choice.features === 'pyramid' && library === 'torchvision' ? [detectorText(path, description.features)] : []),
  ];
  return parts.join('\n\n');
}

/** How each file is loaded, as code that runs behind that of the preprocessing. */
export function loadingSection(facts: CardFacts): string {
  const sections = facts.choice.formats.map((format) => {
    const isTorch = format === 'torchvision' || format === 'timm';
    return `### ${TITLES[format]}\n\n${isTorch ? torchLoading(format, facts) : graphLoading(format, facts)}`;
  });
  return ['## Loading', ...sections].join('\n\n');
}
