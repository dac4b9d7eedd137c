// Shared work in a page or in a worker of one. From the sources: what runs in the workers is to be seen.
import { jobs, lw, running } from '../../threads/child.js';

/** Works on so many threads, ends them, and works again; what came of it. */
export async function share(threads: number): Promise<Record<string, unknown>> {
  const x = lw.random.normal([300, 301], 'float32', 0, 1, lw.random.key(5));
  const work = async (): Promise<string> => {
    const y = lw.matmul(x.T, x);
    const all = [y, lw.softmax(x, -1), x.exp().add(1).log().sum(), lw.sort(x, 0)];
    const bytes = (await Promise.all(all.map((t) => t.data()))).map((d) => new Uint8Array(d.buffer));
    return bytes.map((b) => b.reduce((h, v) => (Math.imul(h, 31) + v) | 0, 7)).join();
  };
  lw.setThreads(1);
  const wanted = await work();
  const may = lw.setThreads(threads);
  const come = async (): Promise<boolean> => {
    const end = performance.now() + 10_000;
    for (let i = 0; i < 5 || (running() < lw.threads() - 1 && performance.now() < end); i++) {
      if ((await work()) !== wanted) return false;
      await new Promise((done) => setTimeout(done, 20));
    }
    return true;
  };
  const right = [await come()];
  const [came, before] = [running(), jobs()];
  right.push((await work()) === wanted);
  const shared = jobs() > before;
  await lw.terminate();
  const left = running();
  right.push(await come());
  return {
    isolated: crossOriginIsolated,
    may,
    came,
    shared,
    left,
    again: running(),
    right: right.every(Boolean),
    threads: lw.threads(),
    reason: lw.backends()[0]!.reason,
  };
}
