import { Document, visit } from 'yaml';
import type { RunConfig } from './run-config.ts';

/** A configuration, or sections of one, as YAML that `loadConfig` reads back unchanged; lists stand on one line. */
export function formatConfig(config: Partial<RunConfig>): string {
  const document = new Document(config);
  visit(document, {
    Seq(_, node) {
      node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
