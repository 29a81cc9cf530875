import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFolder } from '../../../src/data/files/image-folder.ts';
import { DecodeProblem } from '../../../src/data/pixels/decode-problem.ts';
import { UserError } from '../../../src/util/errors.ts';
import { folderOf } from '../temp-files.ts';

describe('listFolder', () => {
  it('finds JPEG, PNG and WebP at any depth, whatever the case, and ignores the rest and dot files', async () => {
    const listing = await listFolder(
      folderOf({
        'a.jpg': '1',
        'b/c/d/e.JPEG': '2',
        'b/f.Png': '3',
        'g.webp': '4',
        'notes.txt': 'x',
        'h.gif': 'x',
        jpg: 'x',
        '.hidden.jpg': 'x',
        '._a.jpg': 'x',
        '.cache/i.jpg': 'x',
      }),
    );
    expect(listing.images).toEqual(['a.jpg', 'g.webp', 'b/f.Png', 'b/c/d/e.JPEG']);
    expect(listing.others).toEqual(['h.gif', 'jpg', 'notes.txt']);
    expect(Buffer.from(await listing.read('b/c/d/e.JPEG')).toString()).toBe('2');
  });

  it('reads names with spaces, newlines and emoji', async () => {
    const names = ['a b.jpg', 'line\nbreak.jpg', '😀.jpg', 'ä.jpg', 'quote\'".jpg'];
    const listing = await listFolder(folderOf(Object.fromEntries(names.map((name) => [name, name]))));
    expect([...listing.images].sort()).toEqual([...names].sort());
    for (const name of names) expect(Buffer.from(await listing.read(name)).toString()).toBe(name);
  });

  it('follows links to files and folders, but not round a loop', async () => {
    const folder = folderOf({ 'real/a.jpg': '1' });
    symlinkSync(join(folder, 'real'), join(folder, 'linked'));
    symlinkSync(folder, join(folder, 'real', 'up'));
    symlinkSync('self', join(folder, 'self'));
    symlinkSync(join(folder, 'real', 'a.jpg'), join(folder, 'b.jpg'));
    const { images } = await listFolder(folder);
    expect(images).toEqual(['b.jpg', 'linked/a.jpg', 'real/a.jpg']);
  });

  it('reports a dangling link and a link to itself when they are read', async () => {
    const folder = folderOf({ 'a.jpg': '1' });
    symlinkSync('/nonexistent/file.jpg', join(folder, 'b.jpg'));
    symlinkSync('c.jpg', join(folder, 'c.jpg'));
    const listing = await listFolder(folder);
    expect(listing.images).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
    await expect(listing.read('b.jpg')).rejects.toThrow(new DecodeProblem('does not exist (a dangling link?)'));
    await expect(listing.read('c.jpg')).rejects.toThrow(new DecodeProblem('is a link that leads to itself'));
  });

  it.skipIf(process.getuid?.() === 0)('names a file and a folder that may not be read', async () => {
    const folder = folderOf({ 'a.jpg': '1' });
    chmodSync(join(folder, 'a.jpg'), 0);
    const listing = await listFolder(folder);
    await expect(listing.read('a.jpg')).rejects.toBeInstanceOf(DecodeProblem);
    mkdirSync(join(folder, 'locked'), { mode: 0 });
    await expect(listFolder(folder)).rejects.toBeInstanceOf(UserError);
  });
});
