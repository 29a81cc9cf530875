/** What training takes. */
export const TRAIN = 'train';

/** Names of test splits, in order of preference. */
export const TESTS = ['test', 'val', 'valid', 'validation', 'dev', 'eval', 'evaluation'];

const OTHERS = ['unlabeled', 'unlabelled', 'unsupervised', 'extra', 'holdout', 'pred', 'prediction', 'predictions'];

/** The same in other languages; all are compared in their composed form (NFC). */
const FOREIGN_WORDS: readonly (readonly [split: string, words: string])[] = [
  [TRAIN, '训练 訓練 訓練用 学習 学習用 훈련 학습 обучение обучающая тренировочная entrenamiento treino treinamento'],
  ['test', '测试 測試 テスト テスト用 테스트 시험 тест тестовая prueba pruebas teste'],
  ['val', '验证 驗證 検証 検証用 검증 валидация валидационная validierung validación validação'],
];

/** Every word that names a split, in folders, files, columns and tables alike, with the split that it means. */
const SPLIT_WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries([TRAIN, ...TESTS, ...OTHERS].map((name) => [name, name])),
  training: TRAIN,
  trainval: TRAIN,
  testing: 'test',
  t10k: 'test',
  ...Object.fromEntries(FOREIGN_WORDS.flatMap(([split, words]) => words.split(' ').map((word) => [word, split]))),
};

/** Told in one look, because there may be a hundred thousand classes to ask of. */
const ANY_WORD = new RegExp(Object.keys(SPLIT_WORDS).join('|'), 'i');

/**
 * Words beside that of a split that say nothing of their own: `train_images`, `val set`, `test data`, and
 * `bounding_box_train` of Market-1501.
 */
const FILLERS = new Set(
  [
    'set split data dataset images image imgs img photos pictures files folder samples jpg jpeg png bounding box',
    '集 数据 数据集 图片 图像 資料 資料集 データ データセット 画像 데이터 데이터셋 세트 выборка данные daten datos',
  ].flatMap((words) => words.split(' ')),
);

/** The same where it is joined to the word: `trainset`, `testdata`. */
const JOINED_FILLER =
  /(set|data|images|imgs|img|(数据|資料)?集|数据|资料|資料|图[片像]|圖[片像]|样本|データ(セット)?|画像|セット|데이터(셋|세트)?|셋|세트|daten)$/;

/** Kaggle's halves of the test images: scores on the public one are known early and serve for validation (FER2013). */
const TEST_HALVES: Readonly<Record<string, string | undefined>> = { public: 'val', private: 'test' };

const splitOfWord = (word: string): string | undefined =>
  Object.hasOwn(SPLIT_WORDS, word) ? SPLIT_WORDS[word] : undefined;

/** The split that one part of a name says, as `train`, `train2017` and `trainset` do. */
function splitOfToken(token: string): string | undefined {
  const bare = token.replace(/^\d+|\d+$/g, '');
  return splitOfWord(token) ?? splitOfWord(bare) ?? splitOfWord(bare.replace(JOINED_FILLER, ''));
}

/** Whether a text is the usual name of a split. */
export const isSplit = (name: string): boolean => splitOfWord(name) !== undefined;

/** The parts of a name: `trainA`, `seg_train` and `Training set 2` have two, two and three. */
function tokensOf(name: string): string[] {
  const spaced = name.normalize('NFC').replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2');
  return spaced
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((token) => token !== '');
}

/** What a name says of a split. */
export interface SplitName {
  readonly split: string;
  /** What else it says, without numbers and fillers: `seg` of `seg_train`, nothing of `train2017` or `Test images`. */
  readonly rest: string;
}

/** Reads the name of a folder or a file, without its folders; undefined where no part of it is the word of a split. */
export function readSplitName(name: string): SplitName | undefined {
  if (!ANY_WORD.test(name.normalize('NFC'))) return undefined;
  const tokens = tokensOf(name);
  const at = tokens.findIndex((token) => splitOfToken(token) !== undefined);
  if (at === -1) return undefined;
  const rest = tokens.filter((token, i) => i !== at && !FILLERS.has(token) && !/^\d+$/.test(token)).join(' ');
  const split = splitOfToken(tokens[at] as string) as string;
  const half = split === 'test' ? TEST_HALVES[rest] : undefined;
  return half === undefined ? { split, rest } : { split: half, rest: '' };
}

/**
 * The words of a name but for those of splits and fillers: `seg` of `seg_train_images`, `fashion` and `mnist` of
 * `FashionMNIST`, nothing of `Test images` or of `PublicTest`.
 */
export function wordsBesideSplits(name: string): string[] {
  if (readSplitName(name)?.rest === '') return [];
  return tokensOf(name).filter((token) => splitOfToken(token) === undefined && !FILLERS.has(token));
}

/** The usual name of a split that a list names: `Training set` is `train`; others stay as they are. */
export function canonicalSplit(name: string): string {
  const found = readSplitName(name);
  return found === undefined || found.rest !== '' || /\d/.test(name) ? name : found.split;
}

/**
 * The split that a file's name says, or else the folders above it: `val` of `x/val-00001-of-00002.parquet`; '' for
 * none.
 */
export function splitOf(path: string): string {
  for (const part of path.split('/').reverse()) {
    const found = readSplitName(part);
    if (found !== undefined) return found.split;
  }
  return '';
}
