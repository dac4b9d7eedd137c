import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { makeDistrustRecord, scoreDocument } from '@lanewise/train/node';
import { UsageError } from '../options.js';
import { withoutMark } from '../texts.js';
import { command, text } from './command.js';

export const score = command(
  'score',
  'scores the sources of texts: authority and provenance',
  'Adds "auth_weight" (0 to 0.99, high for official and much-cited sources) and "prov_entropy" (bits, high where the evidence has many\n' +
    'roots) to each line of JSONL, computed from its "text". The result is what finetune --distrust reads.',
  {
    data: text('FILE', 'JSONL with a "text" in each line; records are printed'),
    text: text('TEXT', 'one text; all figures are printed'),
  },
  async (values, io) => {
    if ((values.text === undefined) === (values.data === undefined))
      throw new UsageError('exactly one of --text and --data must be given');
    if (values.text !== undefined) {
      await io.write(`${JSON.stringify(scoreDocument(values.text), null, 2)}\n`);
      return 0;
    }
    let number = 0;
    for await (const read of createInterface({ input: createReadStream(values.data!), crlfDelay: Infinity })) {
      const line = number++ === 0 ? withoutMark(read) : read;
      if (line.trim() === '') continue;
      const record = recordOf(line, number);
      const { authorityWeight, provenanceEntropy } = scoreDocument(record.text);
      const scored = makeDistrustRecord(record.text, {
        ...record,
        auth_weight: authorityWeight,
        prov_entropy: provenanceEntropy,
      });
      await io.write(`${JSON.stringify(scored)}\n`);
    }
    return 0;
  },
);
function recordOf(line: string, number: number): { readonly text: string } {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    throw new UsageError(`line ${number} of --data must be JSON, got ${JSON.stringify(line.slice(0, 40))}`);
  }
  const given = (record as { text?: unknown } | null)?.text;
  if (typeof given !== 'string')
    throw new UsageError(`line ${number} of --data must have a "text", got ${typeof given}`);
  return record as { text: string };
}
