import { driverVersion } from '../nvidia-driver.ts';
import type { ProgramAnswer } from './ask-program.ts';
import { CUDA_BUILD } from './cuda-build.ts';
import { versionMismatch } from './diagnose-driver.ts';
import type { GpuProblem } from './gpu-problem.ts';
import type { GpuSigns } from './gpu-signs.ts';

/** What is known of a message of the driver's tool. */
type Reading = (line: string, text: string, signs: GpuSigns) => Omit<GpuProblem, 'effect'>;

const RESTART_CONTAINER =
  'Start the container anew; to keep it from happening again, name the files of the card as well: ' +
  '`docker run --gpus all --device /dev/nvidia0 --device /dev/nvidiactl --device /dev/nvidia-uvm ...`.';

/** Messages of `nvidia-smi` and of the library behind it (NVML), by their words; the first that fits counts. */
const READINGS: readonly (readonly [words: RegExp, reading: Reading])[] = [
  [
    /Driver\/library version mismatch/i,
    (_line, text, { moduleVersion }) => versionMismatch(moduleVersion, driverVersion(text)),
  ],
  [
    /couldn.t communicate with the NVIDIA driver|Driver Not Loaded/i,
    (line) => ({
      kind: 'module-not-loaded',
      problem: `expected the driver to answer, but its kernel module is not loaded (nvidia-smi: ${line})`,
      hint:
        'Load it, `sudo modprobe nvidia`. If that fails, it was not built for this kernel (`dkms status`; install the ' +
        "kernel's headers and the driver again) or Secure Boot refuses it (`sudo dmesg | grep -i nvidia`).",
    }),
  ],
  [
    /GPU is lost|fallen off the bus/i,
    (line) => ({
      kind: 'gpu-lost',
      problem: `expected the card to answer, but the driver has lost it (nvidia-smi: ${line})`,
      hint:
        'Restart the machine; `sudo dmesg | grep -i xid` tells why (heat, power, a loose card, memory errors). If it ' +
        'comes back often, the card or its slot is faulty. Meanwhile name another card in CUDA_VISIBLE_DEVICES.',
    }),
  ],
  [
    /Unable to determine the device handle/i,
    (line) => ({
      kind: 'gpu-lost',
      problem: `expected the card to answer, but the driver can't reach it (nvidia-smi: ${line})`,
      hint:
        'Restart the machine; `sudo dmesg | grep -i xid` tells why (heat, power, a loose card). Meanwhile name another ' +
        'card in CUDA_VISIBLE_DEVICES.',
    }),
  ],
  [
    /GPU access blocked by the operating system/i,
    (line) => ({
      kind: 'wsl-blocked',
      problem: `expected the card to answer, but Windows blocks it (nvidia-smi: ${line})`,
      hint:
        "Update NVIDIA's driver in Windows and run `wsl --update` and `wsl --shutdown` there. In a container inside WSL, " +
        'the NVIDIA Container Toolkit must be new enough (`docker run --gpus all ...`).',
    }),
  ],
  [
    /Insufficient Permissions/i,
    (line) => ({
      kind: 'no-permission',
      problem: `expected to be allowed to use the card, but this user may not (nvidia-smi: ${line})`,
      hint: 'See `ls -l /dev/nvidia*`: join the group that owns them, `sudo usermod -aG video $USER` or render, and log in again.',
    }),
  ],
  [
    /Failed to initialize NVML: Unknown Error/i,
    (line, _text, { isContainer }) =>
      isContainer
        ? {
            kind: 'container-lost-gpu',
            problem: `expected the card to answer, but this container may not use its files any more (nvidia-smi: ${line}), as after \`systemctl daemon-reload\` on the host`,
            hint: RESTART_CONTAINER,
          }
        : {
            kind: 'no-permission',
            problem: `expected the card to answer, but its files can't be opened (nvidia-smi: ${line})`,
            hint: 'See `ls -l /dev/nvidia*` and the limits of this session (cgroup); under Slurm ask for a card: `--gres=gpu:1`.',
          },
  ],
  [
    /No devices were found/i,
    (line, _text, { environment }) =>
      environment['SLURM_JOB_ID'] !== undefined
        ? {
            kind: 'not-allocated',
            problem: `expected a GPU for this job, but Slurm gave it none (nvidia-smi: ${line})`,
            hint: 'Ask for one: `#SBATCH --gres=gpu:1`, or `srun --gres=gpu:1 ...`.',
          }
        : {
            kind: 'no-devices',
            problem: `expected the driver to list a card, got none (nvidia-smi: ${line})`,
            hint:
              'In a container, pass the card to it: `docker run --gpus all ...`. Else `sudo dmesg | grep -i nvrm` tells why ' +
              'the driver refuses it: too old or too new for this driver, without power, or failing.',
          },
  ],
  [
    /couldn.t find libnvidia-ml\.so|NVML.*(?:Not Found|library)/i,
    (line, _text, { isContainer }) => ({
      kind: isContainer ? 'container-without-gpu' : 'library-missing',
      problem: `expected the driver's libraries, but they are not there (nvidia-smi: ${line})`,
      hint: isContainer
        ? 'Start the container with the GPU, `docker run --gpus all ...`; if it was, run `ldconfig` in it as root.'
        : "Install the driver's part for programs in the version of its kernel module (`cat /proc/driver/nvidia/version`), then `sudo ldconfig`.",
    }),
  ],
  [
    /"?compute_cap"? is not a valid field/i,
    (_line, _text, { moduleVersion }) => ({
      kind: 'driver-too-old',
      problem: `expected an NVIDIA driver from ${CUDA_BUILD.oldestDriver} on, for the CUDA ${CUDA_BUILD.cuda} of this TensorFlow, got ${moduleVersion ?? 'one of before 510'} (its nvidia-smi knows no compute_cap)`,
      hint: "Install a newer driver, on Ubuntu by `sudo ubuntu-drivers install`, and restart the machine; a container uses its host's.",
    }),
  ],
];

/** What a failing answer of the driver's tool means; undefined where it answered well. */
export function diagnoseAnswer(answer: ProgramAnswer, signs: GpuSigns): GpuProblem | undefined {
  if (answer.failure === 'too-slow') {
    return {
      kind: 'nvidia-smi-hangs',
      effect: 'cpu',
      problem: 'expected the driver to answer within seconds, but nvidia-smi does not end: the driver or a card hangs',
      hint: 'See `sudo dmesg | grep -i -e nvrm -e xid`; processes that hang on the card, `ps -eo pid,stat,comm | grep " D"`; else restart the machine.',
    };
  }
  if (answer.failure === 'missing') {
    return {
      kind: 'nvidia-smi-missing',
      effect: 'note',
      problem: `expected the driver's tool nvidia-smi beside the driver, but it can't be run (${answer.stderr.trim()})`,
      hint: 'Training does without it, but what is wrong with a card is not told then. It comes with the driver (on Ubuntu `nvidia-utils-...`); in a container ask for it, `-e NVIDIA_DRIVER_CAPABILITIES=compute,utility`.',
    };
  }
  const text = `${answer.stdout}\n${answer.stderr}`;
  for (const [words, reading] of READINGS) {
    const line = text.split(/\r?\n/).find((each) => words.test(each));
    // A card of several may be lost while the others answer: whether it is the one in use, their rows tell.
    if (line !== undefined)
      return { ...reading(line.trim(), text, signs), effect: answer.status === 0 ? 'note' : 'cpu' };
  }
  if (answer.status === 0) return undefined;
  const line =
    text
      .split(/\r?\n/)
      .find((each) => each.trim() !== '')
      ?.trim() ?? 'it printed nothing';
  return {
    kind: 'nvidia-smi-fails',
    effect: 'cpu',
    problem: `expected the driver to list its cards, but nvidia-smi ended with exit code ${answer.status ?? 'none'}: ${line}`,
    hint: 'Run `nvidia-smi` and see what it says; `sudo dmesg | grep -i nvrm` has the words of the driver.',
  };
}
