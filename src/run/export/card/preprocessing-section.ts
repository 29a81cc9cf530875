import type { EncoderDescription } from '../description.ts';
import { fenced, table } from './markdown.ts';

const list = (values: readonly number[]): string => `[${values.join(', ')}]`;

/** torchvision's transforms up to the crop, as Python. */
function cropLines({ resize, size, interpolation }: EncoderDescription): string[] {
  return [
    `    transforms.Resize(${resize}, interpolation=transforms.InterpolationMode.${interpolation.toUpperCase()}),`,
    `    transforms.CenterCrop(${size}),`,
  ];
}

/** How an image becomes the encoder's input: numbers, and Python that does it. */
export function preprocessingSection(description: EncoderDescription): string {
  const { resize, size, interpolation, mean, std } = description;
  const rows = [
    ['1. decode', 'RGB, upright as EXIF says; grey is repeated, alpha dropped'],
    ['2. resize', `shorter side to ${resize} pixels, ${interpolation}, antialiased (Pillow)`],
    ['3. crop', `the central ${size} x ${size} pixels`],
    ['4. scale', 'divide by 255'],
    ['5. normalise', `subtract the mean ${list(mean)}, divide by the standard deviation ${list(std)} (R, G, B)`],
  ];
  const code = `from PIL import Image, ImageOps
from torchvision import transforms

crop = transforms.Compose([
${cropLines(description).join('\n')}
])
preprocess = transforms.Compose([
    crop,
    transforms.ToTensor(),
    transforms.Normalize(mean=${list(mean)}, std=${list(std)}),
])

def open_image(path):
    return ImageOps.exif_transpose(Image.open(path)).convert("RGB")`;
  return `## Preprocessing\n\n${table(['step', ''], rows)}\n\n${fenced(code, 'python')}`;
}
