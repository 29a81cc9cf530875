import { BYTE_DAMAGES } from './damage-bytes.ts';
import { DATA_BOMBS } from './damage-data-bombs.ts';
import { BUDGET } from './damage-data-reader.ts';
import { makeSoundSets, type SoundSet, writeSet } from './damage-data-sets.ts';
import { beyond, type DamagePart } from './damage-part.ts';

const LIMITS = { seconds: 20, bytes: BUDGET + 300e6, characters: 4096 };

/** Of so many files one is made to take memory or time; the others are damaged. */
const BOMB_EVERY = 20;

/** Damaged data sets of every format: images, or a message, within the memory that images may take and 300 MB. */
export async function dataPart(): Promise<DamagePart> {
  const sets = await makeSoundSets();
  const damages = Object.values(BYTE_DAMAGES);
  const bombs = Object.entries(DATA_BOMBS);
  return {
    reader: new URL('./damage-data-reader.ts', import.meta.url),
    patience: 120,
    async make(index, random, folder) {
      if (index % BOMB_EVERY === BOMB_EVERY - 1) {
        const [kind, bomb] = bombs[Math.floor(index / BOMB_EVERY) % bombs.length] as (typeof bombs)[number];
        return { kind, path: writeSet(folder, bomb(random)) };
      }
      const set = sets[index % sets.length] as SoundSet;
      const names = Object.keys(set.files);
      // A list is what its set is about.
      const name = set.list ?? (names[random.integer(names.length)] as string);
      const damage = damages[random.integer(damages.length)] as (typeof damages)[number];
      const damaged = damage(Buffer.from(set.files[name] as Buffer), random);
      return { kind: set.name, path: writeSet(folder, { ...set, files: { ...set.files, [name]: damaged } }) };
    },
    problem: (outcome) => beyond(outcome, LIMITS),
  };
}
