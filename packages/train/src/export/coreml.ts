// The way from an exported checkpoint to Core ML: two Python scripts that are written for it.
import { convertScript } from './convert-script.js';
import { ExportError } from './errors.js';
import { verifyScript } from './verify-script.js';

/** What can be set of the scripts. */
export interface CoreMlOptions {
  /** of the packages, letters, digits, `.`, `_` and `-`; `model` if absent */
  readonly name?: string;
  /** sequence lengths, a package for each; those of 64, 128, 256 and 512 that the model has positions for if absent */
  readonly lengths?: readonly number[];
  /** metadata of the packages */
  readonly description?: string;
  readonly author?: string;
  readonly license?: string;
}
/** What the scripts are written from. */
export interface CoreMlFacts {
  readonly name: string;
  readonly lengths: readonly number[];
  readonly longest: number;
  readonly vocabulary: number;
  readonly description: string;
  readonly author: string;
  readonly license: string;
}
/** The scripts by file name. */
export interface CoreMlScripts {
  readonly 'convert_to_coreml.py': string;
  readonly 'verify_coreml.py': string;
}
const countIn = (config: Readonly<Record<string, unknown>>, key: string): number => {
  const x = config[key];
  if (typeof x !== 'number' || !Number.isSafeInteger(x) || x < 1)
    throw new ExportError(`[export] ${key} of the config must be an integer of at least 1, got ${String(x)}`);
  return x;
};

/**
 * Scripts that convert a checkpoint with this `config.json` to Core ML ML Programs with coremltools, and verify them.
 * @throws ExportError for a config without `vocab_size` or `max_position_embeddings`, or options out of range
 */
export function coreMlScripts(config: Readonly<Record<string, unknown>>, options: CoreMlOptions = {}): CoreMlScripts {
  const longest = countIn(config, 'max_position_embeddings');
  const usual = [64, 128, 256, 512].filter((n) => n <= longest);
  const { name = 'model', lengths = usual.length > 0 ? usual : [longest], author = '', license = '' } = options;
  const { description = `${String(config['model_type'] ?? 'language')} model: tokens to logits` } = options;
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name))
    throw new ExportError(`[export] the name must be of letters, digits, '.', '_' and '-', got '${name}'`);
  const wrong = lengths.find((n) => !Number.isSafeInteger(n) || n < 2 || n > longest);
  if (lengths.length === 0 || wrong !== undefined)
    throw new ExportError(`[export] lengths must be integers from 2 to ${longest}, got ${wrong ?? 'none'}`);
  const vocabulary = countIn(config, 'vocab_size');
  const facts = { name, lengths, longest, vocabulary, description, author, license };
  return { 'convert_to_coreml.py': convertScript(facts), 'verify_coreml.py': verifyScript(facts) };
}
