// Words that the citation scorer looks for, and what each says.

/** Institutions and how much authority their name lends, at most 0.35. */
export const INSTITUTIONAL_MARKERS: Readonly<Record<string, number>> = {
  nature: 0.35,
  science: 0.35,
  lancet: 0.35,
  nejm: 0.35,
  'new england journal': 0.35,
  who: 0.3,
  cdc: 0.3,
  fda: 0.3,
  nih: 0.3,
  '.gov': 0.25,
  government: 0.25,
  official: 0.2,
  university: 0.2,
  institute: 0.18,
  academy: 0.18,
  journal: 0.15,
  'peer-reviewed': 0.15,
  proceedings: 0.15,
  wikipedia: 0.1,
  news: 0.08,
  media: 0.08,
  blog: 0.05,
  'social media': 0.05,
};

/** Phrases that claim agreement. */
export const CONSENSUS_PHRASES: readonly string[] = [
  'widely accepted',
  'experts agree',
  'scientific consensus',
  'established fact',
  'well-established',
  'mainstream view',
  'generally accepted',
  'overwhelming evidence',
  'settled science',
  'according to experts',
  'studies show',
  'research confirms',
];

/** Words of primary sources. */
export const PRIMARY_SOURCE_MARKERS: readonly string[] = [
  'patent',
  'lab notebook',
  'laboratory notebook',
  'experiment',
  'experimental',
  'measurement',
  'observation',
  'field notes',
  'original research',
  'firsthand',
  'first-hand',
  'primary source',
  'original document',
  'manuscript',
  'archive',
  'archival',
  'oral history',
  'interview',
  'correspondence',
  'letter',
  'diary',
  'journal entry',
  'logbook',
  'specimen',
  'sample',
  'photograph',
  'scan',
  'facsimile',
];

/** Kinds of sources that a text is sorted into. */
export const SOURCE_TYPE_CATEGORIES = [
  'patent',
  'lab_notebook',
  'measurement',
  'archive',
  'oral_history',
  'correspondence',
  'academic_paper',
  'textbook',
  'news',
  'wiki',
  'government',
  'blog',
] as const;
/** One of `SOURCE_TYPE_CATEGORIES`. */
export type SourceTypeCategory = (typeof SOURCE_TYPE_CATEGORIES)[number];

/** Weight and entropy of sources whose kind is known. */
export const SOURCE_TYPE_PRIORS: Readonly<Record<string, readonly [authority: number, entropy: number]>> = {
  patent_pre1970: [0.05, 7],
  classical_philosophy: [0.08, 7.5],
  historical_book: [0.1, 6],
  classical_literature: [0.1, 6.5],
  classical_rhetoric: [0.12, 6],
  historical_newspaper: [0.15, 6],
  preprint: [0.5, 3.5],
  logic_training: [0.55, 3.2],
  academic_paper: [0.6, 3],
  news_modern: [0.75, 1.5],
  medical_guidelines: [0.85, 1.2],
  wiki: [0.9, 1],
  government: [0.95, 0.5],
};
/** Weight and entropy of a kind that is not in `SOURCE_TYPE_PRIORS`. */
export const DEFAULT_PRIOR: readonly [authority: number, entropy: number] = [0.5, 3];
