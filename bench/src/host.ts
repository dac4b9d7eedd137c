import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Answers, Request } from './protocol.js';

/** How measuring processes are started. */
export interface Engine {
  /** the Node that runs them */
  readonly node: string;
  /** options of it */
  readonly flags: readonly string[];
}

/** A process that measures one library; questions are asked one after the other. */
export class Host {
  readonly #child: ChildProcess;
  #errors = '';
  #ended: string | null = null;

  constructor({ node, flags }: Engine, environment: Readonly<Record<string, string>>) {
    this.#child = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), {
      execPath: node,
      execArgv: [...flags],
      env: { ...process.env, ...environment },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr!.on('data', (text: Buffer) => (this.#errors = (this.#errors + text.toString()).slice(-4000)));
    this.#child.on('exit', (code, signal) => (this.#ended ??= `its process ended (${signal ?? code})${this.#trace()}`));
    this.#child.on('error', (e) => (this.#ended ??= e.message));
  }

  /** The last thing it complained of that looks like a message. */
  #trace(): string {
    const line = this.#errors
      .split('\n')
      .filter((l) => /error/i.test(l))
      .at(-1);
    return line === undefined ? '' : `: ${line.trim()}`;
  }

  /** @throws Error with the process's own message, or that it ended or took longer than `seconds` */
  ask<K extends Request['kind']>(request: Extract<Request, { kind: K }>, seconds = 180): Promise<Answers[K]> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) return reject(new Error(this.#ended));
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#child.off('message', hear).off('exit', gone).off('error', gone);
        act();
      };
      const hear = (a: Answer): void =>
        settle(() => ('error' in a ? reject(new Error(a.error)) : resolve(a.value as Answers[K])));
      const gone = (): void => settle(() => reject(new Error(this.#ended ?? 'its process ended')));
      const timer = setTimeout(() => {
        this.#ended = `no answer within ${seconds} seconds`;
        this.#child.kill('SIGKILL');
        gone();
      }, seconds * 1000);
      this.#child.on('message', hear).on('exit', gone).on('error', gone);
      this.#child.send(request, (e) => e !== null && gone());
    });
  }
  get ended(): string | null {
    return this.#ended;
  }
  /** Ends the process. */
  close(): void {
    this.#ended ??= 'closed';
    this.#child.kill();
  }
}
