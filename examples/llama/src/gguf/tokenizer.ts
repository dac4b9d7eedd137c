// The tokenizer of a GGUF file, said as the papers of a Hugging Face folder say it.
import { ModelError } from '../errors.js';
import type { Fields } from '../fields.js';
import type { TokenizerPapers } from '../papers.js';
import { listOf } from './metadata.js';
import { preTokenizers } from './pre-tokenizers.js';

/** Kinds of tokens. */
export const Kind = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
/** What SentencePiece writes for a space. */
export const SPACE = '\u2581';

type Parts = Pick<TokenizerPapers, 'tokenizer' | 'ranks'>;
interface Vocabulary {
  readonly tokens: readonly string[];
  readonly kinds: ArrayLike<number>;
}

function vocabularyOf(file: Fields): Vocabulary {
  const tokens = listOf(file, 'tokenizer.ggml.tokens', 'string');
  if (tokens === undefined || tokens.length === 0) return file.reject('tokenizer.ggml.tokens', 'a list of strings');
  const kinds = listOf(file, 'tokenizer.ggml.token_type', 'number') ?? tokens.map(() => Kind.normal);
  if (kinds.length !== tokens.length)
    throw new ModelError(
      `[tokenizer] tokenizer.ggml.token_type must have one number for each of ${tokens.length} tokens, got ${kinds.length}`,
    );
  return { tokens, kinds };
}

/** Tokens that a text is cut at before anything else. */
function addedTokens({ tokens, kinds }: Vocabulary): unknown[] {
  const cut: readonly number[] = [Kind.control, Kind.unknown, Kind.userDefined];
  return tokens.flatMap((content, id) => {
    const kind = kinds[id]!;
    if (!cut.includes(kind) || content === '') return [];
    const special = kind !== Kind.userDefined;
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
}

/** Merges of all pairs of pieces that make a piece, best score first; pieces of one score by their place in the vocabulary. */
function mergesOf({ tokens, kinds }: Vocabulary, scores: ArrayLike<number>): { pairs: string[][]; ranks: number[] } {
  const parts: readonly number[] = [Kind.normal, Kind.userDefined, Kind.unused];
  const pieces = new Map(tokens.flatMap((piece, id) => (parts.includes(kinds[id]!) ? [[piece, id] as const] : [])));
  const merges = [...pieces].flatMap(([piece, id]) => {
    const characters = [...piece];
    return characters.slice(1).flatMap((_, i) => {
      const pair = [characters.slice(0, i + 1).join(''), characters.slice(i + 1).join('')];
      return pair.every((part) => pieces.has(part)) ? [{ pair, id, score: scores[id]! }] : [];
    });
  });
  merges.sort((a, b) => b.score - a.score || a.id - b.id || b.pair[0]!.length - a.pair[0]!.length);
  let rank = -1;
  const ranks = merges.map(({ score }, i) => (i > 0 && merges[i - 1]!.score === score ? rank : ++rank));
  return { pairs: merges.map((m) => m.pair), ranks };
}

/** SentencePiece's BPE with scores: the best scored pair first, bytes for what no piece spells. */
function sentencePiece(file: Fields, vocabulary: Vocabulary): Parts {
  const { tokens, kinds } = vocabulary;
  const scores = listOf(file, 'tokenizer.ggml.scores', 'number');
  if (scores?.length !== tokens.length)
    return file.reject('tokenizer.ggml.scores', `${tokens.length} numbers, one for each token`);
  const { pairs, ranks } = mergesOf(vocabulary, scores);
  const prefix = file.flag('tokenizer.ggml.add_space_prefix', true);
  const unknown = file.ids('tokenizer.ggml.unknown_token_id', tokens.length)[0] ?? 0;
  const replace = { type: 'Replace', pattern: { String: ' ' }, content: SPACE };
  const back = { type: 'Replace', pattern: { String: SPACE }, content: ' ' };
  const tokenizer = {
    normalizer: prefix
      ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: SPACE }, replace] }
      : { type: 'Sequence', normalizers: [replace] },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        back,
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: tokens[unknown] ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: Array.prototype.includes.call(kinds, Kind.byte),
      ignore_merges: false,
      vocab: vocab(tokens),
      merges: pairs,
    },
  };
  return { tokenizer, ranks };
}

/** GPT-2's byte-level BPE, with the cut into words that the file names. */
function byteLevel(file: Fields, { tokens }: Vocabulary): Parts {
  const merges = listOf(file, 'tokenizer.ggml.merges', 'string');
  if (merges === undefined) return file.reject('tokenizer.ggml.merges', 'a list of strings');
  const pairs = merges.map((merge) => {
    const at = merge.indexOf(' ', 1);
    return [merge.slice(0, at), merge.slice(at + 1)];
  });
  const { json, ignoreMerges } = preTokenizerOf(file);
  const tokenizer = {
    normalizer: null,
    pre_tokenizer: json,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: ignoreMerges,
      vocab: vocab(tokens),
      merges: pairs,
    },
  };
  return { tokenizer };
}

function preTokenizerOf(file: Fields): (typeof preTokenizers)[number] {
  const name = file.text('tokenizer.ggml.pre') ?? 'default';
  const found = preTokenizers.find(({ names }) => names.includes(name));
  const all = preTokenizers.flatMap(({ names }) => names).join(', ');
  return found ?? file.reject('tokenizer.ggml.pre', `one of ${all}`);
}

const vocab = (tokens: readonly string[]): Record<string, number> =>
  Object.fromEntries(tokens.map((token, id) => [token, id]));

/** What stands around a text: the tokens of its beginning and its end, where the file asks for them. */
function template(bos: string | undefined, eos: string | undefined): object {
  const special = (content: string, type_id: number): unknown => ({ SpecialToken: { id: content, type_id } });
  const text = (id: string, type_id: number): unknown[] => [
    ...(bos === undefined ? [] : [special(bos, type_id)]),
    { Sequence: { id, type_id } },
    ...(eos === undefined ? [] : [special(eos, type_id)]),
  ];
  return { single: text('A', 0), pair: [...text('A', 0), ...text('B', 1)] };
}

/**
 * The tokenizer of a GGUF file: SentencePiece's scores (`llama`) or byte-level BPE (`gpt2`).
 * @throws ModelError that names the key, for another model or anything missing
 */
export function papersOfGguf(file: Fields): TokenizerPapers {
  const model = file.text('tokenizer.ggml.model');
  if (model !== 'llama' && model !== 'gpt2') return file.reject('tokenizer.ggml.model', 'llama or gpt2');
  const vocabulary = vocabularyOf(file);
  const { tokens } = vocabulary;
  const papers = model === 'llama' ? sentencePiece(file, vocabulary) : byteLevel(file, vocabulary);
  const named = (name: string): { id: number; content: string } | undefined => {
    const id = file.ids(`tokenizer.ggml.${name}_token_id`, tokens.length)[0];
    return id === undefined ? undefined : { id, content: tokens[id]! };
  };
  const [bos, eos] = [named('bos'), named('eos')];
  const begins = file.flag('tokenizer.ggml.add_bos_token', model === 'llama' || preTokenizerOf(file).addBos);
  const ends = file.flag('tokenizer.ggml.add_eos_token', false);
  const around = [begins ? bos : undefined, ends ? eos : undefined] as const;
  const specials = around.flatMap((t) =>
    t === undefined ? [] : [[t.content, { id: t.content, ids: [t.id], tokens: [t.content] }]],
  );
  const post_processor = {
    type: 'TemplateProcessing',
    ...template(around[0]?.content, around[1]?.content),
    special_tokens: Object.fromEntries(specials) as object,
  };
  const chat = file.text('tokenizer.chat_template');
  return {
    ...papers,
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens(vocabulary),
      ...papers.tokenizer,
      post_processor,
    },
    config: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      ...(bos && { bos_token: bos.content }),
      ...(eos && { eos_token: eos.content }),
      add_bos_token: begins,
      add_eos_token: ends,
      clean_up_tokenization_spaces: false,
    },
    template: chat,
  };
}
