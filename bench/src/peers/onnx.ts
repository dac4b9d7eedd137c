import { valuesOf } from '../workload.js';
import type { Foreign } from '../workload.js';
import { Graph, stored } from './onnx-model.js';
import type { Value } from './onnx-model.js';
import type { Peer } from './peer.js';

/** ONNX Runtime of either kind: a workload is a session of one graph, its weights constants. */
export function onnx(ort: Foreign, version: string, options: object): Peer {
  return {
    version,
    ready: async (workload) => {
      const program = workload.peers.onnx;
      if (program === undefined) return null;
      const values = valuesOf(workload);
      const graph = new Graph();
      const symbols: Record<string, Value> = {};
      const feeds: Record<string, Foreign> = {};
      for (const [name, input] of Object.entries(workload.inputs)) {
        const elements = stored(input, values[name]!);
        if (input.constant) symbols[name] = graph.constant(input.shape, elements, input.kind);
        else {
          symbols[name] = graph.input(name, input.kind, input.shape);
          feeds[name] = new ort.Tensor(input.kind, elements, input.shape);
        }
      }
      const output = program(graph, symbols);
      const session = await ort.InferenceSession.create(graph.finish(output), options);
      return {
        work: async () => {
          const results = await session.run(feeds);
          results[output.name].dispose?.();
        },
        read: async () => (await session.run(feeds))[output.name].data as ArrayLike<number>,
        release: () => session.release() as Promise<void>,
      };
    },
  };
}
