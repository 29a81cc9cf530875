import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { identityOf } from '../assembly/run-identity.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { type SettingChange, settingChanges } from './setting-changes.ts';

/**
 * Settings of a run that goes on which differ from those in its folder and don't touch the course of training:
 * evaluation, logging, saving, the machine. None where the folder's can't be read: they are written anew.
 */
export function changesBesides({ path }: RunFolder, config: Parameters<typeof identityOf>[0]): SettingChange[] {
  let before: typeof config;
  try {
    before = loadConfig(join(path, 'config.yaml'));
  } catch {
    return [];
  }
  const decisive = settingChanges(identityOf(before).settings, identityOf(config).settings);
  const known = new Set(['output', 'init', 'data.path', ...decisive.map(({ key }) => key)]);
  return settingChanges(before, config).filter(({ key }) => !known.has(key));
}
