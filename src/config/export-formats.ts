/** The formats that encoders are exported to, in the order in which they are written and told of. */
export const EXPORT_FORMATS = ['torchvision', 'timm', 'onnx', 'savedmodel', 'tfjs'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];
