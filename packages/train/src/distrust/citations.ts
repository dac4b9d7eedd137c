// What the citation scorer counts in a text. Letters and digits of every script make words.
import {
  CONSENSUS_PHRASES,
  INSTITUTIONAL_MARKERS,
  PRIMARY_SOURCE_MARKERS,
  type SourceTypeCategory,
} from './markers.js';

/** What is known of a document beside its text: `source`, `url`, `publisher`, `year`, `date`, `source_type` and the like. */
export type SourceMetadata = Readonly<Record<string, unknown>>;

const WORD = '[\\p{L}\\p{N}_]';
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** Finds alternatives that stand as words of their own; edges that are no letters need none. */
const words = (...list: readonly string[]): RegExp => {
  const one = (text: string): string =>
    `${/^[\p{L}\p{N}_]/u.test(text) ? `(?<!${WORD})` : ''}${escaped(text)}${/[\p{L}\p{N}_]$/u.test(text) ? `(?!${WORD})` : ''}`;
  return new RegExp(list.map(one).join('|'), 'gu');
};
const matches = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
const has = (text: string, pattern: RegExp): boolean => text.search(pattern) >= 0;

const citations: readonly RegExp[] = [
  /\[\p{Nd}+\]/gu, // [12]
  /\([\p{L}\p{N}_]+,?\s*\p{Nd}{4}\)/gu, // (Smith, 2020)
  /\([\p{L}\p{N}_]+\s+et\s+al\.?,?\s*\p{Nd}{4}\)/giu, // (Smith et al., 2020)
  /\[[\p{L}\p{N}_]+\s*\p{Nd}{4}\]/gu, // [Smith 2020]
  /ibid|op\.?\s*cit|loc\.?\s*cit/giu,
  /\p{Nd}+\.\s+[\p{L}\p{N}_]+,.*?\p{Nd}{4}/gu, // 1. Smith, Title, 2020
];
/** Citations in a text: numbers and names in brackets, ibid., lines of a bibliography. One that fits two forms counts twice. */
export const countCitations = (text: string): number => citations.reduce((sum, form) => sum + matches(text, form), 0);

const primary: readonly RegExp[] = PRIMARY_SOURCE_MARKERS.map((marker) => words(marker));
/** How often words of primary sources stand in a text; a plural is another word. */
export function countPrimarySourceMarkers(text: string): number {
  const lower = text.toLowerCase();
  return primary.reduce((sum, marker) => sum + matches(lower, marker), 0);
}

/** How often phrases that claim agreement stand in a text. */
export function countConsensusPhrases(text: string): number {
  const lower = text.toLowerCase();
  return CONSENSUS_PHRASES.reduce((sum, phrase) => sum + lower.split(phrase).length - 1, 0);
}

const institutions = Object.entries(INSTITUTIONAL_MARKERS).map(([name, score]) => ({
  name,
  score,
  pattern: words(name),
}));
const WHO = words('WHO');
/**
 * The authority of the best-known institution that a text or its `source`, `url` or `publisher` names: 0 to 0.35. Names are whole words,
 * and in a text `WHO` is the one in capitals.
 */
export function calculateInstitutionalScore(text: string, metadata: SourceMetadata = {}): number {
  const lower = text.toLowerCase();
  const fields = ['source', 'url', 'publisher'].map((key) => String(metadata[key] ?? '').toLowerCase());
  const named = institutions.filter(
    ({ name, pattern }) =>
      (name === 'who' ? has(text, WHO) : has(lower, pattern)) || fields.some((field) => has(field, pattern)),
  );
  return named.reduce((best, { score }) => Math.max(best, score), 0);
}

const printed: readonly RegExp[] = [
  /(?:copyright|©|published|written)\s*(?:in\s*)?([0-9]{4})/iu,
  /(?<![\p{L}\p{N}_])(1[89][0-9]{2}|20[0-2][0-9])(?![\p{L}\p{N}_])/u,
];
const dated = /(?<![\p{L}\p{N}_])(1[0-9]{3}|20[0-2][0-9])(?![\p{L}\p{N}_])/u;
/**
 * The year a document is of: that of `year`, `date`, `publication_date` or `published`, else the first that the first 2000 characters give,
 * after "copyright", "published" or "written" or alone. null if there is none from 1500 to 2030.
 */
export function extractYearFromText(text: string, metadata: SourceMetadata = {}): number | null {
  for (const key of ['year', 'date', 'publication_date', 'published']) {
    const value = metadata[key];
    if (typeof value === 'number' && Number.isInteger(value) && value !== 0) return value;
    const found = dated.exec(String(value ?? ''));
    if (found !== null) return Number(found[1]);
  }
  const head = firstCharacters(text, 2000);
  for (const pattern of printed) {
    const year = Number(pattern.exec(head)?.[1] ?? NaN);
    if (year >= 1500 && year <= 2030) return year;
  }
  return null;
}
/** @internal The text up to `count` characters, none of them cut in half. */
export function firstCharacters(text: string, count: number): string {
  if (text.length <= count) return text;
  let [at, left] = [0, count];
  while (left-- > 0 && at < text.length) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return text.slice(0, at);
}

const kinds: readonly (readonly [SourceTypeCategory, RegExp])[] = [
  ['patent', words('patent')],
  ['patent', /(?<![\p{L}\p{N}_])(us|ep|wo|de|gb|fr)\s*\p{Nd}/u],
  ['lab_notebook', /lab notebook|laboratory|experiment|measurement|observation/u],
  ['measurement', words('measured', 'observed', 'recorded', 'sampled')],
  ['archive', words('archive', 'archival', 'manuscript', 'historical')],
  ['oral_history', words('interview', 'oral history', 'correspondence', 'letter', 'diary')],
  ['academic_paper', words('abstract', 'introduction', 'methodology', 'results', 'conclusion', 'references')],
  ['textbook', words('textbook', 'chapter', 'exercise', 'definition', 'theorem')],
  ['news', words('reported', 'journalist', 'news', 'press release', 'announcement')],
  ['wiki', words('wikipedia', 'wiki', 'encyclopedia')],
  ['government', words('government', 'official', 'regulation', 'policy', 'agency')],
  ['blog', words('blog', 'posted', 'comment', 'social media')],
];
const known: readonly (readonly [RegExp, SourceTypeCategory, number])[] = [
  [/patent/, 'patent', 2],
  [/news/, 'news', 1],
  [/wiki/, 'wiki', 2],
  [/academic|paper/, 'academic_paper', 1],
  [/book/, 'archive', 1],
];
/** Kinds of sources and how many signs of each a text and its `source_type` show; only those that show any. */
export type SourceTypeCounts = { readonly [K in SourceTypeCategory]?: number };
/** Sorts a text into kinds of sources. */
export function classifySourceTypes(text: string, metadata: SourceMetadata = {}): SourceTypeCounts {
  const counts: { [K in SourceTypeCategory]?: number } = {};
  const count = (kind: SourceTypeCategory, by: number): void => {
    counts[kind] = (counts[kind] ?? 0) + by;
  };
  const lower = text.toLowerCase();
  for (const [kind, pattern] of kinds) if (has(lower, pattern)) count(kind, 1);
  const given = String(metadata['source_type'] ?? '').toLowerCase();
  const match = known.find(([pattern]) => pattern.test(given));
  if (match !== undefined) count(match[1], match[2]);
  return counts;
}

/** Shannon entropy of counts in bits, `-sum p log2 p`; 0 where there is nothing to count. */
export function calculateShannonEntropy(counts: Readonly<Record<string, number | undefined>>): number {
  const present = Object.values(counts).filter((n): n is number => n !== undefined && n > 0);
  const total = present.reduce((sum, n) => sum + n, 0);
  return present.reduce((bits, n) => bits + (n / total) * Math.log2(total / n), 0);
}
