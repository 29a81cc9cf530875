import { type ExportedEncoder, tensorsOf } from '../exported-encoder.ts';
import { type ProjectorPart, projectorParts } from '../projector.ts';
import { fenced } from './markdown.ts';

function moduleOf(part: ProjectorPart): string {
  if (part.kind === 'linear') return `nn.Linear(${part.input}, ${part.output}${part.bias ? '' : ', bias=False'})`;
  return part.kind === 'batchNorm' ? `nn.BatchNorm1d(${part.size}${part.affine ? '' : ', affine=False'})` : 'nn.ReLU()';
}

/** How the projector of a file of weights is built and loaded in PyTorch. */
export function projectorText({ tensors }: ExportedEncoder, path: string): string {
  const modules = projectorParts(tensorsOf(tensors, 'projector.')).map((part) => `        ${moduleOf(part)},`);
  const code = `from torch import nn


def load_projector(path):
    projector = nn.Sequential(
${modules.join('\n')}
    )
    prefix = "projector."
    tensors = {name[len(prefix):]: value for name, value in load_file(path).items() if name.startswith(prefix)}
    projector.load_state_dict(tensors, strict=True)
    return projector.eval()


projector = load_projector("${path}")
with torch.inference_mode():
    embedding = projector(features)`;
  return `The file holds the projector too, as \`projector.*\`. The verification pair is of its embedding.\n\n${fenced(code, 'python')}`;
}

/** How a ResNet becomes the body of torchvision's detectors. */
export function detectorText(path: string, features: number): string {
  const code = `from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.backbone_utils import BackboneWithFPN

body = load_encoder("${path}")
stages = {"layer1": "0", "layer2": "1", "layer3": "2", "layer4": "3"}
maps = IntermediateLayerGetter(body, return_layers=stages)(torch.zeros(1, 3, 224, 224))  # c2 to c5

channels = [${features} // 8, ${features} // 4, ${features} // 2, ${features}]
backbone = BackboneWithFPN(body, stages, channels, out_channels=256)
detector = FasterRCNN(backbone, num_classes=91)  # with the background`;
  return `As the body of a detector (maps of its four stages, with a feature pyramid network on them):\n\n${fenced(code, 'python')}`;
}
