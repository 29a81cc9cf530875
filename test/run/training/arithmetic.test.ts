import { expect, it } from 'vitest';
import { arithmeticChange, arithmeticOn, parseArithmetic } from '../../../src/run/training/arithmetic.ts';

const CPU = { name: 'CPU:0', type: 'CPU', memoryBytes: 0 };
const AVX2 = ['AVX', 'AVX2'];
const AMX = [...AVX2, 'AVX-512', 'AMX BF16'];
const on = { oneDnn: true, instructionSets: AVX2 };

it('is what the device computes with', () => {
  const cpu = { ...on, processorSets: AMX, limit: 'AVX2' };
  expect(arithmeticOn([CPU], {}, cpu)).toEqual(on);
  const devices = [CPU, { ...CPU, type: 'GPU' }];
  expect(arithmeticOn(devices, {}, cpu)).toEqual({ gpu: { tf32: true } });
  expect(arithmeticOn(devices, { gpu: { tf32: false } }, cpu)).toEqual({ gpu: { tf32: false } });
  expect(arithmeticOn([CPU], {}, { instructionSets: ['NEON'], processorSets: ['NEON'] })).toEqual({
    instructionSets: ['NEON'],
  });
});

it('says that oneDNN was switched, and that instruction sets are others', () => {
  const off = { ...on, oneDnn: false };
  expect(arithmeticChange(on, off)).toMatch(
    /^the run was trained with oneDNN on and goes on with oneDNN off\. Results differ in their last bits/,
  );
  expect(arithmeticChange(off, on)).toMatch(/^the run was trained with oneDNN off and goes on with oneDNN on\. /);
  expect(arithmeticChange({ ...on, instructionSets: AMX }, on)).toMatch(/^the run goes on without AVX-512, AMX BF16: /);
  expect(arithmeticChange(off, { oneDnn: true, instructionSets: AMX })).toMatch(
    /goes on with oneDNN on; the run goes on with AVX-512, AMX BF16 besides: /,
  );
});

it('says that the device is another one, or multiplies otherwise', () => {
  const exact = { gpu: { tf32: false } };
  expect(arithmeticChange(on, exact)).toMatch(/^the run was trained on the CPU and goes on on a GPU\. /);
  expect(arithmeticChange(exact, on)).toMatch(/^the run was trained on a GPU and goes on on the CPU\. /);
  expect(arithmeticChange(exact, { gpu: { tf32: true } })).toMatch(
    /^the run was trained without TensorFloat-32 and goes on with TensorFloat-32\. /,
  );
  expect(arithmeticChange(exact, { gpu: { tf32: false } })).toBeUndefined();
});

it('claims nothing where nothing changed, or something is not known', () => {
  expect(arithmeticChange(on, { ...on })).toBeUndefined();
  expect(arithmeticChange(undefined, on)).toBeUndefined();
  expect(arithmeticChange(on, undefined)).toBeUndefined();
  expect(arithmeticChange({ instructionSets: AVX2 }, on)).toBeUndefined();
  expect(arithmeticChange({ oneDnn: true, instructionSets: [] }, on)).toBeUndefined();
});

it('takes records of checkpoints, and nothing else', () => {
  expect(parseArithmetic(JSON.parse(JSON.stringify(on)))).toEqual(on);
  expect(parseArithmetic({ gpu: { tf32: false } })).toEqual({ gpu: { tf32: false } });
  for (const value of [undefined, null, 'on', [], {}, { oneDnn: true }, { instructionSets: [1] }, { gpu: {} }]) {
    expect(parseArithmetic(value)).toBeUndefined();
  }
  expect(parseArithmetic({ oneDnn: 'yes', instructionSets: AVX2 })).toEqual({
    oneDnn: undefined,
    instructionSets: AVX2,
  });
});
