// How likely a model finds texts.
import * as lw from 'lanewise';
import type { TextTokenizer } from '../tokenizer.js';
import type { LlamaModel } from '../model.js';

/** The log-probability of `continuation` after `prompt`, in nats, summed over its tokens. */
export function logProbability(
  model: LlamaModel,
  tokenizer: TextTokenizer,
  prompt: string,
  continuation: string,
): number {
  const before = tokenizer.encode(prompt);
  const all = tokenizer.encode(prompt + continuation);
  // a token that spans the border belongs to the continuation
  let shared = 0;
  while (shared < before.length && before[shared] === all[shared]) shared++;
  return lw.tidy(() => {
    const ids = lw.array(Int32Array.from(all)).reshape([1, all.length]);
    const logits = model.forward(ids.at(':', ':-1')).at(0);
    const wanted = ids.at(0, '1:').expandDims(-1);
    const each = logits.takeAlongAxis(wanted, -1).squeeze(-1).sub(logits.logsumexp(-1));
    return each
      .at(lw.slice(shared - 1, null))
      .sum()
      .item() as number;
  });
}
