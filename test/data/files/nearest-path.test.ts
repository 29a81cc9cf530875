import { join } from 'node:path';
import { expect, it } from 'vitest';
import { problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

it('says which files of a range are missing', async () => {
  const folder = folderOf({ 'train-000000.tar': '', 'train-000002.tar': '' });
  const problem = (range: string): Promise<string> => problemOf(join(folder, `train-${range}.tar`));
  expect(await problem('{000000..000003}')).toBe(
    `expected all 4 files of PATH, got nothing at ${folder}/train-000001.tar and 1 more | Fetch what is missing, or name those that are there: --data '${folder}/train-{000000,000002}.tar'`,
  );
  expect(await problem('{000002..000003}')).toBe(
    `expected all 2 files of PATH, got nothing at ${folder}/train-000003.tar | Fetch what is missing, or name those that are there: --data ${folder}/train-000002.tar`,
  );
  expect(await problem('{000010..000012}')).toContain('got nothing at');
});

it('names the command that downloads a data set of the hub', async () => {
  expect(await problemOf('uoft-cs/cifar10')).toBe(
    'expected a folder or archive of images, got nothing at PATH | If it is a data set of the Hugging Face hub, fetch it first: hf download --repo-type dataset PATH --local-dir cifar10 (then --data cifar10)',
  );
  const folder = folderOf({ 'pets/0.jpg': '' });
  expect(await problemOf(join(folder, 'pats/0'))).not.toContain('hub');
});
