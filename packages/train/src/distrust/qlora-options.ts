// The command line of your_ai's `train_qlora.py`, and what stands for each option here.
import { DistrustError } from './errors.js';

/** One option of `train_qlora.py`. */
export interface QloraOption {
  /** as it is written on the command line */
  readonly flag: `--${string}`;
  readonly type: 'flag' | 'integer' | 'number' | 'text';
  /** its default there; null where it depends on the machine or the model */
  readonly default: string | number | boolean | null;
  /** dotted path of the setting here (`train` is a `TrainConfigInput`); null where there is none */
  readonly setting: string | null;
  /** the value a flag without an argument sets */
  readonly value?: boolean | string;
  /** the difference, or the reason why there is none here */
  readonly note?: string;
}
const hardware = 'memory is budgeted by train.memoryBudget; there are no profiles of machines';
/** All options of `train_qlora.py`. */
export const QLORA_OPTIONS: readonly QloraOption[] = [
  { flag: '--setup', type: 'flag', default: false, setting: null, note: hardware },
  { flag: '--recommend', type: 'flag', default: false, setting: null, note: hardware },
  { flag: '--chip', type: 'text', default: null, setting: null, note: hardware },
  { flag: '--generation', type: 'text', default: null, setting: null, note: hardware },
  { flag: '--memory', type: 'integer', default: null, setting: 'train.memoryBudget', note: 'gigabytes there' },
  { flag: '--no-auto-maximize', type: 'flag', default: false, setting: null, note: hardware },
  { flag: '--model', type: 'text', default: null, setting: 'paths.model', note: 'a folder; nothing is downloaded' },
  { flag: '--lora-rank', type: 'integer', default: 128, setting: 'lora.rank' },
  { flag: '--lora-alpha', type: 'integer', default: 256, setting: 'lora.alpha', note: 'twice the rank if absent' },
  { flag: '--lora-scale', type: 'number', default: null, setting: 'lora.scale', note: 'alpha over rank if absent' },
  { flag: '--lora-layers', type: 'integer', default: 16, setting: 'lora.lastNLayers', note: '-1 takes all' },
  { flag: '--data-dir', type: 'text', default: 'data', setting: 'paths.data' },
  { flag: '--output-dir', type: 'text', default: null, setting: 'paths.output' },
  { flag: '--batch-size', type: 'integer', default: 2, setting: 'train.batchSize' },
  {
    flag: '--max-steps',
    type: 'integer',
    default: 5000,
    setting: 'train.steps',
    note: 'steps of the optimizer here, batches there',
  },
  { flag: '--learning-rate', type: 'number', default: 5e-5, setting: 'train.optimizer.learningRate' },
  { flag: '--alpha', type: 'number', default: 2.7, setting: 'distrust.alpha' },
  { flag: '--lambda-weight', type: 'number', default: 0.6, setting: 'distrust.lambda' },
  { flag: '--max-grad-norm', type: 'number', default: 1, setting: 'train.maxGradNorm' },
  { flag: '--warmup-steps', type: 'integer', default: 100, setting: 'train.schedule.warmup' },
  { flag: '--grad-checkpoint', type: 'flag', default: true, setting: 'train.gradientCheckpointing', value: true },
  { flag: '--no-grad-checkpoint', type: 'flag', default: false, setting: 'train.gradientCheckpointing', value: false },
  { flag: '--no-streaming', type: 'flag', default: false, setting: null, note: 'data is always read line by line' },
  { flag: '--streaming-buffer-size', type: 'integer', default: 1000, setting: 'train.data.shuffleBuffer' },
  { flag: '--no-tensorboard', type: 'flag', default: false, setting: 'logging.tensorboard', value: false },
  { flag: '--resume', type: 'flag', default: false, setting: 'resume', value: 'latest' },
  { flag: '--resume-from-step', type: 'integer', default: null, setting: 'resume' },
  {
    flag: '--config',
    type: 'text',
    default: null,
    setting: null,
    note: 'settings are an object or a JSON file, not YAML',
  },
];

/** Settings by area, and the options that have no counterpart. */
export interface QloraSettings {
  /** nested as the dotted paths of `QLORA_OPTIONS` say */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly ignored: readonly QloraOption[];
}
function valueOf(option: QloraOption, text: string | undefined): number | string {
  const rule = option.type === 'text' ? 'text' : option.type === 'integer' ? 'an integer' : 'a number';
  const x = Number(text);
  const fits = option.type === 'text' || (option.type === 'integer' ? Number.isSafeInteger(x) : Number.isFinite(x));
  if (text === undefined || text.trim() === '' || !fits)
    throw new DistrustError(
      `[train_qlora] ${option.flag} takes ${rule}, got ${text === undefined ? 'nothing' : `'${text}'`}`,
    );
  if (option.flag === '--memory') return `${x} GB`;
  return option.type === 'text' ? text : x;
}
/**
 * Reads a command line of `train_qlora.py` (`['--lora-rank', '64', ...]`) as settings of this library. Options that are not given are left
 * out, so that the defaults here apply.
 * @throws DistrustError for an unknown option, or a value that is missing or no number
 */
export function fromQloraArguments(args: readonly string[]): QloraSettings {
  const settings: Record<string, unknown> = {};
  const ignored: QloraOption[] = [];
  for (let i = 0; i < args.length; i++) {
    const [flag, inline] = args[i]!.split(/=(.*)/s);
    const option = QLORA_OPTIONS.find((o) => o.flag === flag);
    if (option === undefined)
      throw new DistrustError(
        `[train_qlora] options are ${QLORA_OPTIONS.map((o) => o.flag).join(', ')}, got '${flag}'`,
      );
    if (option.type === 'flag' && inline !== undefined)
      throw new DistrustError(`[train_qlora] ${option.flag} takes no value, got '${inline}'`);
    const value = option.type === 'flag' ? option.value : valueOf(option, inline ?? args[++i]);
    if (option.setting === null) {
      ignored.push(option);
      continue;
    }
    const path = option.setting.split('.');
    let at = settings;
    for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
    at[path.at(-1)!] = value;
  }
  return { settings, ignored };
}
