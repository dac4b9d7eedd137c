// One process for one library, so that no heap, compiler or thread pool of one disturbs another.
import { ceiling } from './ceilings.js';
import { libraries } from './peers/index.js';
import type { Peer, Ready } from './peers/peer.js';
import type { Answer, Answers, Request } from './protocol.js';
import { sample, warmUp } from './sampler.js';
import type { Timed } from './sampler.js';
import { deviation } from './workload.js';
import { workloads } from './workloads/index.js';

let peer: Peer | null = null;
let ready: Ready | null = null;
let timed: Timed | null = null;
let repeats = 1;

async function release(): Promise<null> {
  await ready?.release?.();
  ready = timed = null;
  return null;
}

const handlers: { [K in Request['kind']]: (r: Extract<Request, { kind: K }>) => Promise<Answers[K]> } = {
  start: async ({ library, threads }) => {
    const { load } = libraries.find((l) => l.name === library)!;
    peer = await (await load()).start(threads);
    return { version: peer.version };
  },
  ready: async ({ workload: name, expected, file, milliseconds }) => {
    await release();
    const workload = workloads.find((w) => w.name === name)!;
    ready = await peer!.ready(workload, file);
    if (ready === null) return { state: 'absent' };
    const difference = deviation(await ready.read(), expected);
    if (!(difference <= workload.tolerance)) {
      await release();
      return { state: 'wrong', deviation: difference };
    }
    repeats = workload.repeats ?? 1;
    const warm = await warmUp(ready.work, milliseconds);
    timed = warm;
    return { state: 'ready', deviation: difference, each: warm.each / repeats };
  },
  sample: async ({ milliseconds }) => {
    const { median, least, count } = await sample(timed!, milliseconds);
    return { median: median / repeats, least: least / repeats, count };
  },
  release,
  ceiling: async ({ of, milliseconds }) => ceiling(of, milliseconds),
};

process.on('message', (request: Request) => {
  const handle = handlers[request.kind] as (r: Request) => Promise<Answers[keyof Answers]>;
  handle(request).then(
    (value) => answer({ value }),
    (e: unknown) => answer({ error: e instanceof Error ? e.message : String(e) }),
  );
});
const answer = (a: Answer): void => void process.send!(a);
process.on('disconnect', () => process.exit());
