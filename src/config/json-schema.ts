import { z } from 'zod';
import { RunSchema } from './schema/run.ts';

/**
 * The JSON Schema of a configuration file, as text, for completion and checks in editors (yaml-language-server).
 *
 * Only the names that tell the members of a union apart are required: anything else has a default or may come from
 * `--set`.
 */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(RunSchema, {
    io: 'input',
    target: 'draft-07',
    override: ({ jsonSchema }) => {
      const required = jsonSchema.required?.filter((key) => key === 'name');
      if (required?.length) jsonSchema.required = required;
      else delete jsonSchema.required;
    },
  });
  // Parts named x-... hold anchors for others.
  const whole = { ...schema, patternProperties: { '^x-': {} }, title: 'Configuration of cl-train' };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
