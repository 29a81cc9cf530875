import { UserError } from '../util/errors.ts';
import { experimentOf } from './preset-path.ts';

/** Says of a configuration which of its operations a GPU would compute; loads TensorFlow, needs no GPU. */
export async function showPlacement(file: string, { json }: { readonly json: boolean }): Promise<void> {
  const [{ loadConfig }, { readYaml }, { member }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/yaml-file.ts'),
    import('../config/schema-walk.ts'),
  ]);
  const { path, preset } = experimentOf(file, '--placement');
  // No image is read.
  const needsImages = member(readYaml(path).value['data'], 'path') === undefined;
  const config = loadConfig(path, needsImages ? [{ label: '--placement', key: 'data.path', text: '.' }] : []);
  const [{ isClean, placeConfig }, { printPlacement }] = await Promise.all([
    import('../run/placement/place-config.ts'),
    import('../run/placement/placement-text.ts'),
  ]);
  const placement = await placeConfig(config);
  printPlacement(preset ?? file, placement, { json });
  if (!isClean(placement)) throw new UserError('not everything would stay on a GPU');
}
