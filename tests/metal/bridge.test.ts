// What can be known of session.mm without a Mac: Apple's dialect takes it, Apple has the selectors, its own rules are kept.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Bench, load, text, type Rig } from './rig.js';
import type { MetalAddon } from '../../native/metal/index.js';
// @ts-expect-error plain JavaScript of the rig
import { selectorsOf } from '../../native/metal/rig/selectors.mjs';
// @ts-expect-error plain JavaScript of the package
import selfChecks from '../../native/metal/self-check.cjs';

interface SelfCheck {
  family: string;
  error: number;
  reason: string | null;
}
const selfCheck = (selfChecks as { selfCheck: (a: MetalAddon, m: WebAssembly.Memory, at: number) => SelfCheck[] })
  .selfCheck;
const root = fileURLToPath(new URL('../../native/metal', import.meta.url));
const apple = (...flags: string[]) =>
  spawnSync(
    process.env.MSL_CXX ?? 'clang++-19',
    [
      ...[
        '-x',
        'objective-c++',
        '-std=c++17',
        '-fobjc-runtime=macosx-13',
        '-fblocks',
        '-fexceptions',
        '-fobjc-exceptions',
        '-fsyntax-only',
      ],
      ...['-Wall', '-Wextra', '-Werror', '-Irig/device/apple', '-Irig/device', ...flags, 'src/session.mm'],
    ],
    { cwd: root, encoding: 'utf8' },
  );

describe('metal bridge', () => {
  it("session.mm › compiles in Apple's dialect without a warning, and refuses automatic reference counting", () => {
    expect(apple('-fno-objc-arc').stderr).toBe('');
    expect(apple('-fobjc-arc').stderr).toContain('manual retain and release only');
  });

  it("Metal.h › declares selectors of Apple's alone", () => {
    const known = new Set(text('rig/selectors.txt').split('\n').slice(1));
    const declared = (selectorsOf as (header: string) => string[])(text('rig/device/Metal/Metal.h'));
    expect(declared.length).toBeGreaterThan(25);
    expect(declared.filter((s) => !known.has(s))).toEqual([]);
    expect(selectorsOf('- (void)setBufer:(id)b offset:(int)o;\n@property(nonatomic) BOOL x;')).toEqual([
      'setBufer:offset:',
      'setX:',
      'x',
    ]);
  });

  it('session.mm › has no C++ handler, which would be dead, and enters by way of a pool', () => {
    const source = text('src/session.mm').replace(/\/\/.*$/gm, '');
    expect(source).not.toMatch(/(?<!@)\b(try|catch)\s*[({]/);
    expect(source.match(/@try/g)).toHaveLength(1);
    expect(text('src/addon.cc')).not.toMatch(/@"|@autoreleasepool|#import|Metal\/Metal\.h/);
  });

  it('self-check › all families are right here, and a family that does not compile is named', () => {
    const addon = load<MetalAddon>('metal');
    const rig = load<Rig>('rig');
    const { memory } = new Bench(addon);
    for (const { family, error, reason } of selfCheck(addon, memory, 65536)) {
      expect(reason, family).toBeNull();
      expect(error, family).toBeLessThan(2e-5);
    }
    addon.close();
    addon.attach(memory);
    rig.set('refuse-library', 1);
    const [first, ...others] = selfCheck(addon, memory, 65536);
    expect(first!.reason).toMatch(new RegExp(`kernels of '${first!.family}': made to fail`));
    expect(others.map((f) => f.reason)).toEqual(others.map(() => null));
    addon.close();
    expect(rig.reports()).toEqual([]);
  });
});
