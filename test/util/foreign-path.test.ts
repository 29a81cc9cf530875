import { expect, it } from 'vitest';
import { UserError } from '../../src/util/errors.ts';
import { localPath } from '../../src/util/foreign-path.ts';

function problemOf(path: string): string {
  try {
    return localPath(path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${error.message} | ${error.hint}`;
  }
}

it('leaves paths as they are, and reads file addresses', () => {
  for (const path of ['photos', '/data/a b', './x', 'train-{000..009}.tar', 'c:d', '~'])
    expect(problemOf(path)).toBe(path);
  expect(problemOf('file:///data/a%20b')).toBe('/data/a b');
  expect(problemOf('file://other/data')).toContain('got the address file://other/data | Write the path alone.');
});

it('names the command that fetches what an address names', () => {
  expect(problemOf("https://example.org/it's.tar")).toBe(
    String.raw`expected a path on this machine, got the address https://example.org/it's.tar | Nothing is downloaded. Fetch it first: curl -fLO 'https://example.org/it'\''s.tar'`,
  );
  expect(problemOf('https://huggingface.co/datasets/a/b')).toContain('git clone https://huggingface.co/datasets/a/b');
  expect(problemOf('https://www.kaggle.com/datasets/some/pets-2')).toContain(
    'Fetch it first: kaggle datasets download -d some/pets-2 --unzip -p pets-2 (then --data pets-2)',
  );
  expect(problemOf('https://kaggle.com/competitions/dogs-vs-cats/data')).toContain(
    'Fetch it first: kaggle competitions download -c dogs-vs-cats',
  );
  expect(problemOf('s3://bucket/x')).toContain('aws s3 sync s3://bucket/x images');
  expect(problemOf('hf://datasets/a/b')).toContain('hf download --repo-type dataset a/b --local-dir images');
  expect(problemOf('hf://datasets/a/b@v1/data')).toContain(
    "hf download --repo-type dataset a/b --revision v1 --include 'data/**' --local-dir images",
  );
  expect(problemOf('hf://datasets/a/b/x/t.tar')).toContain('a/b --include x/t.tar --local-dir images');
  expect(problemOf('s3://bucket/x/t.tar')).toContain('aws s3 cp s3://bucket/x/t.tar .');
  expect(problemOf('gs://bucket/x')).toContain(
    'mkdir -p images && gcloud storage rsync --recursive gs://bucket/x images',
  );
  expect(problemOf('gs://bucket/t.tar')).toContain('gcloud storage cp gs://bucket/t.tar .');
  const shards = 'train-{000..009}.tar';
  expect(problemOf(`s3://b/x/${shards}`)).toContain(
    "aws s3 sync s3://b/x images --exclude '*' --include 'train-*.tar'",
  );
  expect(problemOf(`gs://b/x/${shards}`)).toContain("gcloud storage cp 'gs://b/x/train-*.tar' images");
  expect(problemOf(`https://a.b/x/${shards}`)).toContain("curl -fLO 'https://a.b/x/train-[000-009].tar'");
  const hub = 'https://huggingface.co/datasets/a/b';
  expect(problemOf(`${hub}/tree/main/data`)).toContain(`git clone ${hub}`);
  expect(problemOf(`${hub}/blob/main/x.tar`)).toContain(`curl -fLO ${hub}/resolve/main/x.tar`);
  expect(problemOf('hdfs://a/b')).toContain('fetch the images first');
});

it('explains paths of Windows, of other users, and with variables', () => {
  expect(problemOf(String.raw`C:\Users\me\my photos`)).toContain("Under WSL it is '/mnt/c/Users/me/my photos'");
  expect(problemOf('~nobody-here/photos')).toContain('as this shows it: echo ~nobody-here');
  process.env['CL_TEST_IMAGES'] = '/data';
  expect(problemOf('$CL_TEST_IMAGES/x')).toContain('Write it in full: /data/x');
  expect(problemOf(`\${CL_TEST_NOTHING}/x`)).toContain('Write the path in full.');
  delete process.env['CL_TEST_IMAGES'];
});
