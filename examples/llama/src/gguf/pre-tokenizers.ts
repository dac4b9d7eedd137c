// How byte-level vocabularies cut text before merging: what `tokenizer.ggml.pre` names, as `tokenizer.json` says it.

/** A way to cut text. */
export interface PreTokenizer {
  /** what it is called in files; the first name is the one that is written */
  readonly names: readonly string[];
  /** a word that is a token is not merged but taken */
  readonly ignoreMerges: boolean;
  /** whether a text begins with the beginning-of-text token where a file does not say */
  readonly addBos: boolean;
  /** the `pre_tokenizer` of `tokenizer.json` */
  readonly json: unknown;
  /** other spellings of `json` that mean the same, found in Hugging Face folders */
  readonly same?: readonly unknown[];
}

const split = (regex: string): unknown => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});
const bytes = (useRegex: boolean): unknown => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});
const sequence = (...pretokenizers: unknown[]): unknown => ({ type: 'Sequence', pretokenizers });

const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)";
const ENDINGS = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
const FOLDED = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
/** The cut of Llama 3 and Qwen 2, which differ in how many digits stay together. */
const modern = (endings: string, digits: string): string =>
  `${endings}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

export const preTokenizers: readonly PreTokenizer[] = [
  {
    names: ['gpt-2', 'phi-2', 'gigachat', 'jina-es', 'jina-de', 'jina-v2-es', 'jina-v2-de'],
    ignoreMerges: false,
    addBos: false,
    json: bytes(true),
  },
  {
    names: ['llama-bpe', 'llama3', 'llama-v3', 'falcon3', 'pixtral'],
    ignoreMerges: true,
    addBos: true,
    json: sequence(split(modern(ENDINGS, '\\p{N}{1,3}')), bytes(false)),
    same: [sequence(split(modern(FOLDED, '\\p{N}{1,3}')), bytes(false))],
  },
  {
    names: ['qwen2', 'deepseek-r1-qwen'],
    ignoreMerges: false,
    addBos: false,
    json: sequence(split(modern(ENDINGS, '\\p{N}')), bytes(false)),
    same: [sequence(split(modern(FOLDED, '\\p{N}')), bytes(false))],
  },
  {
    names: ['smollm'],
    ignoreMerges: false,
    addBos: false,
    json: sequence({ type: 'Digits', individual_digits: true }, bytes(true)),
  },
  {
    // what llama.cpp does for files that name none
    names: ['default'],
    ignoreMerges: false,
    addBos: false,
    json: sequence(
      split('[\\p{P}\\$\\+<=>\\^~\\|]+'),
      split(GPT2),
      split('\\p{N}+'),
      split('[0-9][0-9][0-9]'),
      bytes(false),
    ),
  },
];
