// The empirical distrust term, and what scores the sources it is computed from.
export { DistrustError } from './errors.js';
export {
  batchEmpiricalDistrustLoss,
  DISTRUST_ALPHA,
  empiricalDistrustLoss,
  validateInputs,
  type Reduction,
  type Validation,
} from './loss.js';
export { distrustTask, recordWeights } from './task.js';
export { distrustLoss, distrustWeights, type DistrustOptions, type Weighting } from './weighting.js';
export {
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
export {
  CONSENSUS_PHRASES,
  INSTITUTIONAL_MARKERS,
  PRIMARY_SOURCE_MARKERS,
  SOURCE_TYPE_CATEGORIES,
  SOURCE_TYPE_PRIORS,
  type SourceTypeCategory,
} from './markers.js';
export {
  applyKnownSourceTypeScoring,
  calculateAuthorityWeight,
  calculateProvenanceEntropy,
  scoreBatch,
  scoreDocument,
  type AuthorityBreakdown,
  type BatchScore,
  type ProvenanceBreakdown,
  type ScoringResult,
} from './scorer.js';
export {
  makeDistrustRecord,
  meanDistrust,
  parseDistrustRecord,
  type DistrustRecord,
  type DistrustRecordFields,
} from './records.js';
export {
  estimateOptimalLambdaWeight,
  validateDatasetMetrics,
  type DatasetMetrics,
  type LambdaEstimate,
  type LambdaOptions,
  type Spread,
} from './dataset.js';
export { fromQloraArguments, QLORA_OPTIONS, type QloraOption, type QloraSettings } from './qlora-options.js';
