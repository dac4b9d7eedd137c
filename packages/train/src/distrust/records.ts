// The line of a training file: a text with the authority and the provenance of its source.
import * as v from 'valibot';
import { firstCharacters } from './citations.js';
import { DistrustError } from './errors.js';
import { distrustOf, DISTRUST_ALPHA } from './loss.js';

const text = v.string('must be text');
const count = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be an integer'),
  v.minValue(0, 'must be at least 0'),
);
const schema = v.looseObject(
  {
    text,
    auth_weight: v.pipe(
      v.number('must be a number'),
      v.check((w) => w >= 0 && w <= 0.99, 'must be in range [0.0, 0.99]'),
    ),
    prov_entropy: v.pipe(
      v.number('must be a number'),
      v.check((h) => h >= 0 && Number.isFinite(h), 'must be non-negative'),
    ),
    source_type: v.optional(text),
    citation_count: v.optional(count),
    primary_source_count: v.optional(count),
    trivium_category: v.optional(text),
    metadata: v.optional(v.record(v.string(), v.unknown(), 'must be an object')),
  },
  'must be an object',
);
/** What a record says beside its text. */
export interface DistrustRecordFields {
  /** 0 to 0.99, high for official and much-cited sources */
  readonly auth_weight: number;
  /** bits, high where the evidence has many roots */
  readonly prov_entropy: number;
  readonly source_type?: string | undefined;
  readonly citation_count?: number | undefined;
  readonly primary_source_count?: number | undefined;
  readonly trivium_category?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}
/** One record of a distrust data set, a line of JSONL. Other fields are kept. */
export interface DistrustRecord extends DistrustRecordFields {
  /** what the model learns */
  readonly text: string;
}

const show = (x: unknown): string => {
  if (x === undefined) return 'nothing';
  if (typeof x === 'object' && x !== null) return Array.isArray(x) ? 'an array' : 'an object';
  const shown = JSON.stringify(x) ?? String(x);
  return shown.length > 40 ? `${shown.slice(0, 40)}...` : shown;
};
/**
 * A record, from a line of JSONL or from the object it holds.
 * @param where what messages call it, `line 12` for instance
 * @throws DistrustError with every field that is missing or out of its range
 */
export function parseDistrustRecord(line: unknown, where = 'the record'): DistrustRecord {
  let value = line;
  if (typeof line === 'string') {
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw new DistrustError(`[record] ${where} must be JSON, got ${show(line)}`, { cause: error });
    }
  }
  const parsed = v.safeParse(schema, Array.isArray(value) ? null : value);
  if (parsed.success) return parsed.output;
  const issues = parsed.issues.map((issue) => {
    const key = issue.path?.[0]?.key;
    const rule = issue.input === undefined ? 'is missing' : `${issue.message}, got ${show(issue.input)}`;
    return key === undefined ? `must be an object, got ${show(value)}` : `${String(key)} ${rule}`;
  });
  throw new DistrustError(`[record] ${where}: ${issues.join('; ')}`);
}

const rounded = (x: number): number => Number(x.toFixed(4));
/**
 * A record as the training files hold it: at most 8192 characters of text, weight and entropy with four decimals.
 * @throws DistrustError as `parseDistrustRecord`
 */
export function makeDistrustRecord(content: string, fields: DistrustRecordFields): DistrustRecord {
  const { auth_weight: w, prov_entropy: h } = fields;
  const checked = parseDistrustRecord({ text: content, ...fields });
  return { ...checked, text: firstCharacters(content, 8192), auth_weight: rounded(w), prov_entropy: rounded(h) };
}

/** The mean distrust term of a data set, which per-sample weights can be taken relative to. @throws DistrustError for no records */
export function meanDistrust(records: readonly DistrustRecord[], alpha: number = DISTRUST_ALPHA): number {
  if (records.length === 0) throw new DistrustError('[distrust] records must hold at least one, got none');
  const total = records.reduce((sum, r) => sum + distrustOf(r.auth_weight, r.prov_entropy, alpha), 0);
  return total / records.length;
}
