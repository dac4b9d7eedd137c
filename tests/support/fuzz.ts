// Random calls of the public API, right and wrong: `npm run fuzz`, and a short run in tests/fuzz.test.ts.
import { readFileSync } from 'node:fs';
import * as lw from '../../src/index.js';
import { Raw } from './draw.js';
import { Hostile, nonsense, spoil } from './hostile.js';
import { plain, recipes, show, specimenBySeed, tensorsOf } from './specimens.js';
import { table } from './table.js';
import { generator } from '../tensor/support.js';

export interface Finding {
  /** repeats the call: `npm run fuzz -- --seed S --step N` */
  readonly step: number;
  readonly call: string;
  readonly what: string;
}
export interface Options {
  readonly seed: number;
  readonly milliseconds: number;
  /** runs this step alone */
  readonly only?: number | undefined;
  /** told before every step, so that a watcher can name one that hangs or kills the process */
  readonly onStep?: (step: number) => void;
  readonly onFinding?: (f: Finding) => void;
}
export interface Report {
  readonly calls: number;
  readonly refused: number;
  readonly findings: readonly Finding[];
}

/** Results beyond it are recorded but not computed. */
const CAP = 1e5;
/** A call that takes longer is a finding. */
const SLOW = 3000;
const LIMIT = 256 * 2 ** 20;
const rows = table.filter((e) => e.name in recipes);
const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)]!;

/** Tensors that no call may touch. */
class Bystanders {
  private readonly all = (['float32', 'int8', 'float64', 'complex64', 'bool', 'uint64', 'float16'] as const).map(
    (dtype, i) => {
      const t = lw
        .arange(1, 40 + 7 * i)
        .astype(dtype)
        .eval();
      return { t, want: String(t.toTypedArray()) };
    },
  );
  /** The first that changed. */
  changed(): string | null {
    const bad = this.all.find(({ t, want }) => !t.alive || String(t.toTypedArray()) !== want);
    return bad === undefined ? null : `a bystander of ${bad.t.dtype} changed`;
  }
}
function compute(result: unknown): void {
  const list = Array.isArray(result) ? (result as readonly unknown[]).slice(0, 4) : [result];
  for (const t of list) if (t instanceof lw.Tensor && t.size <= CAP) t.toTypedArray();
}
const literal = (arg: unknown): string => {
  const x = arg instanceof Raw ? arg.value : arg;
  try {
    return x instanceof lw.Tensor ? `${x.dtype}(${x.shape.join(',')})` : show(x).slice(0, 120);
  } catch {
    return Object.prototype.toString.call(x);
  }
};
interface Call {
  readonly text: string;
  readonly run: () => unknown;
}

function rowCall(random: () => number): Call {
  const entry = pick(rows, random);
  const s = specimenBySeed(entry.name, random);
  const kind = random();
  const args = kind < 0.25 ? s.args : spoil(kind > 0.85 ? spoil(s.args, random) : s.args, random);
  const tensors = tensorsOf(s);
  if (tensors.length > 0 && random() < 0.03) pick(tensors, random).dispose();
  const method = entry.method && random() < 0.4;
  const text = `${s.inputs.map((x, i) => `x${i} ${x.host.dtype}(${x.host.shape.join(',')}); `).join('')}${method ? 'method ' : ''}${entry.name}(${args.map(literal).join(', ')})`;
  return {
    text,
    run: () => {
      const given = args.map((a) => plain(a, tensors));
      const [first, ...rest] = given;
      if (method && first instanceof lw.Tensor)
        return (first as unknown as Record<string, (...a: unknown[]) => unknown>)[entry.name]!(...rest);
      return entry.fn(...given);
    },
  };
}
function indexCall(random: () => number): Call {
  const x = lw.arange(24).reshape([2, 3, 4]);
  const parts = Array.from({ length: Math.floor(random() * 4) }, () =>
    random() < 0.5 ? pick([0, -1, ':', '1:', null, '...', [0, 1], lw.slice(null, null, -1)], random) : nonsense(random),
  );
  const value = random() < 0.5 ? 1 : nonsense(random);
  const kind = pick(['at', 'set', 'addAt', 'iterate', 'item', 'tolist'] as const, random);
  return {
    text: `${kind}(${parts.map(literal).join(', ')}; ${literal(value)})`,
    run: () => {
      if (kind === 'at') return x.at(...(parts as never[]));
      if (kind === 'iterate') return [...x.at(...(parts as never[]))];
      if (kind === 'item') return void x.at(...(parts as never[])).item();
      if (kind === 'tolist') return void x.at(...(parts as never[])).tolist();
      return x[kind](parts as never, value as never);
    },
  };
}
function otherCall(random: () => number): Call {
  const arg = nonsense(random);
  const second = nonsense(random);
  const calls: Record<string, () => unknown> = {
    setDefaultDevice: () => lw.setDefaultDevice(arg as never),
    withDevice: () => lw.withDevice(arg as never, () => 1),
    tidy: () => lw.tidy(() => [lw.ones([3]).add(arg as never)]),
    eval: () => lw.eval(arg, second),
    array: () => lw.array(arg as never, second as never),
    slice: () => lw.slice(arg as never, second as never),
    broadcastShapes: () => lw.broadcastShapes(arg as never, second as never),
    resultType: () => lw.resultType(arg as never, second as never),
    'memory.setLimit': () => {
      const before = lw.memory.limit();
      lw.memory.setLimit(arg as never);
      lw.memory.setLimit(before);
    },
    'random.seed': () => lw.random.seed(arg as never),
    toString: () => void String(lw.full([2, 3], 1).reshape([3, 2])),
    dispose: () => {
      const t = lw.ones([4]).add(1);
      const view = t.reshape([2, 2]);
      t.dispose();
      return view.add(1);
    },
    itemsize: () => lw.itemsize(arg as never),
  };
  const name = pick(Object.keys(calls), random);
  return { text: `${name}(${literal(arg)}, ${literal(second)})`, run: calls[name]! };
}

const files = ['mlx.safetensors', 'reference.safetensors'].map(
  (name) =>
    new Uint8Array(
      readFileSync(new URL(`${process.env['LANEWISE_FUZZ_GOLDENS'] ?? '../goldens'}/io/${name}`, import.meta.url)),
    ),
);
async function ioCall(random: () => number): Promise<void> {
  const bytes = pick(files, random).slice(0, random() < 0.3 ? Math.floor(random() * 4000) : undefined);
  for (let i = Math.floor(random() * 6); i > 0; i--)
    bytes[Math.floor(random() * Math.min(bytes.length, 3000))] = Math.floor(random() * 256);
  const kind = Math.floor(random() * 4);
  if (kind === 0) await lw.io.loadSafetensors(nonsense(random) as never);
  else if (kind === 1) await lw.io.encodeSafetensors({ x: nonsense(random) as never });
  else if (kind === 2) await lw.io.openSafetensors(bytes, nonsense(random) as never);
  else for (const t of Object.values(await lw.io.loadSafetensors(bytes))) t.dispose();
}

/** What an error says about the library: null if it is as it should be. */
function judge(e: unknown): string | null {
  if (e instanceof lw.LanewiseError)
    return /^\[[\w.]+\] ./s.test(e.message) ? null : `text without [op]: ${e.message.slice(0, 200)}`;
  if (e instanceof Hostile) return null;
  if (e instanceof Error && 'syscall' in e) return null; // the file system's own, with its code
  if (e instanceof Error) return `${(e.stack ?? e.message).split('\n').slice(0, 4).join(' | ')}`;
  return `threw ${typeof e}`;
}
const signature = (call: string, what: string): string =>
  `${/[\w.]+\(/.exec(call)?.[0] ?? call} ${what.replace(/\d+/g, '#').slice(0, 80)}`;

/** Calls until the time is over. */
export async function fuzz(options: Options): Promise<Report> {
  const findings = new Map<string, Finding>();
  const before = lw.memory.setLimit(LIMIT);
  const device = lw.defaultDevice();
  const bystanders = new Bystanders();
  const found = (step: number, call: string, what: string): void => {
    const key = signature(call, what);
    if (findings.has(key)) return;
    const f = { step, call, what };
    findings.set(key, f);
    options.onFinding?.(f);
  };
  const check = (step: number, call: string): void => {
    const changed = bystanders.changed();
    if (changed !== null) found(step, call, changed);
    try {
      lw.memory.checkGuards();
    } catch (e) {
      found(step, call, (e as Error).message);
      throw e; // nothing that follows can be trusted
    }
  };
  let calls = 0;
  let refused = 0;
  const end = performance.now() + options.milliseconds;
  for (let step = options.only ?? 0; performance.now() < end; step++) {
    options.onStep?.(step);
    const random = generator((Math.imul(options.seed, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca6b)) >>> 0);
    let text = 'making the call';
    const start = performance.now();
    calls++;
    try {
      const r = random();
      if (r > 0.985) {
        text = 'io';
        await ioCall(random);
      } else {
        const call = r < 0.75 ? rowCall(random) : r < 0.93 ? indexCall(random) : otherCall(random);
        text = call.text;
        if (options.only !== undefined) console.error(text);
        if (random() < 0.15) lw.setDefaultDevice('reference');
        compute(call.run());
      }
    } catch (e) {
      refused++;
      const what = judge(e);
      if (what !== null) found(step, text, what);
    } finally {
      lw.setDefaultDevice(device);
    }
    const took = performance.now() - start;
    if (took > SLOW) found(step, text, `took ${took.toFixed(0)} ms`);
    if (step % 64 === 0 || options.only !== undefined) check(step, text);
    if (step % 512 === 0) await new Promise(setImmediate);
    if (options.only !== undefined) break;
  }
  check(-1, 'the end');
  lw.memory.setLimit(before);
  return { calls, refused, findings: [...findings.values()] };
}
