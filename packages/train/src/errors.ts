import { LanewiseError } from 'lanewise';

/** One setting that cannot be used. */
export interface ConfigIssue {
  /** dotted path of the setting */
  readonly path: string;
  /** what is allowed there */
  readonly rule: string;
  /** what was there, as text; absent for rules about several settings */
  readonly got?: string;
}
/** Settings that cannot be used, all of them at once. */
export class ConfigError extends LanewiseError {
  override name = 'ConfigError';
  constructor(readonly issues: readonly ConfigIssue[]) {
    const lines = issues.map(({ path, rule, got }) => `  ${path} ${rule}${got === undefined ? '' : `, got ${got}`}`);
    super(
      `[config] ${issues.length === 1 ? 'a setting is' : `${issues.length} settings are`} wrong:\n${lines.join('\n')}`,
    );
  }
}
/** Data that cannot be read, or not from where a checkpoint left it. */
export class DataError extends LanewiseError {
  override name = 'DataError';
}
/** A checkpoint that is damaged or does not fit. */
export class CheckpointError extends LanewiseError {
  override name = 'CheckpointError';
}
/** More memory is needed than the budget allows. Figures are in bytes. */
export class MemoryBudgetError extends LanewiseError {
  override name = 'MemoryBudgetError';
  constructor(
    message: string,
    readonly needed: number,
    readonly budget: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
/** The loss or the gradients stayed infinite or NaN. */
export class DivergedError extends LanewiseError {
  override name = 'DivergedError';
}
