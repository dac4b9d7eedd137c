// Events as lines: JSONL for programs, text for people.
import { formatBytes, formatSeconds } from '../units.js';
import type { TrainEvent } from '../events.js';

/** One line of JSON, with `time` in ISO 8601. NaN and infinities, which JSON has not, become text. */
export const jsonLine = (event: TrainEvent, time: Date): string =>
  `${JSON.stringify({ time: time.toISOString(), ...event }, (_, x: unknown) =>
    typeof x === 'number' && !Number.isFinite(x) ? String(x) : x,
  )}\n`;

const figures = (extra: Readonly<Record<string, number>> = {}): string =>
  Object.entries(extra)
    .map(([name, x]) => `  ${name} ${x.toPrecision(4)}`)
    .join('');
/** A line without its break: what a terminal shows of an event. */
export function textLine(event: TrainEvent): string {
  switch (event.type) {
    case 'start': {
      const from = event.resumed === null ? '' : `, going on from ${event.resumed}`;
      const count = (n: number): string => n.toLocaleString('en-US');
      return `training ${count(event.trainable)} of ${count(event.parameters)} parameters for ${event.steps} steps${from}; about ${formatBytes(event.memory.total)} of memory`;
    }
    case 'step':
      return (
        `step ${event.step}  loss ${event.loss.toFixed(4)}${figures(event.extra)}  lr ${event.learningRate.toExponential(2)}  ` +
        `norm ${event.gradNorm.toFixed(3)}  ${event.tokensPerSecond.toFixed(0)} tok/s  ` +
        `${formatBytes(event.memory.active)} (peak ${formatBytes(event.memory.peak)})  ETA ${formatSeconds(event.eta)}`
      );
    case 'evaluation':
      return (
        `step ${event.step}  evaluation loss ${event.loss.toFixed(4)}${figures(event.extra)} on ${event.tokens} tokens  ` +
        `${event.since === 0 || event.best === null ? 'the best so far' : `best ${event.best.loss.toFixed(4)} at step ${event.best.step}`}`
      );
    case 'checkpoint':
      return `step ${event.step}  wrote ${event.name} in ${event.seconds.toFixed(1)} s`;
    case 'skip':
      return `step ${event.step}  left out: loss ${event.loss}, gradient norm ${event.gradNorm} (${event.inRow} in a row, ${event.skipped} in all)`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'pause':
      return `step ${event.step}  paused`;
    case 'resume':
      return `step ${event.step}  going on`;
    case 'end': {
      const best =
        event.best === null ? '' : `, best evaluation ${event.best.loss.toFixed(4)} at step ${event.best.step}`;
      const why = {
        steps: 'all steps made',
        data: 'the data ended',
        stopped: 'stopped',
        'no improvement': 'no improvement',
      };
      // a run that was over when it resumed made no step
      const loss = Number.isNaN(event.loss) ? '' : `, loss ${event.loss.toFixed(4)}`;
      return `${why[event.reason]}: step ${event.step}${loss}${best}, ${event.totalTokens} tokens, ${formatSeconds(event.elapsed)}`;
    }
  }
}
