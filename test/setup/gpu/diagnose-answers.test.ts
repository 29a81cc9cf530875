import { expect, it } from 'vitest';
import { diagnoseAnswers, type GpuAnswers } from '../../../src/util/gpu/diagnose-gpu.ts';
import type { GpuProblem, GpuProblemKind } from '../../../src/util/gpu/gpu-problem.ts';
import { type GpuSigns, readGpuSigns } from '../../../src/util/gpu/gpu-signs.ts';
import { parseCards, parseList, parseProcesses } from '../../../src/util/gpu/parse-nvidia-smi.ts';
import { visibleCards } from '../../../src/util/gpu/visible-cards.ts';
import { answered, recorded } from './recordings.ts';

const U0 = 'GPU-1a2b3c4d-0000-1111-2222-333344445555';
const MIG = 'MIG-0a0a0a0a-0321-5fef-9c87-d4af00000001';

/** A machine whose files say nothing against its GPU. */
function signs(environment: Readonly<Record<string, string>> = {}, more: Partial<GpuSigns> = {}): GpuSigns {
  return { ...readGpuSigns(environment, '/nowhere', 'x64'), hasDriver: true, hasModule: true, ...more };
}

type Case = readonly [
  what: string,
  answers: readonly [cards: string, processes?: string | undefined, list?: string | undefined],
  signs: GpuSigns,
  kind: GpuProblemKind | undefined,
  effect: GpuProblem['effect'] | undefined,
  problem: RegExp,
  hint: RegExp,
];

const IN_CONTAINER = signs({}, { isContainer: true });
const MODULE = signs({}, { moduleVersion: '570.144' });
const shown = (devices: string): GpuSigns => signs({ CUDA_VISIBLE_DEVICES: devices });

const CASES: readonly Case[] = [
  ['a card in order', ['h100'], signs(), undefined, undefined, /^$/, /^$/],
  [
    'memory that is not told',
    ['unified-memory'],
    signs({ CL_TENSORFLOW: '/somewhere' }),
    undefined,
    undefined,
    /^$/,
    /^$/,
  ],
  [
    'an old driver',
    ['driver-515'],
    signs(),
    'driver-too-old',
    'cpu',
    /from 525\.60\.13 on.*got 515\.105\.01/,
    /newer driver/,
  ],
  [
    'one so old that it knows no compute_cap',
    ['no-compute-cap'],
    MODULE,
    'driver-too-old',
    'cpu',
    /got 570\.144 .*no compute_cap/,
    /newer driver/,
  ],
  [
    'a driver too old to compile for the card',
    ['h100-driver-535'],
    signs(),
    'driver-too-old-for-card',
    'failure',
    /from 555\.42\.02 on.*got 535\.183\.06/,
    /newer driver/,
  ],
  [
    'a card that is too old',
    ['maxwell'],
    signs(),
    'card-too-old',
    'cpu',
    /6\.0 or later.*GTX TITAN X\) has compute capability 5\.2/,
    /sm_52/,
  ],
  [
    'the same with a TensorFlow of the user',
    ['maxwell'],
    signs({ CL_TENSORFLOW: '/somewhere' }),
    undefined,
    undefined,
    /^$/,
    /^$/,
  ],
  [
    'a card that is too new',
    ['rtx-5090'],
    signs(),
    'card-without-kernels',
    'failure',
    /12\.0: .*no kernels for sm_120.*CUDA_ERROR_INVALID_PTX/,
    /--device cpu/,
  ],
  [
    'one of which nothing is known',
    ['b200'],
    signs(),
    'card-without-kernels',
    'failure',
    /10\.0: .*sm_100.*nothing is known/,
    /--epochs 1/,
  ],
  [
    'no free memory',
    ['full', 'full-processes'],
    signs(),
    'memory-held',
    'cpu',
    /310 of 46,068 MiB; the rest is held by \/usr\/bin\/python3 \(pid 4711, 40,960 MiB\), a name, with commas \(pid 4712, 4,096 MiB\), \[Not Found\] \(pid 4713\)/,
    /kill PID/,
  ],
  [
    'no free memory, held by nobody that is shown',
    ['full', 'no-processes'],
    signs(),
    'memory-held',
    'cpu',
    /not shown here/,
    /kill PID/,
  ],
  [
    'no free memory, at the start of a run',
    ['full'],
    signs(),
    'memory-held',
    'cpu',
    /310 of 46,068 MiB$/,
    /cl-doctor.*shows who holds it/,
  ],
  [
    'driver and library of two versions',
    ['mismatch'],
    MODULE,
    'version-mismatch',
    'cpu',
    /got 570\.144 in the kernel and 570\.195 in the libraries/,
    /Restart the machine.*rmmod/,
  ],
  [
    'a driver that does not run',
    ['not-communicating'],
    signs(),
    'module-not-loaded',
    'cpu',
    /couldn't communicate with the NVIDIA driver/,
    /modprobe nvidia/,
  ],
  ['no devices', ['no-devices'], signs(), 'no-devices', 'cpu', /No devices were found/, /--gpus all.*dmesg/],
  [
    'no devices in a job of Slurm',
    ['no-devices'],
    signs({ SLURM_JOB_ID: '7' }),
    'not-allocated',
    'cpu',
    /Slurm gave it none/,
    /--gres=gpu:1/,
  ],
  [
    'no library of the tool',
    ['no-libnvidia-ml'],
    signs(),
    'library-missing',
    'cpu',
    /couldn't find libnvidia-ml\.so/,
    /ldconfig/,
  ],
  [
    'the same in a container',
    ['no-libnvidia-ml'],
    IN_CONTAINER,
    'container-without-gpu',
    'cpu',
    /couldn't find/,
    /--gpus all/,
  ],
  [
    'a container that lost its card',
    ['nvml-unknown'],
    IN_CONTAINER,
    'container-lost-gpu',
    'cpu',
    /daemon-reload/,
    /--device \/dev\/nvidia0/,
  ],
  [
    'files that can not be opened',
    ['nvml-unknown'],
    signs(),
    'no-permission',
    'cpu',
    /can't be opened/,
    /ls -l \/dev\/nvidia/,
  ],
  ['no permission', ['no-permission'], signs(), 'no-permission', 'cpu', /Insufficient Permissions/, /usermod -aG/],
  [
    'WSL that blocks the card',
    ['blocked'],
    signs({}, { isWsl: true }),
    'wsl-blocked',
    'cpu',
    /blocked by the operating system/,
    /wsl --update/,
  ],
  ['a lost card', ['lost'], signs(), 'gpu-lost', 'cpu', /GPU 0000:3B:00\.0: GPU is lost/, /dmesg \| grep -i xid/],
  [
    'a card that must be reset',
    ['needs-reset'],
    signs(),
    'needs-reset',
    'cpu',
    /GPU 0 \(NVIDIA RTX A6000\)/,
    /--gpu-reset -i 0/,
  ],
  [
    'another card that is lost',
    ['lost-of-two'],
    signs(),
    'gpu-lost',
    'note',
    /0000:0B:00\.0: Unknown Error/,
    /Restart/,
  ],
  [
    'the one that is named, lost',
    ['lost-of-two'],
    shown('1'),
    'gpu-lost',
    'cpu',
    /0000:0B:00\.0: Unknown Error/,
    /Restart/,
  ],
  [
    'a number out of range',
    ['h100'],
    shown('1'),
    'out-of-range',
    'cpu',
    /got '1', which names none: there is 0 \(NVIDIA H100 80GB HBM3\)/,
    /export CUDA_VISIBLE_DEVICES=0/,
  ],
  [
    'one out of range of two',
    ['two-alike'],
    shown('4,0'),
    'out-of-range',
    'cpu',
    /got '4,0'.*there are 0 \(NVIDIA L40\), 1 \(NVIDIA L40\)/,
    /CUDA_VISIBLE_DEVICES=0/,
  ],
  [
    'a wrong UUID',
    ['h100'],
    shown('GPU-ffffffff'),
    'unknown-uuid',
    'cpu',
    /names none: there is GPU-1a2b3c4d/,
    /export CUDA_VISIBLE_DEVICES=GPU-1a2b3c4d/,
  ],
  ['a UUID by its beginning', ['h100'], shown('GPU-1a2b3c4d-0000'), undefined, undefined, /^$/, /^$/],
  [
    'several cards',
    ['two-alike'],
    signs(),
    'several-cards',
    'note',
    /2 GPUs can be seen, and one is used: GPU 0 \(NVIDIA L40\)/,
    /CUDA_VISIBLE_DEVICES=1/,
  ],
  [
    'the second one first',
    ['two-alike'],
    shown('1,0'),
    'several-cards',
    'note',
    /used: GPU 1 \(NVIDIA L40\)/,
    /CUDA_VISIBLE_DEVICES=0/,
  ],
  [
    'cards of two kinds',
    ['two-unlike'],
    signs(),
    'several-cards',
    'note',
    /the fastest/,
    /CUDA_DEVICE_ORDER=PCI_BUS_ID/,
  ],
  [
    'a card for one process, held',
    ['exclusive', 'exclusive-processes'],
    signs(),
    'exclusive-held',
    'cpu',
    /Exclusive_Process\), and python \(pid 4711, 5,000 MiB\) has it/,
    /-c DEFAULT/,
  ],
  ['a card for one process, free', ['exclusive', 'no-processes'], signs(), undefined, undefined, /^$/, /^$/],
  ['a card for nobody', ['prohibited'], signs(), 'prohibited', 'cpu', /Prohibited/, /-c DEFAULT/],
  [
    'MIG without instances',
    ['mig', undefined, 'mig-list-empty'],
    signs(),
    'mig-without-instances',
    'cpu',
    /an instance on GPU 0 .*got none$/,
    /mig -cgi 0 -C/,
  ],
  [
    'MIG at the start of a run',
    ['mig'],
    signs(),
    'mig-without-instances',
    'cpu',
    /none that CUDA can use/,
    /nvidia-smi -L/,
  ],
  [
    'MIG with instances',
    ['mig', undefined, 'mig-list'],
    signs(),
    'mig-not-chosen',
    'note',
    /has 2 instances; the first one is used, 1g\.10gb/,
    new RegExp(`CUDA_VISIBLE_DEVICES=${MIG}`),
  ],
  ['a MIG instance that is named', ['mig', undefined, 'mig-list'], shown(MIG), undefined, undefined, /^$/, /^$/],
  [
    'one that is not there',
    ['mig', undefined, 'mig-list'],
    shown('MIG-ffffffff-0321'),
    'unknown-uuid',
    'cpu',
    /got MIG-ffffffff-0321: there are MIG-0a0a0a0a/,
    new RegExp(`CUDA_VISIBLE_DEVICES=${MIG}`),
  ],
  ['one where MIG is off', ['h100'], shown(MIG), 'unknown-uuid', 'cpu', /MIG is off/, /CUDA_VISIBLE_DEVICES=0/],
  [
    'two of them',
    ['mig', undefined, 'mig-list'],
    shown(`${MIG},MIG-0b0b0b0b-3a06-5299-a795-fd7c00000002`),
    'mig-several',
    'note',
    /2 MIG instances, of which CUDA uses one/,
    /a process for each/,
  ],
];

function answersOf([cards, processes, list]: Case[1]): GpuAnswers {
  return {
    cards: answered(cards),
    processes: processes === undefined ? undefined : answered(processes),
    list: list === undefined ? undefined : answered(list),
  };
}

it.each(CASES)('%s', (_what, answers, machine, kind, effect, problem, hint) => {
  const found = diagnoseAnswers(answersOf(answers), machine).at(0);
  expect(found?.kind).toBe(kind);
  expect(found?.effect).toBe(effect);
  expect(found?.problem ?? '').toMatch(problem);
  expect(found?.hint ?? '').toMatch(hint);
});

it('tells of a tool that does not end, is not there, or fails in words that are not known', () => {
  const kinds = (answer: Partial<GpuAnswers['cards']>) =>
    diagnoseAnswers({ cards: { status: undefined, stdout: '', stderr: '', ...answer } }, signs())[0];
  expect(kinds({ failure: 'too-slow' })).toMatchObject({ kind: 'nvidia-smi-hangs', effect: 'cpu' });
  expect(kinds({ failure: 'missing', stderr: 'spawn nvidia-smi ENOENT' })).toMatchObject({
    kind: 'nvidia-smi-missing',
    effect: 'note',
    hint: expect.stringContaining('NVIDIA_DRIVER_CAPABILITIES'),
  });
  expect(kinds({ status: 255, stdout: '\nsomething else\n' })).toMatchObject({
    kind: 'nvidia-smi-fails',
    problem: expect.stringContaining('exit code 255: something else'),
  });
});

it('reads what the tool prints, whatever else stands there', () => {
  expect(parseCards(recorded('mig'))).toEqual([
    {
      index: 0,
      name: 'NVIDIA A100-SXM4-80GB',
      uuid: U0,
      driverVersion: '535.216.01',
      capability: 8,
      memoryTotal: 81920,
      memoryFree: 81040,
      computeMode: 'Default',
      isMigEnabled: true,
      isBroken: false,
    },
  ]);
  for (const text of ['', 'No devices were found\n', recorded('mig-list'), '\u0000,,,,,\n', 'index,\n,']) {
    expect(parseCards(text).every(({ uuid }) => uuid === '')).toBe(true);
    expect(parseProcesses(text)).toEqual([]);
  }
  expect(parseList(recorded('mig-list-older'))).toEqual([
    {
      index: 0,
      name: 'A100-SXM4-40GB',
      uuid: U0,
      instances: [
        { profile: '1g.5gb', uuid: `MIG-${U0}/7/0` },
        { profile: '1g.5gb', uuid: `MIG-${U0}/8/0` },
      ],
    },
  ]);
});

it('takes CUDA_VISIBLE_DEVICES as CUDA does: up to the first entry that names nothing', () => {
  const cards = parseCards(recorded('two-alike'));
  const seen = (value: string) => {
    const { cards: shownCards, invalid } = visibleCards(cards, value);
    return [shownCards.map(({ index }) => index), invalid];
  };
  expect(seen('1,0')).toEqual([[1, 0], undefined]);
  expect(seen(' 1 , 0 ')).toEqual([[1, 0], undefined]);
  expect(seen('0,2,1')).toEqual([[0], '2']);
  expect(seen('0,-1,1')).toEqual([[0], '-1']);
  expect(seen('gpu-1A2B3C4D-6666')).toEqual([[], 'gpu-1A2B3C4D-6666']);
  expect(seen('GPU-1A2B3C4D-6666')).toEqual([[1], undefined]);
  expect(seen('GPU-')).toEqual([[], 'GPU-']);
});
