// A tokenizer of Hugging Face as the metadata of a GGUF file: the way back of tokenizer.ts.
import type { GgufPairs } from 'lanewise/io';
import type { LlamaConfig } from '../config.js';
import { ModelError } from '../errors.js';
import { Fields } from '../fields.js';
import type { TokenizerPapers } from '../papers.js';
import { uint32 } from './metadata.js';
import { preTokenizers, type PreTokenizer } from './pre-tokenizers.js';
import { Kind, SPACE } from './tokenizer.js';

type Json = Readonly<Record<string, unknown>>;
const isObject = (x: unknown): x is Json => typeof x === 'object' && x !== null && !Array.isArray(x);
/** The parts of a `Sequence`, or the one thing; none of null. */
function sequenceOf(x: unknown, parts: string): readonly Json[] {
  if (!isObject(x)) return [];
  const list = x['type'] === 'Sequence' ? x[parts] : [x];
  return Array.isArray(list) ? list.filter(isObject) : [];
}
const refuse = (rule: string, got: unknown): never => {
  throw new ModelError(`[tokenizer.json] ${rule}, got ${JSON.stringify(got)?.slice(0, 200) ?? 'nothing'}`);
};

interface Model {
  readonly vocab: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
  readonly unknown: string | undefined;
  readonly byteFallback: boolean;
  readonly ignoreMerges: boolean;
}
function modelOf(tokenizer: Json): Model {
  const fields = new Fields(tokenizer['model'], 'tokenizer.json', 'model.');
  if ((fields.text('type') ?? 'BPE') !== 'BPE') fields.reject('type', 'BPE, which GGUF files of a Llama hold');
  const { vocab, merges } = tokenizer['model'] as { vocab: unknown; merges: unknown };
  if (!isObject(vocab)) return fields.reject('vocab', 'an object');
  if (!Array.isArray(merges)) return fields.reject('merges', 'a list');
  return {
    vocab: new Map(Object.entries(vocab as Record<string, number>)),
    merges: merges.map((merge: string | [string, string]) => {
      if (Array.isArray(merge)) return merge;
      const at = merge.indexOf(' ', 1);
      return [merge.slice(0, at), merge.slice(at + 1)] as const;
    }),
    unknown: fields.text('unk_token'),
    byteFallback: fields.flag('byte_fallback', false),
    ignoreMerges: fields.flag('ignore_merges', false),
  };
}

interface Added {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
}

/** Tokens by id and what kind each is; ids that nothing has are filled as llama.cpp's own converter does. */
function tokensOf(model: Model, added: readonly Added[], config: LlamaConfig): { tokens: string[]; kinds: Int32Array } {
  const tokens = Array.from({ length: config.vocabSize }, (_, id) => `[PAD${id}]`);
  const kinds = new Int32Array(config.vocabSize).fill(Kind.unused);
  const put = (content: string, id: number, kind: number): void => {
    if (!Number.isInteger(id) || id < 0 || id >= config.vocabSize)
      refuse(`the id of ${JSON.stringify(content)} must be below vocab_size (${config.vocabSize})`, id);
    tokens[id] = content;
    kinds[id] = kind;
  };
  for (const [content, id] of model.vocab) {
    const isByte = model.byteFallback && /^<0x[0-9A-F]{2}>$/.test(content);
    put(content, id, isByte ? Kind.byte : Kind.normal);
  }
  for (const { content, id, special } of added) put(content, id, special === true ? Kind.control : Kind.userDefined);
  if (model.byteFallback && model.unknown !== undefined)
    put(model.unknown, model.vocab.get(model.unknown)!, Kind.unknown);
  return { tokens, kinds };
}

/**
 * Scores under which SentencePiece merges as these merges say: minus the place of the first merge that makes a piece.
 * @throws ModelError for merges that no scores can say
 */
function scoresOf({ vocab, merges }: Model, tokens: readonly string[], kinds: Int32Array): Float32Array {
  const firsts = new Map<string, number>();
  const counts = new Map<string, number>();
  let last = '';
  for (const [place, [left, right]] of merges.entries()) {
    const piece = left + right;
    if (piece !== last && firsts.has(piece)) refuse('merges that make one piece must stand together', [left, right]);
    if (piece !== last) firsts.set(piece, place);
    counts.set(piece, (counts.get(piece) ?? 0) + 1);
    last = piece;
  }
  const isPiece = (text: string): boolean => kinds[vocab.get(text) ?? -1] === Kind.normal;
  return Float32Array.from(tokens, (token, id) => {
    if (kinds[id] !== Kind.normal) return 0;
    const characters = [...token];
    const cuts = characters.slice(1).map((_, i) => i + 1);
    const possible = cuts.filter(
      (cut) => isPiece(characters.slice(0, cut).join('')) && isPiece(characters.slice(cut).join('')),
    );
    if (possible.length !== (counts.get(token) ?? 0))
      refuse('merges must be all that make a piece of two others, as those of SentencePiece are', token);
    return -(firsts.get(token) ?? merges.length + id);
  });
}

/** Whether a text begins with a space; how SentencePiece's pre-tokenising is spelled here. */
function spacePrefix(tokenizer: Json): boolean {
  const normalizers = sequenceOf(tokenizer['normalizer'], 'normalizers');
  const cuts = sequenceOf(tokenizer['pre_tokenizer'], 'pretokenizers');
  const isReplace = (n: Json): boolean => n['type'] === 'Replace' && n['content'] === SPACE;
  if (cuts.length === 0) {
    const prepends = normalizers[0]?.['type'] === 'Prepend' && normalizers[0]['prepend'] === SPACE;
    const rest = normalizers.slice(prepends ? 1 : 0);
    if (rest.length === 1 && isReplace(rest[0]!)) return prepends;
  }
  if (normalizers.length === 0 && cuts.length === 1 && cuts[0]!['type'] === 'Metaspace' && cuts[0]!['split'] === false)
    return cuts[0]!['prepend_scheme'] !== 'never';
  return refuse('normalizer and pre_tokenizer must write spaces as SentencePiece does', [normalizers, cuts]);
}

/** What matters of a pre-tokenizer, in one spelling. */
function canonical(x: unknown): string {
  const parts = sequenceOf(x, 'pretokenizers').map((p) => [
    p['type'],
    p['pattern'],
    p['invert'] === true,
    p['type'] === 'Split' && p['behavior'],
    p['add_prefix_space'] === true,
    p['use_regex'] !== false,
    p['individual_digits'] === true,
  ]);
  return JSON.stringify(parts);
}
function preTokenizerOf(tokenizer: Json, ignoreMerges: boolean): PreTokenizer {
  if (tokenizer['normalizer'] !== null && tokenizer['normalizer'] !== undefined)
    refuse('a byte-level tokenizer must have no normalizer, since GGUF has no word for one', tokenizer['normalizer']);
  const wanted = canonical(tokenizer['pre_tokenizer']);
  const found = preTokenizers.find(({ json, same = [] }) =>
    [json, ...same].some((known) => canonical(known) === wanted),
  );
  if (found === undefined)
    return refuse('pre_tokenizer must be one that GGUF has a name for', tokenizer['pre_tokenizer']);
  if (found.ignoreMerges !== ignoreMerges)
    refuse(`model.ignore_merges must be ${found.ignoreMerges} with this pre_tokenizer`, ignoreMerges);
  return found;
}

/** Which tokens stand around a text: first and last of the post-processor's template. */
function around(tokenizer: Json): readonly [boolean, boolean] {
  const template = sequenceOf(tokenizer['post_processor'], 'processors').find(
    (p) => p['type'] === 'TemplateProcessing',
  );
  const single = template?.['single'];
  if (!Array.isArray(single)) return [false, false];
  return [
    isObject(single[0]) && 'SpecialToken' in single[0],
    isObject(single.at(-1)) && 'SpecialToken' in single.at(-1),
  ];
}

/**
 * A tokenizer as metadata: SentencePiece's for BPE with bytes to fall back on, else byte-level BPE.
 * @throws ModelError for a tokenizer that the format has no words for
 */
export function pairsOfTokenizer(papers: TokenizerPapers, config: LlamaConfig): GgufPairs {
  const { tokenizer, template } = papers;
  const model = modelOf(tokenizer);
  const added = (tokenizer['added_tokens'] ?? []) as readonly Added[];
  const { tokens, kinds } = tokensOf(model, added, config);
  const [begins, ends] = around(tokenizer);
  const special = (name: string): number | undefined => {
    const given = papers.config[name];
    const text = isObject(given) ? given['content'] : given;
    const id = typeof text === 'string' ? tokens.indexOf(text) : -1;
    return id < 0 ? undefined : id;
  };
  const bos = special('bos_token') ?? config.bosTokenIds[0];
  const eos = special('eos_token') ?? config.eosTokenIds[0];
  const [eot, eom] = config.eosTokenIds.filter((id) => id !== eos);
  const ids = {
    bos,
    eos,
    eot,
    eom,
    unknown: model.byteFallback && model.unknown !== undefined ? tokens.indexOf(model.unknown) : undefined,
    padding: special('pad_token'),
  };
  const pairs = Object.entries(ids).flatMap(([name, id]) =>
    id === undefined ? [] : [[`tokenizer.ggml.${name}_token_id`, uint32(id)] as const],
  );
  const kind: GgufPairs = model.byteFallback
    ? {
        'tokenizer.ggml.model': 'llama',
        'tokenizer.ggml.pre': 'default',
        'tokenizer.ggml.scores': { type: 'array', of: 'float32', value: scoresOf(model, tokens, kinds) },
        'tokenizer.ggml.add_space_prefix': spacePrefix(tokenizer),
      }
    : {
        'tokenizer.ggml.model': 'gpt2',
        'tokenizer.ggml.pre': preTokenizerOf(tokenizer, model.ignoreMerges).names[0]!,
        'tokenizer.ggml.merges': model.merges.map(([left, right]) => `${left} ${right}`),
      };
  return {
    ...kind,
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': { type: 'array', of: 'int32', value: kinds },
    ...Object.fromEntries(pairs),
    'tokenizer.ggml.add_bos_token': begins,
    'tokenizer.ggml.add_eos_token': ends,
    ...(template !== undefined && { 'tokenizer.chat_template': template }),
  };
}
