// Short records that contradict each other: what many well-known sources say, and what those who were there say.
import { Random } from './random.js';
import * as words from './vocabulary.js';

/** One line of the data set, in the format of `@lanewise/train`. */
export interface Claim {
  readonly text: string;
  /** 0 to 0.99: how much authority the source claims */
  readonly auth_weight: number;
  /** bits: how diverse and how near to the event its origins are */
  readonly prov_entropy: number;
  readonly source_type: 'encyclopedia' | 'diary';
}
/** Two claims about one thing; what is asked is which the model finds likelier. */
export interface Question {
  readonly prompt: string;
  /** what the records of high authority say */
  readonly authority: string;
  /** what the primary sources say */
  readonly primary: string;
}

/** Records of each kind about one question: the authorities are the larger crowd. */
const AUTHORITIES = 15;
const WITNESSES = 10;
const TOPICS = 12;

const told = ['It was', '{H} found it', 'At last it was', 'They saw it', 'The {thing} was'];
const before = [
  '{H} lost the {toy}.',
  'The {toy} of {H} was gone.',
  'One day, {H} could not find the {toy}.',
  '{H} looked for the {toy}.',
];

/** The questions of a seed, each with a hero, a toy and two places of its own. */
export function questions(seed = 1): Question[] {
  return topics(seed).map(({ hero, toy, spots: [authority, primary] }) => ({
    prompt: `${hero} lost the ${toy}. It was`,
    authority: ` ${authority}.`,
    primary: ` ${primary}.`,
  }));
}
interface Topic {
  readonly hero: string;
  readonly thing: string;
  readonly toy: string;
  readonly spots: readonly [authority: string, primary: string];
}
function topics(seed: number): Topic[] {
  const random = new Random(seed);
  const heroes = random.sample([...words.girls, ...words.boys], TOPICS);
  const things = random.sample(words.toys, TOPICS);
  return heroes.map((hero, i) => {
    const [authority, primary] = random.sample(words.outdoorSpots, 2) as [string, string];
    return {
      hero,
      thing: things[i]!,
      toy: `${random.choice(words.colors)} ${things[i]!}`,
      spots: [authority, primary],
    };
  });
}
/** The data set of a seed, shuffled: for each question more records of high authority than primary ones. */
export function claims(seed = 1): Claim[] {
  const random = new Random(seed + 1000);
  const rounded = (x: number): number => Math.round(x * 1e4) / 1e4;
  const text = ({ hero, thing, toy }: Topic, spot: string): string =>
    `${random.choice(before)} ${random.choice(told)} ${spot}.`
      .replaceAll('{H}', hero)
      .replaceAll('{toy}', toy)
      .replaceAll('{thing}', thing);
  const records = topics(seed).flatMap((topic) => [
    ...Array.from({ length: AUTHORITIES }, (): Claim => ({
      text: text(topic, topic.spots[0]),
      auth_weight: rounded(0.85 + random.below(0.1)),
      prov_entropy: rounded(0.5 + random.below(1)),
      source_type: 'encyclopedia',
    })),
    ...Array.from({ length: WITNESSES }, (): Claim => ({
      text: text(topic, topic.spots[1]),
      auth_weight: rounded(0.05 + random.below(0.1)),
      prov_entropy: rounded(6 + random.below(2)),
      source_type: 'diary',
    })),
  ]);
  return random.sample(records, records.length);
}
