// The files that make a tokenizer: what Hugging Face folders hold and GGUF files are read into.
import { ModelError } from './errors.js';
import { Fields } from './fields.js';
import { parseJson, readOptional } from './files.js';

/** What stands in `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja`. */
export interface TokenizerPapers {
  readonly tokenizer: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
  /** the chat template, wherever it stands */
  readonly template: string | undefined;
  /**
   * The rank of each merge where several share one, as pieces of SentencePiece do that can be put together in several ways: the leftmost
   * pair of the best score goes first. `tokenizer.json` orders merges and cannot say this.
   */
  readonly ranks?: readonly number[];
}

/** The template of `tokenizer_config.json`, which holds one or a list of named ones. */
function templateOf(config: Fields): string | undefined {
  const value = config.raw('chat_template');
  if (!Array.isArray(value)) return config.text('chat_template');
  const named = value.map((item) => new Fields(item, 'tokenizer_config.json', 'chat_template[].'));
  return (named.find((item) => item.text('name') === 'default') ?? named[0])?.text('template');
}

/**
 * Reads `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja` of a folder; the last two may be absent.
 * @throws ModelError when a file is missing or is no JSON object
 */
export async function readPapers(folder: string): Promise<TokenizerPapers> {
  const [tokenizer, config, template] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'].map((name) => readOptional(folder, name)),
  );
  if (tokenizer === undefined)
    throw new ModelError(`[tokenizer.json] the folder must hold the file, got none in ${folder}`);
  return {
    tokenizer: parseJson(tokenizer, 'tokenizer.json') as TokenizerPapers['tokenizer'],
    ...withTemplate(config === undefined ? {} : parseJson(config, 'tokenizer_config.json'), template),
  };
}

/** The parsed `tokenizer_config.json` with the template that counts: the file's stands above the config's. */
export function withTemplate(config: unknown, template?: string): Pick<TokenizerPapers, 'config' | 'template'> {
  const fields = new Fields(config, 'tokenizer_config.json');
  return { config: config as TokenizerPapers['config'], template: template ?? templateOf(fields) };
}
