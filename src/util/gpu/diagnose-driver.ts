import { CUDA_BUILD, isOlder } from './cuda-build.ts';
import type { GpuProblem } from './gpu-problem.ts';
import type { GpuSigns } from './gpu-signs.ts';

/** How a GPU is passed to containers of the common kinds. */
const PASS_GPU =
  'Start the container with the GPU: `docker run --gpus all ...` (the host needs the NVIDIA Container Toolkit), ' +
  '`podman run --device nvidia.com/gpu=all ...`, `apptainer exec --nv ...`; in Kubernetes set the limit `nvidia.com/gpu: 1`.';

const INSTALL_DRIVER =
  'Install the driver, on Ubuntu by `sudo ubuntu-drivers install`, elsewhere as the distribution or NVIDIA says, and ' +
  'restart the machine; then `nvidia-smi` should list the card.';

/** What is wrong with the driver: its kernel module, its libraries, its files, or the card itself. */
export function ofDriver(signs: GpuSigns): GpuProblem | undefined {
  if (signs.hasModule) return ofLibrary(signs);
  if (signs.isWsl) return ofWsl(signs);
  const [card] = signs.pciCards;
  const version = signs.libraries.length === 0 ? '' : `; ${signs.libraries[0]} is there, but is of no use without it`;
  if (card === undefined) {
    return {
      kind: 'no-card',
      effect: 'cpu',
      problem: `expected an NVIDIA card, but this machine shows none, and no kernel module of its driver${version}`,
      hint: signs.isContainer
        ? 'The host of this container has no NVIDIA driver that works: see `nvidia-smi` there, or train on the CPU.'
        : 'Train on the CPU, `--device cpu`, or on a machine with a card.',
    };
  }
  const where = `the NVIDIA card at ${card.address}`;
  if (card.driver === 'nouveau') {
    return {
      kind: 'nouveau',
      effect: 'cpu',
      problem: `expected NVIDIA's driver for ${where}, got nouveau, which has no CUDA`,
      hint: INSTALL_DRIVER,
    };
  }
  if (card.driver !== undefined && card.driver !== 'nvidia') {
    return {
      kind: 'other-kernel-driver',
      effect: 'cpu',
      problem: `expected NVIDIA's driver for ${where}, got ${card.driver}, which keeps it, as for a virtual machine`,
      hint: 'Train in the virtual machine that has the card, or give it back to the host.',
    };
  }
  const isInstalled = signs.libraries.length > 0 || signs.nvidiaSmi !== undefined;
  if (!isInstalled || signs.isContainer) {
    return {
      kind: 'no-driver',
      effect: 'cpu',
      problem: `expected an NVIDIA driver for ${where}, found none${signs.isContainer ? ' on the host of this container' : ''}`,
      hint: INSTALL_DRIVER,
    };
  }
  return {
    kind: 'module-not-loaded',
    effect: 'cpu',
    problem: `expected the driver's kernel module for ${where}, but it is not loaded, although ${signs.nvidiaSmi ?? signs.libraries[0]} is there`,
    hint:
      'Load it, `sudo modprobe nvidia`. If that fails, it was not built for this kernel (`dkms status`; install the ' +
      "kernel's headers and the driver again) or Secure Boot refuses it (`sudo dmesg | grep -i nvidia`).",
  };
}

function ofWsl({ libraries, environment }: GpuSigns): GpuProblem | undefined {
  const isOfWindows = (path: string): boolean => path.includes('/wsl/lib/');
  if (libraries.length === 0) {
    return {
      kind: 'wsl-no-library',
      effect: 'cpu',
      problem: "expected libcuda.so.1 of Windows' NVIDIA driver in /usr/lib/wsl/lib, found none",
      hint: "Install NVIDIA's driver in Windows (none inside WSL), then `wsl --update` and `wsl --shutdown` there.",
    };
  }
  if (isOfWindows(libraries[0] ?? '') || !libraries.some(isOfWindows)) return undefined;
  const path = ['/usr/lib/wsl/lib', environment['LD_LIBRARY_PATH']].filter(Boolean).join(':');
  return {
    kind: 'wsl-shadowed',
    effect: 'cpu',
    problem: `expected libcuda.so.1 of Windows' driver (/usr/lib/wsl/lib), but ${libraries[0]} comes first, of a driver for Linux`,
    hint: `Remove the packages of that driver from WSL, or put Windows' first: \`export LD_LIBRARY_PATH=${path}\`.`,
  };
}

function ofLibrary(signs: GpuSigns): GpuProblem | undefined {
  const { isContainer, libraries, deviceFiles, moduleVersion, nvidiaSmi } = signs;
  const module = `the kernel module of the driver (${moduleVersion ?? 'its version is not told'})`;
  // Where its tool is, the library may lie in a folder that is not known here.
  if (libraries.length === 0 && nvidiaSmi === undefined) {
    if (isContainer)
      return ofContainer(
        signs,
        `got ${module}, which is the host's, but no libcuda.so.1: the GPU was not passed to it`,
      );
    return {
      kind: 'library-missing',
      effect: 'cpu',
      problem: `expected libcuda.so.1 beside ${module}, found none`,
      hint:
        "Install the driver's part for programs in the same version (on Ubuntu `libnvidia-compute-...`), or name its " +
        'folder in LD_LIBRARY_PATH. In a container: pass the GPU to it, `docker run --gpus all ...`.',
    };
  }
  const { libraryVersion } = signs;
  // CUDA's folder `compat` holds newer libraries on purpose.
  const isCompatible = libraries[0]?.includes('/compat/') === true;
  if (
    moduleVersion !== undefined &&
    libraryVersion !== undefined &&
    moduleVersion !== libraryVersion &&
    !isCompatible
  ) {
    return versionMismatch(moduleVersion, libraryVersion);
  }
  // Boards with their GPU on the chip (arm64) have other files.
  if (deviceFiles.length > 0 || signs.architecture !== 'x64') return undefined;
  if (isContainer) return ofContainer(signs, `got ${module} and its library, but no /dev/nvidia0`);
  return {
    kind: 'no-device-files',
    effect: 'cpu',
    problem: `expected /dev/nvidia0 beside ${module}, found none`,
    hint: 'Make it, `sudo nvidia-modprobe -c 0 -u`, or run `sudo nvidia-smi` once. In a container: `docker run --gpus all ...`.',
  };
}

function ofContainer({ environment }: GpuSigns, got: string): GpuProblem {
  const asked = environment['NVIDIA_VISIBLE_DEVICES'];
  if (asked === undefined || !/^(?:void|none|)$/.test(asked)) {
    return {
      kind: 'container-without-gpu',
      effect: 'cpu',
      problem: `expected a GPU in this container, ${got}`,
      hint: PASS_GPU,
    };
  }
  return {
    kind: 'hidden-from-container',
    effect: 'cpu',
    problem: `expected a GPU in this container, but NVIDIA_VISIBLE_DEVICES='${asked}' asks for none`,
    hint: 'Start the container with `docker run --gpus all -e NVIDIA_VISIBLE_DEVICES=all ...`.',
  };
}

/** A kernel module and libraries of two versions, of which none works. */
export function versionMismatch(module: string | undefined, libraries: string | undefined): GpuProblem {
  return {
    kind: 'version-mismatch',
    effect: 'cpu',
    problem:
      "expected the driver's kernel module and its libraries to be of one version, got " +
      `${module ?? 'another one'} in the kernel and ${libraries ?? 'another one'} in the libraries: the driver was updated under the running system`,
    hint:
      'Restart the machine; or, with nothing that uses the card, `sudo rmmod nvidia_uvm nvidia_drm nvidia_modeset nvidia` ' +
      'and `nvidia-smi`. In a container: no driver belongs into the image; start it anew.',
  };
}

/** What a driver's version says of it; builds that are not the fetched one may need another. */
export function ofDriverVersion(version: string | undefined, { build }: GpuSigns): GpuProblem | undefined {
  if (version === undefined || build === 'user' || !isOlder(version, CUDA_BUILD.oldestDriver)) return undefined;
  return {
    kind: 'driver-too-old',
    effect: 'cpu',
    problem: `expected an NVIDIA driver from ${CUDA_BUILD.oldestDriver} on, for the CUDA ${CUDA_BUILD.cuda} of this TensorFlow, got ${version}`,
    hint:
      'Install a newer driver, on Ubuntu by `sudo ubuntu-drivers install`, and restart the machine; a container uses ' +
      "its host's. A card of before 2014 (Kepler) has none that is new enough: train on the CPU.",
  };
}
