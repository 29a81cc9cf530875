import { z } from 'zod';
import { EXPORT_FORMATS } from '../export-formats.ts';

/** What leaves a run when it ends. */
export const ExportConfig = z
  .strictObject({
    atEnd: z
      .array(z.enum(EXPORT_FORMATS))
      .default(['torchvision'])
      .describe('Formats of exports/ in the run folder, written when the run has finished; []: none.'),
  })
  .prefault({})
  .describe('The encoder in the formats of other tools, with a model card; cl-export makes it at any time.');
