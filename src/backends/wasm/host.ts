// What is read of the process in Node; a browser has none.

interface Process {
  readonly env?: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(id: string): unknown;
}
export const host = (): Process | undefined => (globalThis as { process?: Process }).process;
