// File handles of Node as a shape of their own, so that the types need no @types/node.
/** What is used of a `FileHandle` of `node:fs/promises`. */
export interface NodeHandle {
  readonly fd: number;
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}
/** True for an open file handle of Node. */
export const isNodeHandle = (x: unknown): x is NodeHandle =>
  typeof x === 'object' && x !== null && typeof (x as NodeHandle).fd === 'number' && 'stat' in x && 'truncate' in x;
