import type * as Example from '../../../examples/llama/src/index.js';
import { firstLogits, randomLlama, tinyLlama, weightBytes, weightCount } from '../random-llama.js';
import type { Blocks } from '../random-llama.js';
import { whole } from '../reference.js';
import type { Foreign, Workload } from '../workload.js';

const group = `TinyLlama's shape, quantised`;
const START = 1; // the token that a sequence begins with
const CONTEXT = 256; // tokens after which a sequence begins anew
const PROMPT = 128;
const prompt = Array.from({ length: PROMPT }, (_, i) => (i === 0 ? START : 300 + ((i * 37) % 30_000)));

/** The most likely token after the first one: what both sides are checked by. */
function greedy(kind: Blocks): number {
  const logits = firstLogits(kind, START);
  return logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
}
/** The example's own model, as it is built beside the library. */
async function loaded(file: string | null): Promise<Example.LlamaModel> {
  const url = new URL('../../examples/llama/dist/index.js', import.meta.url).href;
  const example = (await import(url)) as typeof Example;
  return example.loadModel(file!);
}
/** One sequence of llama.cpp. */
async function sequence({ llama, threads }: Foreign, file: string | null): Promise<Foreign> {
  const model = await llama.loadModel({ modelPath: file, useMmap: true });
  const context = await model.createContext({ contextSize: 2 * CONTEXT, batchSize: CONTEXT, threads });
  return context.getSequence();
}

/** Tokens one after the other, from the start of a sequence to `CONTEXT` and again. */
const decode = (kind: Blocks): Workload => ({
  name: `${kind}: decode one token`,
  group,
  inputs: {},
  file: () => randomLlama(kind),
  bytes: weightBytes(kind),
  tolerance: 0,
  long: true,
  expected: () => whole([greedy(kind)]),
  ours: {
    setup: async (lw, _, file) => {
      const model = await loaded(file);
      let cache = model.newCache();
      let token = START;
      return () => {
        if (cache.length === CONTEXT) {
          cache.dispose();
          cache = model.newCache();
          token = START;
        }
        const next = lw.argmax(model.forward([[token]], cache, { logits: 'last' }), -1);
        token = next.item() as number;
        return next;
      };
    },
  },
  peers: {
    llama: {
      setup: async (api, _, file) => {
        const own = await sequence(api, file);
        let tokens: Foreign = null;
        let count = 0;
        return async () => {
          if (count++ % CONTEXT === 0) {
            await tokens?.return?.();
            await own.clearHistory();
            tokens = own.evaluate([START], { temperature: 0, yieldEogToken: true });
          }
          return [(await tokens.next()).value];
        };
      },
    },
  },
});

/** A prompt at once. Its result is not read: the first call feeds the first token alone, by which both sides are checked. */
const prefill = (kind: Blocks): Workload => ({
  name: `${kind}: prefill ${PROMPT} tokens`,
  group,
  inputs: {},
  file: () => randomLlama(kind),
  // the head is needed for the last position alone
  flops: 2 * PROMPT * (weightCount - tinyLlama.vocabulary * tinyLlama.hidden),
  tolerance: 0,
  long: true,
  expected: () => whole([greedy(kind)]),
  ours: {
    setup: async (lw, _, file) => {
      const model = await loaded(file);
      let first = true;
      return () => {
        const cache = model.newCache();
        const logits = model.forward([first ? [START] : prompt], cache, { logits: 'last' });
        first = false;
        cache.dispose();
        return lw.argmax(logits, -1);
      };
    },
  },
  peers: {
    llama: {
      setup: async (api, _, file) => {
        const own = await sequence(api, file);
        let first = true;
        return async () => {
          await own.clearHistory();
          if (!first) return own.evaluateWithoutGeneratingNewTokens(prompt);
          first = false;
          const { value } = await own.evaluate([START], { temperature: 0, yieldEogToken: true }).next();
          return [value];
        };
      },
    },
  },
});

export const tinyLlamas: readonly Workload[] = [decode('q8_0'), decode('q4_0'), prefill('q8_0'), prefill('q4_0')];
