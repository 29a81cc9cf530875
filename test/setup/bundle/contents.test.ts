import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { chooseVariant } from '../../../src/cli/cl-doctor-bundle.ts';
import { tensorflowFiles, toolFiles } from '../../../src/setup/bundle/bundle-contents.ts';
import type { Bundle } from '../../../src/setup/bundle/bundle-manifest.ts';
import { readmeText } from '../../../src/setup/bundle/bundle-readme.ts';
import { cudaFiles } from '../../../src/setup/bundle/cuda-files.ts';
import { describeBundle } from '../../../src/setup/bundle/describe-bundle.ts';
import { installerFiles } from '../../../src/setup/bundle/installer-files.ts';
import { placePackages } from '../../../src/setup/bundle/package-files.ts';
import { installFolder, readManifest } from '../../../src/util/tensorflow-folder.ts';
import { ROOT } from '../../source-files.ts';
import { temporaryFolder } from './fake-bundle.ts';

/** Writes a package whose main file exports its name, its version and what its dependencies export. */
function writePackage(
  folder: string,
  name: string,
  version: string,
  needs: readonly string[],
  optional: readonly string[] = [],
) {
  mkdirSync(folder, { recursive: true });
  const [dependencies, optionalDependencies] = [needs, optional].map((names) =>
    Object.fromEntries(names.map((each) => [each, '*'])),
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, dependencies, optionalDependencies }));
  const required = needs.map((each) => `require('${each}')`).join(', ');
  writeFileSync(join(folder, 'index.js'), `module.exports = ['${name}@${version}', ${required}];\n`);
}

/** What of package-lock.json is read. */
interface Lock {
  readonly packages: Readonly<Record<string, { version?: string; dev?: boolean; peer?: boolean }>>;
}

it('places packages so that each finds those that it finds here', () => {
  const here = temporaryFolder();
  const at = (...names: readonly string[]): string => join(here, ...names.flatMap((name) => ['node_modules', name]));
  // As npm and pnpm lay them: beside the tool, above it, in each other, and behind links.
  const tool = at('tool');
  writePackage(tool, 'tool', '1.0.0', ['a', 'b', '@s/c'], ['gone', 'd']);
  writePackage(at('a'), 'a', '1.0.0', ['x', 'cycle']);
  writePackage(at('tool', 'b'), 'b', '1.0.0', ['x']);
  writePackage(at('tool', 'b', 'x'), 'x', '2.0.0', ['y']);
  writePackage(at('tool', 'b', 'x', 'y'), 'y', '2.0.0', ['a']);
  writePackage(at('x'), 'x', '1.0.0', ['y']);
  writePackage(at('y'), 'y', '1.0.0', []);
  writePackage(at('cycle'), 'cycle', '1.0.0', []);
  writePackage(join(here, 'store/node_modules/@s/c'), '@s/c', '1.0.0', ['y']);
  writePackage(join(here, 'store/node_modules/y'), 'y', '3.0.0', []);
  mkdirSync(join(here, 'node_modules/@s'), { recursive: true });
  symlinkSync(join(here, 'store/node_modules/@s/c'), at('@s/c'));
  writePackage(at('d'), 'd', '1.0.0', []);
  writePackage(at('not-needed'), 'not-needed', '1.0.0', []);

  const there = temporaryFolder();
  const placed = placePackages(tool);
  expect(placed.map(({ place }) => place)).toEqual([...placed.map(({ place }) => place)].sort());
  for (const { folder, place } of [{ folder: tool, place: '' }, ...placed]) {
    cpSync(join(folder, 'package.json'), join(there, place, 'package.json'));
    cpSync(join(folder, 'index.js'), join(there, place, 'index.js'));
  }
  const load = (folder: string): unknown =>
    JSON.parse(
      execFileSync(process.execPath, ['-p', 'JSON.stringify(require(process.argv[1]))', folder], { encoding: 'utf8' }),
    );
  expect(load(there)).toEqual(load(tool));
  expect(load(there)).toEqual([
    'tool@1.0.0',
    ['a@1.0.0', ['x@1.0.0', ['y@1.0.0']], ['cycle@1.0.0']],
    ['b@1.0.0', ['x@2.0.0', ['y@2.0.0', ['a@1.0.0', ['x@1.0.0', ['y@1.0.0']], ['cycle@1.0.0']]]]],
    ['@s/c@1.0.0', ['y@3.0.0']],
  ]);
  expect(existsSync(join(there, 'node_modules/d'))).toBe(true);
  expect(existsSync(join(there, 'node_modules/not-needed'))).toBe(false);
});

it('names a package that is missing', () => {
  const folder = temporaryFolder();
  writePackage(folder, 'tool', '1.0.0', ['absent']);
  expect(() => placePackages(folder)).toThrow('The package absent, which this program needs, is missing');
});

it('takes of this clone what npm packs, and the packages that a production install has', async () => {
  const files = await toolFiles();
  const paths = files.map(({ path }) => path.replace(/^cl-train\//, ''));
  expect(paths).toEqual(
    expect.arrayContaining(['package.json', 'LICENSE', 'data/cifar10-mini.tar.gz', 'dist/resample.wasm']),
  );
  expect(paths.filter((path) => /^(src|test|assembly|node_modules\/(vitest|typescript))\//.test(path))).toEqual([]);
  expect(paths.filter((path) => /^dist\/\./.test(path) || path.endsWith('.map'))).toEqual([]);
  // Programs are last: what was not installed to its end can't be started.
  expect(paths.slice(-6)).toEqual(
    ['data', 'doctor', 'embed', 'eval', 'export', 'train'].map((name) => `bin/cl-${name}.js`),
  );
  expect(files.slice(-6).every(({ executable }) => executable)).toBe(true);
  const nameOf = (path: string): string => path.replace(/^.*node_modules\//, '');
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const expected = Object.entries(packages)
    .filter(([path, { dev, peer }]) => path !== '' && !dev && !peer && existsSync(join(ROOT, path)))
    .map(([path, { version }]) => `${nameOf(path)} ${version}`);
  const taken = files.flatMap(({ path, from }) => {
    const place = /node_modules\/(?:@[^/]+\/)?[^/]+(?=\/package\.json$)/.exec(path)?.[0];
    if (place === undefined) return [];
    const { version } = JSON.parse(readFileSync(String(from), 'utf8')) as { version: string };
    return [`${nameOf(place)} ${version}`];
  });
  expect([...new Set(taken)].sort()).toEqual([...new Set(expected)].sort());
});

it('says that a tool which is not compiled has to be', async () => {
  const folder = temporaryFolder();
  await expect(toolFiles(folder)).rejects.toMatchObject({ hint: `Run \`npm run build\` in ${folder}.` });
});

it('has an installer that imports nothing but Node and what lies beside it', async () => {
  const files = new Map(await installerFiles());
  expect(
    [...files.keys()].filter(
      (path) => path.startsWith('node_modules/') && !path.startsWith('node_modules/modern-tar/'),
    ),
  ).toEqual([]);
  expect([...files.values()].reduce((sum, { length }) => sum + length, 0)).toBeLessThan(200_000);
  const there = temporaryFolder();
  for (const [path, content] of files) {
    mkdirSync(dirname(join(there, path)), { recursive: true });
    writeFileSync(join(there, path), content);
  }
  const entry = join(there, 'dist/setup/bundle/installer.js');
  const script = `import(${JSON.stringify(entry)}).then(({ install }) => process.stdout.write(typeof install))`;
  expect(execFileSync(process.execPath, ['-e', script], { cwd: there, encoding: 'utf8' })).toBe('function');
});

/** The files of CUDA in the GPU build of TensorFlow 2.21.0, by whether training needs them. */
const CUDA = {
  kept: `cublas/lib/libcublas.so.12 cublas/lib/libcublasLt.so.12 cuda_nvcc/bin/ptxas
    cuda_nvcc/nvvm/libdevice/libdevice.10.bc cuda_nvrtc/lib/libnvrtc-builtins.so.12.9 cuda_nvrtc/lib/libnvrtc.so.12
    cuda_runtime/lib/libcudart.so.12 cudnn/lib/libcudnn.so.9 cudnn/lib/libcudnn_cnn.so.9
    cudnn/lib/libcudnn_engines_precompiled.so.9 cudnn/lib/libcudnn_engines_runtime_compiled.so.9
    cudnn/lib/libcudnn_engines_tensor_ir.so.9 cudnn/lib/libcudnn_ext.so.9 cudnn/lib/libcudnn_graph.so.9
    cudnn/lib/libcudnn_heuristic.so.9 cudnn/lib/libcudnn_ops.so.9 cufft/lib/libcufft.so.11
    cusolver/lib/libcusolver.so.11 cusparse/lib/libcusparse.so.12 nvjitlink/lib/libnvJitLink.so.12`,
  leftOut: `cublas/lib/libnvblas.so.12 cuda_cupti/lib/libcheckpoint.so cuda_cupti/lib/libcupti.so.12
    cuda_cupti/lib/libnvperf_host.so cuda_cupti/lib/libnvperf_target.so cuda_cupti/lib/libpcsamplingutil.so
    cuda_nvcc/nvvm/lib64/libnvvm.so cuda_nvrtc/lib/libnvrtc-builtins.alt.so.12.9 cuda_nvrtc/lib/libnvrtc.alt.so.12
    cudnn/lib/libcudnn_adv.so.9 cufft/lib/libcufftw.so.11 curand/lib/libcurand.so.10 cusolver/lib/libcusolverMg.so.11
    nccl/lib/libnccl.so.2 nccl/lib/libnccl_device.bc nccl/lib/libnccl_device.ltoir`,
};

it("keeps of CUDA's libraries what is loaded for training, and says why of each", (test) => {
  for (const [name, paths] of Object.entries(CUDA)) {
    for (const path of paths.split(/\s+/)) {
      const row = cudaFiles(`nvidia/${path}`);
      expect(row?.kept, path).toBe(name === 'kept');
      expect(row?.why, path).toBeTruthy();
    }
  }
  expect(cudaFiles('tensorflow/libtensorflow_cc.so.2')).toBeUndefined();
  const manifest = readManifest(installFolder('gpu'));
  if (manifest === undefined) return test.skip('the GPU build is not fetched, to compare its list');
  const found = manifest.files.flatMap(({ path }) => /^nvidia\/(.*)/.exec(path)?.[1] ?? []).sort();
  expect(found).toEqual(
    Object.values(CUDA)
      .flatMap((paths) => paths.split(/\s+/))
      .sort(),
  );
});

it('leaves files out of the manifest as well, so that what is installed is whole', () => {
  const folder = temporaryFolder();
  const files = ['tensorflow/a.so', 'nvidia/cublas/lib/libcublas.so.12', 'nvidia/nccl/lib/libnccl.so.2'].map((path) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), 'x');
    return { path, size: 1, sha256: 'f'.repeat(64) };
  });
  const manifest = { version: '2.21.0', variant: 'gpu', wheels: [], files } as const;
  const bundled = tensorflowFiles(folder, 'tensorflow-2.21.0-gpu', manifest);
  expect(bundled.files.map(({ path, sha256 }) => [path, sha256?.length])).toEqual([
    ['tensorflow-2.21.0-gpu/tensorflow/a.so', 64],
    ['tensorflow-2.21.0-gpu/nvidia/cublas/lib/libcublas.so.12', 64],
    ['tensorflow-2.21.0-gpu/manifest.json', undefined],
  ]);
  expect(JSON.parse(String(bundled.files.at(-1)?.from))).toEqual({ ...manifest, files: files.slice(0, 2) });
  expect(bundled.leftOut).toEqual([{ path: files[2]?.path, size: 1, why: expect.stringContaining('several cards') }]);

  const bundle: Bundle = {
    version: '1.2.3',
    tensorflow: { version: '2.21.0', variant: 'gpu' },
    platform: 'linux',
    architecture: 'x64',
    parts: [{ path: 'part-0001', size: 6e7, sha256: '' }],
    installer: [],
    files: bundled.files.map((file) => ({ ...file, sha256: '' })),
    leftOut: bundled.leftOut,
  };
  expect(describeBundle(bundle, 'out', 12.3)).toMatch(
    /^out: 1 part, 60\.0 MB, for linux x64; 13 s\n.*\n.*\n {2}of CUDA, kept: 1 B\n +1 B {2}libcublas\.so\.12: .*\n {2}of CUDA, left out: 1 B\n +1 B {2}libnccl\.so\.2: sums over several cards/,
  );
  expect(readmeText(bundle)).toMatch(
    /^cl-train 1\.2\.3 with TensorFlow 2\.21\.0 for NVIDIA GPUs.*\n[\s\S]*node install\.mjs FOLDER/,
  );
});

it('knows that there is no GPU build for arm64', async () => {
  await expect(chooseVariant({ gpu: true, cpu: false }, 'arm64')).rejects.toMatchObject({
    message: "--gpu: TensorFlow's build for NVIDIA GPUs exists for x64 alone, and this machine is arm64",
    hint: 'Make the bundle on an x64 machine, or one of the CPU build: --cpu.',
    exitCode: 2,
  });
  expect(await chooseVariant({ gpu: false, cpu: true }, 'arm64')).toBe('cpu');
});
