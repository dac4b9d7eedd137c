// Metrics in files and on a terminal.
import { appendFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import type { Listener, TrainEvent } from '../events.js';
import { jsonLine, textLine } from '../metrics/lines.js';
import { scalarsOf, tensorboardHeader, tensorboardScalars } from '../metrics/tensorboard.js';
import { formatSeconds } from '../units.js';

/** Lines of a metrics file that speak of steps up to `step`; a line that a kill cut short goes too. */
function upTo(text: string, step: number): string {
  let kept = '';
  for (const line of text.split('\n')) {
    try {
      const event = JSON.parse(line) as { step?: number };
      if (event.step === undefined || event.step <= step) kept += `${line}\n`;
    } catch {
      // cut short
    }
  }
  return kept;
}

/**
 * Appends a line of JSON for each event. A run that goes on from a checkpoint first takes away the lines of steps after it, since those steps
 * are made again; a new run begins the file anew.
 */
export function jsonlMetrics(path: string): Listener {
  return async (event) => {
    if (event.type === 'start') {
      await mkdir(dirname(path), { recursive: true });
      const before = event.resumed === null ? '' : await readFile(path, 'utf8').catch(() => '');
      const draft = `${path}.tmp`;
      const handle = await open(draft, 'w');
      await handle.writeFile(upTo(before, event.step));
      await handle.close();
      await rename(draft, path);
    }
    await appendFile(path, jsonLine(event, new Date()));
  };
}

/**
 * Writes a TensorBoard event file into `folder`, one for each session: `tensorboard --logdir <folder>` shows losses, learning rate, norm,
 * tokens per second and memory. Steps that are made again after a resume stand in the newer file.
 */
export function tensorboardMetrics(folder: string): Listener {
  let path: string | null = null;
  return async (event) => {
    const scalars = scalarsOf(event);
    if (scalars === null) return;
    const time = Date.now() / 1000;
    if (path === null) {
      await mkdir(folder, { recursive: true });
      path = join(folder, `events.out.tfevents.${Math.floor(time)}.${hostname()}.${process.pid}`);
      await rm(path, { force: true });
      await appendFile(path, tensorboardHeader(time));
    }
    await appendFile(path, tensorboardScalars(time, (event as { step: number }).step, scalars));
  };
}

/** Where text goes: a stream such as `process.stderr`. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}
/**
 * Shows a run: one line for each event and, on a terminal, a progress bar below them.
 * @param out `process.stderr` by default, so that standard output stays for results
 */
export function terminal(out: Terminal = process.stderr): Listener {
  const bar = out.isTTY
    ? new SingleBar(
        {
          stream: out as NodeJS.WriteStream, // which a terminal is
          format: '{bar} {percentage}% | {value}/{total} | loss {loss} | ETA {left}',
          clearOnComplete: true,
          hideCursor: true,
          gracefulExit: true,
          linewrap: true,
        },
        Presets.shades_classic,
      )
    : null;
  return (event: TrainEvent) => {
    const line = textLine(event);
    if (bar === null || !bar.isActive) out.write(`${line}\n`);
    else {
      // over the bar, which is drawn again below the line
      out.write(`\r\u001b[K${line}\n`);
      bar.render();
    }
    if (event.type === 'start') bar?.start(event.steps, event.step, { loss: '-', left: '-' });
    if (event.type === 'step') bar?.update(event.step, { loss: event.loss.toFixed(4), left: formatSeconds(event.eta) });
    if (event.type === 'end') bar?.stop();
  };
}
