import { parseArgs } from 'node:util';
import { checkSampling } from './sampling.js';

/** An option that is unknown or has a wrong value: one line for the user. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The parsed command line. */
export interface CliOptions {
  readonly help: boolean;
  readonly model: string | undefined;
  readonly adapters: string | undefined;
  readonly prompt: string;
  readonly system: string | undefined;
  readonly chat: boolean;
  readonly json: boolean;
  readonly device: string | undefined;
  readonly maxTokens: number;
  readonly stop: readonly string[];
  readonly temperature: number | undefined;
  readonly topK: number | undefined;
  readonly topP: number | undefined;
  readonly minP: number | undefined;
  readonly repetitionPenalty: number | undefined;
  readonly seed: number | undefined;
}

export const usage = `Usage: lanewise-llama [options]

Generates text with a Llama 2 or 3 from a Hugging Face folder or a GGUF file.

  --model PATH              the folder or .gguf file (default: the embedded story model)
  --adapters DIR            folder of an adapter to put into it, PEFT's or mlx-lm's
  --prompt TEXT             what to continue (default: "Once upon a time")
  --chat                    put the prompt through the model's chat template
  --system TEXT             system message of the chat
  --max-tokens N            most tokens to generate (default: 256)
  --temperature T           0 takes the likeliest token
  --top-k K                 draw from the K likeliest tokens
  --top-p P                 draw from the likeliest tokens with P of the probability
  --min-p P                 draw from tokens with at least P times the best one's probability
  --repetition-penalty R    weaken the last 20 tokens by the factor R
                            (defaults of these five: what the model's files say, else temperature 0.8)
  --seed N                  repeat a run
  --stop TEXT               end before this text; may be given several times
  --device NAME             auto, wasm or reference (default: auto)
  --json                    print one JSON object per line instead of text
  --help                    show this
`;

const spec = {
  help: { type: 'boolean' },
  model: { type: 'string' },
  adapters: { type: 'string' },
  prompt: { type: 'string' },
  system: { type: 'string' },
  chat: { type: 'boolean' },
  json: { type: 'boolean' },
  device: { type: 'string' },
  'max-tokens': { type: 'string' },
  stop: { type: 'string', multiple: true },
  temperature: { type: 'string' },
  'top-k': { type: 'string' },
  'top-p': { type: 'string' },
  'min-p': { type: 'string' },
  'repetition-penalty': { type: 'string' },
  seed: { type: 'string' },
} as const;

/**
 * Parses the arguments after the script's name.
 * @throws UsageError with one line for an unknown option or a value out of range
 */
export function parseOptions(args: readonly string[]): CliOptions {
  const values = parsed(args);
  const number = (name: keyof typeof values & string): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    const value = typeof text === 'string' && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
    if (Number.isNaN(value)) throw new UsageError(`--${name} must be a number, got ${JSON.stringify(text)}`);
    return value;
  };
  const options: CliOptions = {
    help: values.help ?? false,
    model: values.model,
    adapters: values.adapters,
    prompt: values.prompt ?? 'Once upon a time',
    system: values.system,
    chat: values.chat ?? false,
    json: values.json ?? false,
    device: values.device,
    maxTokens: number('max-tokens') ?? 256,
    stop: values.stop ?? [],
    temperature: number('temperature'),
    topK: number('top-k'),
    topP: number('top-p'),
    minP: number('min-p'),
    repetitionPenalty: number('repetition-penalty'),
    seed: number('seed'),
  };
  if (!Number.isSafeInteger(options.maxTokens) || options.maxTokens < 0) {
    throw new UsageError(`--max-tokens must be an integer from 0, got ${options.maxTokens}`);
  }
  if (options.system !== undefined && !options.chat) throw new UsageError('--system needs --chat');
  try {
    checkSampling(options);
  } catch (error) {
    throw new UsageError(optionNames((error as Error).message));
  }
  return options;
}

function parsed(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof spec }>>['values'] {
  try {
    return parseArgs({ args: joined(args), options: spec, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0]!);
  }
}

/** `--temperature -1`: parseArgs takes a value that begins with a dash only when it is joined to its option. */
function joined(args: readonly string[]): string[] {
  const result: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.startsWith('--') ? args[i]!.slice(2) : '';
    const takesValue = Object.hasOwn(spec, name) && spec[name as keyof typeof spec].type === 'string';
    const next = args[i + 1];
    if (
      takesValue &&
      next !== undefined &&
      next.startsWith('-') &&
      !Object.hasOwn(spec, next.slice(2).split('=')[0]!)
    ) {
      result.push(`${args[i]}=${next}`);
      i++;
    } else result.push(args[i]!);
  }
  return result;
}

/** `[sampling] topK must ...` in the spelling of the command line. */
function optionNames(message: string): string {
  return message.replace(
    /^\[sampling\] (\w+)/,
    (_, name: string) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
  );
}
