import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  driverVersion,
  existingIn,
  findCudaDriverLibraries,
  findNvidiaDriver,
  listedFolders,
  readKernelModule,
} from '../nvidia-driver.ts';
import { tensorflowChoice } from '../tensorflow-folder.ts';

/** An NVIDIA card on the bus. */
export interface PciCard {
  /** Such as `0000:3b:00.0`. */
  readonly address: string;
  /** The kernel's driver that has it: `nvidia`, `nouveau`, `vfio-pci`; undefined where none has. */
  readonly driver: string | undefined;
}

/** What files and variables of a machine say of its GPUs; nothing is executed to know it. */
export interface GpuSigns {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** As Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  /** Which TensorFlow is used: a fetched build, or `user` for another one. */
  readonly build: 'cpu' | 'gpu' | 'user';
  /** Whether NVIDIA's kernel module is loaded, and its version. */
  readonly hasModule: boolean;
  readonly moduleVersion: string | undefined;
  /** Places of `libcuda.so.1`; the first one is loaded. */
  readonly libraries: readonly string[];
  /** The version in the name of the file that the first one leads to; undefined where it has none. */
  readonly libraryVersion: string | undefined;
  readonly pciCards: readonly PciCard[];
  /** Numbers of the cards that have a file in `/dev`. */
  readonly deviceFiles: readonly number[];
  readonly isWsl: boolean;
  readonly isContainer: boolean;
  /** The driver's tool, where it is. */
  readonly nvidiaSmi: string | undefined;
  /** Whether there is a driver that a program can use (`findNvidiaDriver`). */
  readonly hasDriver: boolean;
  /** CUDA libraries in `LD_LIBRARY_PATH`, which are loaded in place of those beside TensorFlow. */
  readonly shadowing: readonly string[];
}

/** Libraries that come with the build; their names hold the major version, which must be the same. */
const CUDA_LIBRARIES = ['libcudnn.so.9', 'libcublas.so.12', 'libcudart.so.12', 'libcufft.so.11', 'libcusolver.so.11'];

/** What systemd-nspawn and podman, Kubernetes, Apptainer and Singularity set. */
const CONTAINER_VARIABLES = ['container', 'KUBERNETES_SERVICE_HOST', 'APPTAINER_CONTAINER', 'SINGULARITY_CONTAINER'];

/** Reads the signs of a machine. */
export function readGpuSigns(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  root = '/',
  architecture: string = process.arch,
): GpuSigns {
  const module = readKernelModule(root);
  const choice = tensorflowChoice(environment);
  const inWsl = join(root, 'usr/lib/wsl/lib');
  const libraries = findCudaDriverLibraries(environment, root);
  return {
    environment,
    architecture,
    build: choice.kind !== 'fetched' ? 'user' : choice.forced ? choice.variant : 'gpu',
    hasModule: module !== undefined,
    moduleVersion: driverVersion(module ?? ''),
    libraries,
    libraryVersion: driverVersion(basename(realPath(libraries[0] ?? ''))),
    pciCards: listPciCards(join(root, 'sys/bus/pci/devices')),
    deviceFiles: listNames(join(root, 'dev')).flatMap(
      (name) =>
        name
          .match(/^nvidia(\d+)$/)
          ?.slice(1)
          .map(Number) ?? [],
    ),
    isWsl: existsSync(join(root, 'dev/dxg')),
    isContainer:
      CONTAINER_VARIABLES.some((name) => environment[name] !== undefined) ||
      ['.dockerenv', 'run/.containerenv', '.singularity.d'].some((mark) => existsSync(join(root, mark))),
    nvidiaSmi: existingIn([...listedFolders(environment['PATH']), inWsl], 'nvidia-smi')[0],
    hasDriver: findNvidiaDriver(environment, root) !== undefined,
    shadowing: CUDA_LIBRARIES.flatMap((file) => existingIn(listedFolders(environment['LD_LIBRARY_PATH']), file)),
  };
}

/** Whether this machine has an NVIDIA card, as far as its files tell. */
export function showsCard({ hasDriver, hasModule, pciCards, isWsl, environment }: GpuSigns): boolean {
  if (hasDriver || hasModule || pciCards.length > 0) return true;
  // Every WSL has /dev/dxg, whatever the card is; Windows' own tool comes with NVIDIA's driver alone.
  return isWsl && existingIn(listedFolders(environment['PATH']), 'nvidia-smi.exe').length > 0;
}

const NVIDIA = '0x10de';
/** Display controllers: VGA and 3D; a card's other functions are its sound and USB. */
const DISPLAY = /^0x03/;

function listPciCards(folder: string): PciCard[] {
  return listNames(folder)
    .sort()
    .filter((name) => {
      const read = (file: string): string => readText(join(folder, name, file)).trim();
      return read('vendor') === NVIDIA && DISPLAY.test(read('class'));
    })
    .map((address) => ({ address, driver: linkedName(join(folder, address, 'driver')) }));
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return '';
  }
}

function linkedName(path: string): string | undefined {
  try {
    return basename(readlinkSync(path));
  } catch {
    return undefined;
  }
}
