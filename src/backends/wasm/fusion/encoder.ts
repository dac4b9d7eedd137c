// Bytes of a WebAssembly module with one function over an imported memory. https://webassembly.github.io/spec/core/binary/

/** Value types. */
export const I32 = 0x7f;
export const V128 = 0x7b;

function unsigned(to: number[], x: number): void {
  for (; x > 0x7f; x >>>= 7) to.push((x & 0x7f) | 0x80);
  to.push(x);
}
function signed(to: number[], x: number): void {
  for (; x < -64 || x > 63; x >>= 7) to.push((x & 0x7f) | 0x80);
  to.push(x & 0x7f);
}

/** Instructions of one function, in order. Locals are numbers: the parameters, then what `local` gives out. */
export class Body {
  private readonly code: number[] = [];
  private readonly types: number[] = [];
  private readonly constants = new Map<number, number>();
  constructor(private readonly params: number) {}

  local(type: typeof I32 | typeof V128): number {
    return this.params + this.types.push(type) - 1;
  }
  get(local: number): this {
    this.code.push(0x20);
    unsigned(this.code, local);
    return this;
  }
  set(local: number): this {
    this.code.push(0x21);
    unsigned(this.code, local);
    return this;
  }
  i32(value: number): this {
    this.code.push(0x41);
    signed(this.code, value);
    return this;
  }
  /** A plain instruction without immediates. */
  op(code: number): this {
    this.code.push(code);
    return this;
  }
  /** A vector instruction, with immediates that are single bytes. */
  simd(code: number, ...immediates: readonly number[]): this {
    this.code.push(0xfd);
    unsigned(this.code, code);
    for (const b of immediates) this.code.push(b);
    return this;
  }
  /** The four lanes that hold these bits. Made before everything else: in a loop V8 makes a constant anew each time it comes by. */
  splat(bits: number): this {
    let local = this.constants.get(bits);
    if (local === undefined) this.constants.set(bits, (local = this.local(V128)));
    return this.get(local);
  }
  /** i32.load of the address on the stack. */
  load(offset: number): this {
    this.code.push(0x28, 0);
    unsigned(this.code, offset);
    return this;
  }
  loop(): this {
    this.code.push(0x03, 0x40);
    return this;
  }
  if(): this {
    this.code.push(0x04, 0x40);
    return this;
  }
  else(): this {
    return this.op(0x05);
  }
  end(): this {
    return this.op(0x0b);
  }
  /** Goes on with the loop around it if the number on the stack is not zero. */
  again(): this {
    this.code.push(0x0d, 0);
    return this;
  }
  /** Size, locals and instructions. */
  bytes(): number[] {
    const body: number[] = [];
    unsigned(body, this.types.length);
    for (const type of this.types) body.push(1, type);
    for (const [bits, local] of this.constants) {
      body.push(0xfd, 0x0c);
      for (let i = 0; i < 16; i++) body.push((bits >>> (8 * (i % 4))) & 0xff);
      body.push(0x21);
      unsigned(body, local);
    }
    for (const b of this.code) body.push(b);
    body.push(0x0b);
    const out: number[] = [];
    unsigned(out, body.length);
    return out.concat(body);
  }
}

/** Pages of the memory an import asks for at most, where it has to say so: shared memories. */
const MAX_PAGES = 65536;
const text = (to: number[], s: string): void => {
  unsigned(to, s.length);
  for (let i = 0; i < s.length; i++) to.push(s.charCodeAt(i));
};

/** A module of functions whose parameters are i32, exported as '0', '1' and so on. It imports `env.memory`. */
export function encode(params: number, bodies: readonly Body[], shared: boolean): Uint8Array<ArrayBuffer> {
  const out: number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const section = (id: number, fill: (to: number[]) => void): void => {
    const content: number[] = [];
    fill(content);
    out.push(id);
    unsigned(out, content.length);
    for (const b of content) out.push(b);
  };
  section(1, (to) => to.push(1, 0x60, params, ...new Array<number>(params).fill(I32), 0));
  section(2, (to) => {
    to.push(1);
    text(to, 'env');
    text(to, 'memory');
    to.push(2);
    if (shared) {
      to.push(3, 1);
      unsigned(to, MAX_PAGES);
    } else to.push(0, 1);
  });
  section(3, (to) => to.push(bodies.length, ...bodies.map(() => 0)));
  section(7, (to) => {
    to.push(bodies.length);
    bodies.forEach((_, i) => {
      text(to, String(i));
      to.push(0, i);
    });
  });
  section(10, (to) => {
    to.push(bodies.length);
    for (const body of bodies) for (const b of body.bytes()) to.push(b);
  });
  return new Uint8Array(out);
}
