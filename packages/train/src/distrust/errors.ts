import { LanewiseError } from 'lanewise';

/** A weight, an entropy, an alpha or a record that the distrust term does not take. */
export class DistrustError extends LanewiseError {
  override name = 'DistrustError';
}
