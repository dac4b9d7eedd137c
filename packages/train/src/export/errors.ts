import { LanewiseError } from 'lanewise';

/** A model that cannot be exported as it is asked for. */
export class ExportError extends LanewiseError {
  override name = 'ExportError';
}
