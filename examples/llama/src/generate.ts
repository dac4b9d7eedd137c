import type { DecodeOptions, EndReason, Stats } from './decode.js';
import { Decoding } from './decode.js';
import { StopScanner } from './detokenizer.js';
import type { StreamDetokenizer } from './detokenizer.js';
import type { LlamaModel } from './model.js';
import type { TextTokenizer } from './tokenizer.js';

/** Options of text generation. */
export interface GenerateOptions extends DecodeOptions {
  /** texts that end the generation; they are not given out */
  readonly stop?: readonly string[] | undefined;
}

/** A piece of a generated text. */
export interface Piece {
  /** which prompt it belongs to */
  readonly row: number;
  /** the text that became certain, whole characters; may be empty */
  readonly text: string;
  /** the token behind it; absent in the last piece of a row */
  readonly token?: number;
  /** set in the last piece of a row */
  readonly end?: Ending;
}

/** How a row ended. */
export interface Ending {
  readonly reason: EndReason;
  /** the whole generated text of the row */
  readonly text: string;
  readonly tokens: readonly number[];
  /** the seed that repeats the run */
  readonly seed: number;
  /** figures of the whole run so far */
  readonly stats: Stats;
}

/** A prompt: text, or token ids. */
export type Prompt = string | readonly number[];

interface Output {
  readonly detokenizer: StreamDetokenizer;
  readonly scanner: StopScanner;
  text: string;
}

/**
 * Generates the continuations of several prompts together and gives out their text as it comes. Each row is what it would
 * be alone; the last piece of a row has `end`.
 * @throws ModelError for an option out of range, or a prompt that is empty or beyond the context
 */
export async function* generateBatch(
  model: LlamaModel,
  tokenizer: TextTokenizer,
  prompts: readonly Prompt[],
  options: GenerateOptions = {},
): AsyncGenerator<Piece, void, undefined> {
  const ids = prompts.map((prompt) => promptIds(model, tokenizer, prompt));
  const decoding = new Decoding(model, ids, options);
  const outputs = ids.map((row): Output => ({
    detokenizer: tokenizer.stream(row),
    scanner: new StopScanner(options.stop ?? []),
    text: '',
  }));
  const last = (row: number, text: string, reason: EndReason): Piece => {
    const output = outputs[row]!;
    output.text += text;
    const end = { reason, text: output.text, tokens: decoding.generated(row), seed: decoding.seed + row };
    return { row, text, end: { ...end, stats: decoding.stats() } };
  };
  try {
    while (!decoding.done) {
      for (const step of await decoding.step()) {
        const { detokenizer, scanner } = outputs[step.row]!;
        if ('end' in step) {
          const { text, stop } = scanner.push(detokenizer.flush());
          yield last(step.row, text + scanner.flush(), stop === undefined ? step.end : 'stop');
          continue;
        }
        const { text, stop } = scanner.push(detokenizer.push(step.token));
        if (stop === undefined) {
          outputs[step.row]!.text += text;
          yield { row: step.row, text, token: step.token };
        } else {
          decoding.end(step.row, 'stop');
          yield last(step.row, text, 'stop');
        }
      }
    }
  } finally {
    decoding.dispose();
  }
}

/**
 * Generates the continuation of one prompt and gives out its text as it comes; the last piece has `end`. Leaving the loop
 * early frees everything.
 * @throws ModelError for an option out of range, or a prompt that is empty or beyond the context
 * @example
 * for await (const piece of generate(model, tokenizer, 'Once upon a time', { temperature: 0.8, seed: 1 })) {
 *   process.stdout.write(piece.text);
 * }
 */
export function generate(
  model: LlamaModel,
  tokenizer: TextTokenizer,
  prompt: Prompt,
  options: GenerateOptions = {},
): AsyncGenerator<Piece, void, undefined> {
  return generateBatch(model, tokenizer, [prompt], options);
}

/** A text that encodes to nothing starts from the beginning-of-text token where the model has one. */
function promptIds(model: LlamaModel, tokenizer: TextTokenizer, prompt: Prompt): readonly number[] {
  const ids = typeof prompt === 'string' ? tokenizer.encode(prompt) : prompt;
  return ids.length > 0 ? ids : model.config.bosTokenIds.slice(0, 1);
}
