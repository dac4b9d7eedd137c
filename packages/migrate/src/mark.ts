/** A line that a person has to look at. */
export interface Mark {
  /** line in the Rust source, from 1 */
  readonly line: number;
  readonly why: string;
  readonly rust: string;
}
