import { formatBytes } from '../../util/format-bytes.ts';
import { formatPlural } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';
import { type Bundle, type LeftOutFile, sumBytes, TOOL } from './bundle-manifest.ts';
import { cudaFiles } from './cuda-files.ts';

/** What was bundled, what of TensorFlow was kept and left out, and why, and what to do with it. */
export function describeBundle(bundle: Bundle, folder: string, seconds: number): string {
  const { version, tensorflow, platform, architecture, parts, files, leftOut } = bundle;
  const tool = files.filter(({ path }) => path.startsWith(`${TOOL}/`));
  const library = files.filter(({ path }) => !path.startsWith(`${TOOL}/`));
  const kept = library.flatMap(({ path, size }) => {
    const name = path.replace(/^[^/]+\//, '');
    const why = cudaFiles(name)?.why;
    return why === undefined ? [] : [{ path: name, size, why }];
  });
  return `${folder}: ${formatPlural(parts.length, 'part')}, ${formatBytes(sumBytes(parts))}, for ${platform} ${architecture}; ${Math.ceil(seconds)} s
  cl-train ${version} with its packages: ${formatPlural(tool.length, 'file')}, ${formatBytes(sumBytes(tool))}
  TensorFlow ${tensorflow.version} (${tensorflow.variant}): ${formatPlural(library.length, 'file')}, ${formatBytes(sumBytes(library))}
${table('of CUDA, kept', kept)}${table('of CUDA, left out', leftOut)}
Copy all of the folder to the other machine. There, with Node 20.19 or later, without a network:
  node ${shellWord(`${folder}/install.mjs`)}
or, where cl-train is already: cl-doctor --install --from ${shellWord(folder)}
`;
}

/** Files for the same reason are one line, the largest first. */
function table(title: string, files: readonly LeftOutFile[]): string {
  if (files.length === 0) return '';
  const reasons = [...new Set(files.map(({ why }) => why))].map((why) => {
    const same = files.filter((file) => file.why === why);
    const [first] = [...same].sort((a, b) => b.size - a.size);
    const name = first?.path.split('/').pop() ?? '';
    return { why, name: same.length > 1 ? `${name} and ${same.length - 1} more` : name, size: sumBytes(same) };
  });
  reasons.sort((a, b) => b.size - a.size);
  const lines = reasons.map(({ why, name, size }) => `    ${formatBytes(size).padStart(7)}  ${name}: ${why}\n`);
  return `  ${title}: ${formatBytes(sumBytes(files))}\n${lines.join('')}`;
}
