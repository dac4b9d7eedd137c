import { LanewiseError } from 'lanewise';

/** An adapter that cannot be made, does not fit its model, or stands in a file that is not one. */
export class AdapterError extends LanewiseError {
  override name = 'AdapterError';
}
