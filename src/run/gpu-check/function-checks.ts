import type { Check } from './check-record.ts';
import { within } from './check-record.ts';
import type { CheckedFunction } from './checked-functions.ts';
import { difference, type Values } from './compare-values.ts';
import type { Place } from './place.ts';
import { FLOOR } from './tolerance.ts';

async function valuesAt(place: Place, { inputs, build }: CheckedFunction): Promise<Values> {
  const functions = {
    function: { inputs, build: (_: unknown, fed: Parameters<typeof build>[0]) => ({ outputs: build(fed) }) },
  };
  const program = await place.open({ state: {}, functions });
  try {
    return await program.run('function', inputs);
  } finally {
    program.close();
  }
}

/** The values of single functions, and their gradients, on the device beside those of the CPU. */
export function functionChecks(
  functions: readonly CheckedFunction[],
  { device, reference }: { readonly device: Place; readonly reference: Place },
  arithmetic: 'float32' | 'tf32',
): Check[] {
  return functions.map((each) => ({
    name: each.name,
    async run() {
      // The device first: TensorFlow reads what decides how a GPU computes when it first opens a session.
      const values = await valuesAt(device, each);
      const { worst, name } = difference(values, await valuesAt(reference, each));
      const limit = arithmetic === 'tf32' ? each.products * FLOOR.tf32 : FLOOR.float32;
      return within(worst, limit, name);
    },
  }));
}
