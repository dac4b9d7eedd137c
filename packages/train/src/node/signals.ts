/** What can be stopped; a `Trainer`. */
export interface Stoppable {
  stop(): void;
}
/**
 * Lets Ctrl-C and SIGTERM end a run after the step that is being made, with a checkpoint; a second one ends the process.
 * @returns a function that undoes it
 */
export function stopOnSignals(run: Stoppable): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const undo = (): void => signals.forEach((signal) => void process.removeListener(signal, stop));
  const stop = (): void => {
    undo();
    run.stop();
  };
  for (const signal of signals) process.on(signal, stop);
  return undo;
}
