import { Template } from '@huggingface/jinja';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { ModelError } from './errors.js';
import { Fields } from './fields.js';
import { readPapers, withTemplate } from './papers.js';
import { StreamDetokenizer } from './detokenizer.js';

/** One message of a chat. */
export interface Message {
  readonly role: string;
  readonly content: string;
}

/** `tokenizer_config.json` writes a special token as a string or as an object with its content. */
function specialToken(config: Fields, name: string): string | undefined {
  const value = config.raw(name);
  return typeof value === 'object' ? config.child(name)?.text('content') : config.text(name);
}

/** What the library's BPE holds; it is not among the exports. */
interface Merging {
  readonly merges: readonly (readonly [string, string])[];
  readonly bpe_ranks: Map<string, number>;
}
/** Lets merges share a rank: among those of one rank the leftmost goes first. */
function shareRanks({ model }: HuggingFaceTokenizer, ranks: readonly number[]): void {
  const { merges, bpe_ranks } = model as unknown as Merging;
  for (const [i, merge] of merges.entries()) bpe_ranks.set(JSON.stringify(merge), ranks[i]!);
}

/** Text to token ids and back, with the chat template of the model. */
export class TextTokenizer {
  private readonly inner: HuggingFaceTokenizer;
  private readonly special: ReadonlySet<number>;
  private readonly template: Template | undefined;
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;

  /**
   * @param tokenizer the parsed `tokenizer.json`
   * @param config the parsed `tokenizer_config.json`
   * @param chatTemplate `chat_template.jinja`, which stands above the template in the config
   * @param ranks the rank of each merge, where several share one
   * @throws ModelError when the files cannot be used
   */
  constructor(tokenizer: unknown, config: unknown = {}, chatTemplate?: string, ranks?: readonly number[]) {
    const fields = new Fields(config, 'tokenizer_config.json');
    this.bosToken = specialToken(fields, 'bos_token');
    this.eosToken = specialToken(fields, 'eos_token');
    const source = withTemplate(config, chatTemplate).template;
    try {
      this.inner = new HuggingFaceTokenizer(tokenizer as object, config as object);
    } catch (error) {
      throw new ModelError(`[tokenizer.json] the tokenizer must be supported, got: ${(error as Error).message}`);
    }
    if (ranks !== undefined) shareRanks(this.inner, ranks);
    try {
      this.template = source === undefined ? undefined : new Template(source);
    } catch (error) {
      throw new ModelError(`[chat template] the template must be valid Jinja, got: ${(error as Error).message}`);
    }
    const added = this.inner.get_added_tokens_decoder();
    this.special = new Set([...added].filter(([, token]) => token.special).map(([id]) => id));
  }

  /**
   * Reads `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja` of a folder; the last two may be absent.
   * @throws ModelError when a file is missing or cannot be used
   */
  static async load(folder: string): Promise<TextTokenizer> {
    const { tokenizer, config, template } = await readPapers(folder);
    return new TextTokenizer(tokenizer, config, template);
  }

  /** Whether the model has a chat template. */
  get canChat(): boolean {
    return this.template !== undefined;
  }

  /** The id of a token, undefined when the vocabulary lacks it. */
  idOf(token: string): number | undefined {
    return this.inner.token_to_id(token);
  }

  /**
   * Token ids of a text.
   * @param addSpecial whether the tokenizer adds its beginning-of-text token (default)
   * @throws ModelError for text that the vocabulary cannot spell
   */
  encode(text: string, addSpecial = true): number[] {
    const ids: (number | undefined)[] = this.inner.encode(text, { add_special_tokens: addSpecial }).ids;
    const unknown = ids.findIndex((id) => id === undefined || id < 0);
    if (unknown >= 0) {
      throw new ModelError(
        `[tokenizer] the vocabulary must spell the text and has no unknown token, got ${JSON.stringify(text)}`,
      );
    }
    return ids as number[];
  }

  /** The text of tokens; special tokens and ids beyond the vocabulary are left out. */
  decode(ids: readonly number[]): string {
    const plain = ids.filter((id) => !this.special.has(id) && this.inner.id_to_token(id) !== undefined);
    return plain.length === 0 ? '' : this.inner.decode(plain, { clean_up_tokenization_spaces: false });
  }

  /** A decoder for tokens as they come, after `context`. */
  stream(context: readonly number[] = []): StreamDetokenizer {
    return new StreamDetokenizer(this, context);
  }

  /**
   * Token ids of a chat, ready for the model's answer.
   * @throws ModelError when the model has no chat template, or the template refuses the messages
   */
  chat(messages: readonly Message[]): number[] {
    if (this.template === undefined) {
      throw new ModelError(
        '[chat] the model must have a chat template, got none in tokenizer_config.json, chat_template.jinja or GGUF metadata',
      );
    }
    let text: string;
    try {
      text = this.template.render({
        messages,
        add_generation_prompt: true,
        bos_token: this.bosToken ?? '',
        eos_token: this.eosToken ?? '',
      });
    } catch (error) {
      throw new ModelError(`[chat] the template must accept the messages, got: ${(error as Error).message}`);
    }
    // the template writes the special tokens itself
    return this.encode(text, false);
  }
}
