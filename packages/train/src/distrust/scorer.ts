// Authority and provenance of a document, from its text and what is known of it.
import {
  calculateInstitutionalScore,
  calculateShannonEntropy,
  classifySourceTypes,
  countCitations,
  countConsensusPhrases,
  countPrimarySourceMarkers,
  extractYearFromText,
  type SourceMetadata,
  type SourceTypeCounts,
} from './citations.js';
import { DEFAULT_PRIOR, SOURCE_TYPE_PRIORS, type SourceTypeCategory } from './markers.js';

/** The terms of an authority weight. */
export interface AuthorityBreakdown {
  readonly citationCount: number;
  readonly citationScore: number;
  readonly institutionalScore: number;
  readonly consensusCount: number;
  readonly consensusScore: number;
  readonly year: number | null;
  readonly ageAdjustment: number;
  readonly primaryCount: number;
  readonly primaryAdjustment: number;
}
const ageAdjustment = (year: number | null): number => {
  if (year === null) return 0;
  if (year < 1970) return -0.15;
  return year < 1995 ? 0 : 0.15;
};
/**
 * The authority weight of a document, 0 to 0.99: 0.3 and what citations (`0.05 log10(n + 1)`, at most 0.25), institutions (at most 0.35),
 * consensus phrases (0.1 each, at most 0.2) and age (0.15 less before 1970, 0.15 more from 1995 on) add, less 0.15 for each of up to three
 * words of primary sources.
 * @param citationCount how often the document is cited, where that is known; else citations are counted in the text
 */
export function calculateAuthorityWeight(
  text: string,
  metadata: SourceMetadata = {},
  citationCount: number = countCitations(text),
): [weight: number, breakdown: AuthorityBreakdown] {
  const [consensusCount, primaryCount] = [countConsensusPhrases(text), countPrimarySourceMarkers(text)];
  const year = extractYearFromText(text, metadata);
  const breakdown: AuthorityBreakdown = {
    citationCount,
    citationScore: Math.min(0.25, Math.log10(citationCount + 1) * 0.05),
    institutionalScore: calculateInstitutionalScore(text, metadata),
    consensusCount,
    consensusScore: Math.min(0.2, consensusCount * 0.1),
    year,
    ageAdjustment: ageAdjustment(year),
    primaryCount,
    primaryAdjustment: primaryCount === 0 ? 0 : -Math.min(0.45, primaryCount * 0.15),
  };
  const raw =
    breakdown.citationScore +
    breakdown.institutionalScore +
    breakdown.consensusScore +
    breakdown.ageAdjustment +
    breakdown.primaryAdjustment;
  return [Math.max(0, Math.min(0.99, raw + 0.3)), breakdown];
}

/** The terms of a provenance entropy. */
export interface ProvenanceBreakdown {
  readonly year: number | null;
  readonly baseEntropy: number;
  readonly distributionEntropy: number;
  readonly sourceCounts: SourceTypeCounts;
  readonly primaryCount: number;
  readonly primaryBonus: number;
  readonly varietyCount: number;
  readonly varietyBonus: number;
  readonly institutionalPenalty: number;
  readonly consensusPenalty: number;
}
const baseEntropy = (year: number | null): number => {
  if (year === null) return 1.5;
  if (year < 1970) return 5.5;
  return year < 1995 ? 3.5 : 1.5;
};
/**
 * The provenance entropy of a document in bits, at least 0: a base by age (5.5 before 1970, 3.5 before 1995, else 1.5), the entropy of its
 * kinds of sources, 0.5 for each word of primary sources (at most 2), 0.3 for each kind (at most 1.5), less 1.5 times the institutional
 * score and 0.4 for each consensus phrase (at most 1).
 */
export function calculateProvenanceEntropy(
  text: string,
  metadata: SourceMetadata = {},
): [entropy: number, breakdown: ProvenanceBreakdown] {
  const year = extractYearFromText(text, metadata);
  const sourceCounts = classifySourceTypes(text, metadata);
  const [primaryCount, consensusCount] = [countPrimarySourceMarkers(text), countConsensusPhrases(text)];
  const varietyCount = Object.keys(sourceCounts).length;
  const institutional = calculateInstitutionalScore(text, metadata);
  const breakdown: ProvenanceBreakdown = {
    year,
    baseEntropy: baseEntropy(year),
    distributionEntropy: calculateShannonEntropy(sourceCounts),
    sourceCounts,
    primaryCount,
    primaryBonus: Math.min(2, primaryCount * 0.5),
    varietyCount,
    varietyBonus: Math.min(1.5, varietyCount * 0.3),
    institutionalPenalty: institutional === 0 ? 0 : institutional * -1.5,
    consensusPenalty: consensusCount === 0 ? 0 : -Math.min(1, consensusCount * 0.4),
  };
  const entropy =
    breakdown.baseEntropy +
    breakdown.distributionEntropy +
    breakdown.primaryBonus +
    breakdown.varietyBonus +
    breakdown.institutionalPenalty +
    breakdown.consensusPenalty;
  return [Math.max(0, entropy), breakdown];
}

/** What `scoreDocument` finds. */
export interface ScoringResult {
  /** 0 to 0.99 */
  readonly authorityWeight: number;
  /** bits, at least 0 */
  readonly provenanceEntropy: number;
  readonly citationCount: number;
  readonly primarySourceCount: number;
  readonly institutionalScore: number;
  readonly consensusScore: number;
  /** the part of each kind of source, together 1 */
  readonly sourceTypeDistribution: SourceTypeCounts;
}
/** Authority weight and provenance entropy of a document, with what they come from. */
export function scoreDocument(text: string, metadata: SourceMetadata = {}, citationCount?: number): ScoringResult {
  const [authorityWeight, authority] = calculateAuthorityWeight(text, metadata, citationCount);
  const [provenanceEntropy, { sourceCounts }] = calculateProvenanceEntropy(text, metadata);
  const counts = Object.entries(sourceCounts) as [SourceTypeCategory, number][];
  const total = counts.reduce((sum, [, n]) => sum + n, 0);
  return {
    authorityWeight,
    provenanceEntropy,
    citationCount: authority.citationCount,
    primarySourceCount: authority.primaryCount,
    institutionalScore: authority.institutionalScore,
    consensusScore: authority.consensusScore,
    sourceTypeDistribution: Object.fromEntries(counts.map(([kind, n]) => [kind, n / total])),
  };
}
/** `scoreDocument` where the kind of source is known: 0.7 times the weight and entropy of that kind and 0.3 times those of the text. */
export function applyKnownSourceTypeScoring(
  text: string,
  sourceType: string,
  metadata: SourceMetadata = {},
): ScoringResult {
  const [authority, entropy] = Object.hasOwn(SOURCE_TYPE_PRIORS, sourceType)
    ? SOURCE_TYPE_PRIORS[sourceType]!
    : DEFAULT_PRIOR;
  const scored = scoreDocument(text, metadata);
  return {
    ...scored,
    authorityWeight: 0.7 * authority + 0.3 * scored.authorityWeight,
    provenanceEntropy: 0.7 * entropy + 0.3 * scored.provenanceEntropy,
  };
}

/** What `scoreBatch` adds to a document. */
export interface BatchScore {
  readonly auth_weight: number;
  readonly prov_entropy: number;
  /** `default`: less than 50 characters; `hybrid`: with its `source_type`; `dynamic`: from the text alone */
  readonly scoring_method: 'default' | 'hybrid' | 'dynamic';
  readonly citation_count?: number;
  readonly primary_source_count?: number;
}
/**
 * Scores documents by their text, and by their `source_type` where they have one. Other fields are the metadata.
 * @returns copies of the documents with their scores, under the names of the training records
 */
export function scoreBatch<D extends SourceMetadata>(
  documents: readonly D[],
  options: { readonly textField?: string; readonly useKnownSourceType?: boolean } = {},
): (D & BatchScore)[] {
  const { textField = 'text', useKnownSourceType = true } = options;
  return documents.map((doc) => {
    const text = typeof doc[textField] === 'string' ? doc[textField] : '';
    if ([...text.slice(0, 100)].length < 50)
      return { ...doc, auth_weight: DEFAULT_PRIOR[0], prov_entropy: DEFAULT_PRIOR[1], scoring_method: 'default' };
    const kind = useKnownSourceType ? doc['source_type'] : undefined;
    const scored = typeof kind === 'string' ? applyKnownSourceTypeScoring(text, kind, doc) : scoreDocument(text, doc);
    return {
      ...doc,
      auth_weight: scored.authorityWeight,
      prov_entropy: scored.provenanceEntropy,
      citation_count: scored.citationCount,
      primary_source_count: scored.primarySourceCount,
      scoring_method: typeof kind === 'string' ? 'hybrid' : 'dynamic',
    };
  });
}
