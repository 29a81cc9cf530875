import { exec } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf, textOf } from '../temp-files.ts';

/** A server that answers with the path that it is asked for; `gone.jpg` is not there. Returns its address. */
async function serve(): Promise<string> {
  const server = createServer(({ url }, response) => {
    response.statusCode = url?.includes('gone') ? 404 : 200;
    response.end(`content of ${url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Runs the command that the hint for a list gives, and says what the images of the new list hold. */
async function follow(name: string, text: string): Promise<string[]> {
  const folder = folderOf({ [name]: text });
  const problem = (await problemOf(join(folder, name))).replaceAll('PATH', join(folder, name));
  const [, command = 'false', list = ''] = /a list of them: (.*) \(then --data (.*)\)$/.exec(problem) ?? [];
  await promisify(exec)(command);
  const { train } = await openForTest(list.replaceAll("'", ''));
  return Promise.all(Array.from({ length: train.count }, (_, i) => textOf(train.read(i)).catch(String)));
}

it('of the web in a list are fetched by the command that is told', async () => {
  const at = await serve();
  expect(
    await follow('list.csv', `path,label,page\n${at}/a/1.jpg,cat,${at}/p\n${at}/a/b/2.jpg?x=1&y=2,dog,${at}/p\n`),
  ).toEqual(['content of /a/1.jpg', 'content of /a/b/2.jpg?x=1&y=2']);
  expect(await follow('my list.csv', `label;path\ncat;${at}/a/1.jpg\n`)).toEqual(['content of /a/1.jpg']);
  expect(await follow('list.jsonl', `{"path": "${at}/a/1.jpg", "label": 1}\n{"path": "${at}/b/2.jpg"}\n`)).toEqual([
    'content of /a/1.jpg',
    'content of /b/2.jpg',
  ]);
  const [there, gone] = await follow('list.csv', `path\n${at}/a/1.jpg\n${at}/gone.jpg\n`);
  expect([there, gone]).toEqual(['content of /a/1.jpg', expect.stringContaining('does not exist')]);
  const other = at.replace('127.0.0.1', 'localhost');
  expect(await follow('list.csv', `path\n${at}/1.jpg\n${other}/1.jpg\n`)).toHaveLength(2);
});

it.each([
  [
    ['s3://bucket/a/1.jpg', 's3://bucket/a/b/2.jpg'],
    'aws s3 sync s3://bucket/a images/bucket/a; sed -E ',
    ['bucket/a/1.jpg', 'bucket/a/b/2.jpg'],
  ],
  [
    ['s3://one/1.jpg', 's3://two/x/2.jpg'],
    'aws s3 sync s3://one images/one && aws s3 sync s3://two/x images/two/x; sed -E ',
    ['one/1.jpg', 'two/x/2.jpg'],
  ],
  [
    ['gs://bucket/my a/1.jpg'],
    "mkdir -p 'images/bucket/my a' && gcloud storage rsync --recursive 'gs://bucket/my a' 'images/bucket/my a'; sed -E ",
    ['bucket/my a/1.jpg'],
  ],
  [
    ['hf://datasets/me/pets@v1/a/1.jpg', 'hf://datasets/me/pets@v1/a/2.jpg'],
    "hf download --repo-type dataset me/pets --revision v1 --include 'a/**' --local-dir images/datasets/me/pets@v1; sed -E ",
    ['datasets/me/pets@v1/a/1.jpg', 'datasets/me/pets@v1/a/2.jpg'],
  ],
])('%j in a list get commands that fetch them and write the list', async (paths, command, places) => {
  const folder = folderOf({
    'list.csv': `path\n${paths.join('\n')}\n`,
    ...Object.fromEntries(places.map((place) => [`images/${place}`, place])),
  });
  const problem = (await problemOf(join(folder, 'list.csv'))).replaceAll('PATH', join(folder, 'list.csv'));
  expect(problem).toContain(`(cd ${folder} && ${command}`);
  await promisify(exec)(/; (sed .*)\) \(then/.exec(problem)?.[1] ?? 'false', { cwd: folder });
  const { train } = await openForTest(join(folder, 'list.here.csv'));
  expect(await Promise.all(places.map((_, i) => textOf(train.read(i))))).toEqual(places);
});

it('of other kinds, or in too many places, get no command', async () => {
  const many = Array.from({ length: 9 }, (_, i) => `s3://bucket-${i}/1.jpg`);
  for (const paths of [['hdfs://a/1.jpg'], many]) {
    expect(await problemOf(join(folderOf({ 'list.csv': `path\n${paths.join('\n')}\n` }), 'list.csv'))).toContain(
      'Nothing is downloaded: fetch the images, and list their files.',
    );
  }
});
