import { zeros } from '../../runtime/host-tensor.ts';
import type { Device } from '../../runtime/session.ts';
import { type Tensor, type Tensors, tf } from '../../runtime/tf.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { type Check, DEVICES } from './check-record.ts';
import type { Place } from './place.ts';

function describe({ name, memoryBytes, type }: Device): string {
  const short = name.replace(/^.*device:/, '');
  return type === 'GPU' ? `${short} (${formatBytes(memoryBytes)})` : short;
}

/** TensorFlow lists the devices, and the one that computes is of the kind that is checked. */
export function deviceCheck({ device, expectsGpu }: { readonly device: Place; readonly expectsGpu: boolean }): Check {
  return {
    name: DEVICES,
    async run() {
      const inputs = { x: zeros([1]) };
      const build = (_: unknown, { x }: Tensors) => ({ outputs: { y: tf.add(x as Tensor, 1) } });
      const one = { inputs, build };
      const program = await device.open({ state: {}, functions: { one } });
      try {
        const { y } = await program.run('one', inputs);
        const hasGpu = program.devices.some(({ type }) => type === 'GPU');
        return {
          ok: hasGpu === expectsGpu && y?.data[0] === 1,
          measured: program.devices.map(describe).join(', '),
          limit: expectsGpu ? 'a GPU' : 'no GPU',
        };
      } finally {
        program.close();
      }
    },
  };
}
