// What is read of the process in Node; a browser has none.

interface Process {
  readonly env?: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(id: string): unknown;
  /** bytes that the process may still be given */
  availableMemory?(): number;
}
export const host = (): Process | undefined => (globalThis as { process?: Process }).process;
