// Little stories from the project's own grammar. Every story is a function of (seed, index), so the corpus is the same on every machine.
import { Cast } from './cast.js';
import { morePlots } from './more-plots.js';
import { plots } from './plots.js';
import { Random } from './random.js';

const all = [...plots, ...morePlots];
/** Words of a story. */
const LEAST = 60;
const MOST = 180;
/** The first beat of a plot already names the hero, so a story may also start right there. */
const BARE = 0.3;

const choice = /\[([^[\]]*)\]/;
const article = /\b([Aa]) \{(\w+)\}|\{([aA]) (\w+)\}/g;
const role = /\{(\w+)\}/g;
const sentence = /(^"?|[.?!] +"?|\." +"?)([a-z])/g;

const openings = [
  'Once upon a time, there was a {trait} {little} named {H}. {He} lived {home}.',
  'Once upon a time, there was a {little} named {H} who lived {home}.',
  'Once upon a time, a {trait} {little} named {H} lived {home}.',
  'There once was a {trait} {little} named {H}. {He} lived {home}.',
  '{H} was a {trait} {little} who lived {home}.',
  '{H} was a {little}. {He} lived {home} with {his} {elder}.',
  'A {trait} {little} named {H} lived {home}.',
  'Once there was a {little} called {H}. {He} lived {home} with {his} {elder}.',
];
const drills = [
  ...['{H} ran.', '{H} sat down.', '{H} was {good}.', '{H} felt {bad}.', '"Hello," said {H}.', '"Yes," said {H}.'],
  ...['{H} saw the {thing}.', '{H} had the {toy}.', 'The {thing} was {color}.', 'The {toy} was there.', '{H} smiled.'],
  ...['{H} saw {F}.', '{F} saw {H}.', '{F} had the {thing}.', '{H} and {F} played.', '{He} was {good}.'],
  ...['{He} had {his} {thing}.', '"Thank you, {H}," said {F}.', '"Is it {color}?" asked {H}.'],
  ...['{H} liked {his} {elder}.', '{His} {elder} smiled.'],
];

function expand(template: string, cast: Cast): string {
  let text = template;
  while (choice.test(text)) text = text.replace(choice, (_, list: string) => cast.random.choice(list.split('|')));
  // `{a role}` and `a {role}` take the article that the word needs
  text = text.replace(article, (_, a?: string, of?: string, b?: string, other?: string) => {
    const word = cast.plain((of ?? other)!);
    return `${(a ?? b)!}${/^[aeiou]/i.test(word) ? 'n' : ''} ${word}`;
  });
  text = text.replace(role, (_, name: string) => cast.word(name));
  return text.replace(sentence, (_, before: string, letter: string) => before + letter.toUpperCase());
}
function draw(random: Random): string {
  const cast = new Cast(random);
  const plot = random.choice(all);
  plot.cast(cast);
  const bare = random.below(1) < BARE;
  const lines = [...(bare ? [] : [random.choice(openings)]), ...plot.beats.map((beat) => random.choice(beat))];
  const text = lines.map((line) => expand(line, cast)).join(' ');
  // a plot that begins with a pronoun keeps its opening
  if (!bare || text.split('. ')[0]!.includes(cast.plain('H'))) return text;
  return `${expand(random.choice(openings), cast)} ${text}`;
}
const randomOf = (seed: number, index: number): Random =>
  new Random(Math.imul(seed, 0x85ebca6b) + Math.imul(index, 0xc2b2ae35));

/** Story number `index` of corpus `seed`: 60 to 180 words. */
export function story(seed: number, index: number): string {
  const random = randomOf(seed, index);
  for (;;) {
    const text = draw(random);
    const count = text.split(' ').length;
    if (count >= LEAST && count <= MOST) return text;
  }
}
/** A run of short sentences about one hero and one thing: little to learn but who and what the text is about. */
export function drill(seed: number, index: number): string {
  const random = randomOf(seed, index);
  const cast = new Cast(random);
  cast.toy();
  return Array.from({ length: random.integer(6, 14) }, () => expand(random.choice(drills), cast)).join(' ');
}
