// The roles of one story.
import type { Random } from './random.js';
import * as words from './vocabulary.js';

/** What happens in a story. */
export interface Plot {
  /** draws the roles that the beats speak of */
  readonly cast: (cast: Cast) => void;
  /** what happens, one template of each */
  readonly beats: readonly (readonly string[])[];
}

const pronouns: Readonly<Record<string, readonly string[]>> = { she: ['she', 'her', 'her'], he: ['he', 'his', 'him'] };
const women = ['mom', 'mother', 'grandma'];
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Each role is chosen once, so every later mention agrees with the first. */
export class Cast {
  private readonly roles = new Map<string, string>();
  private readonly names = new Set<string>();
  private readonly child: boolean;
  private kind = '';
  private friendKind = '';
  private met = false;

  constructor(readonly random: Random) {
    this.child = random.below(1) < 0.6;
    this.hero();
    const [color, color2] = random.sample(words.colors, 2) as [string, string];
    this.set({ color, color2, good: random.choice(words.feelsGood), bad: random.choice(words.feelsBad) });
    this.one('gift2', ['a gold star', 'a big cake', 'a blue ribbon', 'a basket of plums']);
    this.sweets();
    this.friend();
    this.place();
    this.spots(words.spots);
  }

  /** The word of a role. The friend is introduced once; after that the name alone is enough. */
  word(role: string): string {
    if (role !== 'F' && role !== 'friend') return this.roles.get(role)!;
    const first = !this.met;
    this.met = true;
    return this.roles.get(role === 'friend' && first ? 'friend' : 'F')!;
  }
  /** The word of a role, without introducing anybody. */
  plain(role: string): string {
    return this.roles.get(role)!;
  }

  helper(pool: readonly string[] = words.helpers): void {
    this.one(
      'helper',
      pool.filter((x) => x !== this.kind && x !== this.friendKind),
    );
    this.pronouns('x', this.random.choice(['he', 'she']));
  }
  bird(): void {
    this.one('bird', words.birds);
    this.pronouns('x', this.random.choice(['he', 'she']));
  }
  toy(thing: string = this.random.choice(words.toys)): void {
    this.set({ thing, toy: `${this.plain('color')} ${thing}` });
  }
  secondToy(): void {
    const thing2 = this.random.choice(words.toys.filter((x) => x !== this.plain('thing')));
    this.set({ thing2, toy2: `${this.plain('color2')} ${thing2}` });
  }
  hat(): void {
    this.set({ hat: `${this.plain('color')} ${this.random.choice(['hat', 'scarf'])}` });
  }
  find(): void {
    const findn = this.random.choice(words.finds);
    this.set({ findn, find: `${this.random.choice(['small', 'pretty', 'golden', 'silver'])} ${findn}` });
  }
  neighbor(): void {
    const [neighbor, he] = this.random.choice(words.neighbors);
    this.set({ neighbor });
    this.pronouns('n', he);
  }
  friend(): void {
    if (this.roles.has('F')) return;
    const girl = this.random.flag();
    const child = this.child && this.random.below(1) < 0.7;
    const F = this.name(girl, child);
    this.set({ F });
    this.pronouns('f', girl ? 'she' : 'he');
    const others = Object.keys(words.animals).filter((x) => x !== this.kind);
    this.friendKind = child ? (girl ? 'girl' : 'boy') : this.random.choice(others);
    const introductions = child
      ? [`${this.plain('his')} friend ${F}`, `a ${this.friendKind} named ${F}`]
      : [`${F} the ${this.friendKind}`];
    this.one('friend', introductions);
  }
  chore(): void {
    this.together(['chore', 'chored'], words.chores);
  }
  skill(): void {
    this.together(['skill', 'skilled', 'fail'], words.skills);
  }
  build(): void {
    this.together(['build', 'builtn', 'parts'], words.builds);
    this.set({ Build: capital(this.plain('build')) });
  }
  noise(): void {
    this.together(['noise', 'cause'], words.noises);
  }
  rainy(): void {
    this.together(['rainy', 'rained'], words.rainy);
  }
  show(): void {
    this.together(['show', 'showed', 'piece'], words.shows);
  }
  high(): void {
    this.together(['high', 'highn', 'where'], words.high);
  }
  seed(): void {
    this.together(['plant', 'seed'], words.seeds);
  }
  spots(pool: readonly string[]): void {
    const [spot1, spot2, spot3] = this.random.sample(pool, 3) as [string, string, string];
    this.set({ spot1, spot2, spot3 });
  }
  wish(): void {
    this.one('wish', words.wishes);
  }
  place(): void {
    this.one('place', words.places);
  }
  stuck(): void {
    this.one(
      'stuck',
      words.stuck.filter((x) => x !== this.kind),
    );
    this.one('trap', words.traps);
  }
  food(): void {
    this.one('food', words.foods);
  }
  sweets(): void {
    this.one('sweet', words.sweets);
    this.set({ sweets: this.plain('sweet') });
  }
  soup(): void {
    this.one('soup', words.soups);
  }
  cake(): void {
    this.one('cake', words.cakes);
    this.one('ingredient', words.ingredients);
  }
  fragile(): void {
    this.one('fragile', words.fragile);
  }
  gift(): void {
    this.one('gift', words.gifts);
  }
  pet(): void {
    this.one(
      'pet',
      words.pets.filter((x) => x !== this.kind),
    );
    this.set({ petname: this.name(this.random.flag(), false) });
  }
  elderGuest(): void {
    this.one('guest', ['Aunt May', 'Uncle Bob', 'Aunt Rose', 'Uncle Jim']);
  }

  private set(roles: Readonly<Record<string, string>>): void {
    for (const [role, word] of Object.entries(roles)) this.roles.set(role, word);
  }
  private one(role: string, pool: readonly string[]): void {
    this.roles.set(role, this.random.choice(pool));
  }
  /** Words that belong together. */
  private together(roles: readonly string[], table: readonly (readonly string[])[]): void {
    const row = this.random.choice(table);
    roles.forEach((role, i) => this.roles.set(role, row[i]!));
  }
  private pronouns(prefix: string, he: string): void {
    ['he', 'his', 'him'].forEach((role, i) => {
      const word = pronouns[he]![i]!;
      this.set({ [prefix + role]: word });
      for (const name of [capital(prefix + role), prefix + capital(role), prefix.toUpperCase() + capital(role)])
        this.set({ [name]: capital(word) });
    });
  }
  private name(girl: boolean, child: boolean): string {
    const pool = child ? (girl ? words.girls : words.boys) : girl ? words.animalGirls : words.animalBoys;
    const name = this.random.choice(pool.filter((x) => !this.names.has(x)));
    this.names.add(name);
    return name;
  }
  private hero(): void {
    const girl = this.random.flag();
    this.set({ H: this.name(girl, this.child) });
    this.pronouns('', girl ? 'she' : 'he');
    if (this.child) {
      this.kind = girl ? 'girl' : 'boy';
      this.set({ little: `little ${this.kind}` });
      this.one('home', words.childHomes);
      this.one('trait', words.traits);
      this.one('elder', ['mom', 'dad', 'grandma', 'grandpa']);
    } else {
      this.kind = this.random.choice(Object.keys(words.animals));
      const [looks, homes] = words.animals[this.kind]!;
      this.set({ little: `${this.random.choice(looks)} ${this.kind}` });
      this.one('home', homes);
      this.one('trait', ['kind', 'curious', 'cheerful', 'friendly', 'clever']);
      this.one('elder', ['mother', 'father', 'grandma', 'grandpa']);
    }
    const elder = this.plain('elder');
    this.set({ Elder: capital(elder) });
    this.pronouns('e', women.includes(elder) ? 'she' : 'he');
  }
}
