// The order in which a model learns the stories: drills first.
import { drill, story } from './index.js';

/** Parts of the texts up to which all are drills, and from which on none are. */
const DRILLS = [1 / 12, 1 / 4] as const;

/** `count` texts of corpus `seed`: only drills, then fewer and fewer of them, then stories alone. Text `i` is a function of the three. */
export function* curriculum(seed: number, count: number): Generator<string, void> {
  const [first, last] = DRILLS;
  let owed = 0;
  for (let i = 0; i < count; i++) {
    owed += Math.min(1, Math.max(0, (last - i / count) / (last - first)));
    const drilled = owed >= 1;
    if (drilled) owed--;
    yield drilled ? drill(seed, i) : story(seed, i);
  }
}
