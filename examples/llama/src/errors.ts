/** A model folder, a prompt or an option that cannot be used. Text: `[part] the rule, got what`. */
export class ModelError extends Error {
  override name = 'ModelError';
}

/** Text for an error message: strings quoted, long values cut. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
