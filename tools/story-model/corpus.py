"""Makes little stories from the project's own grammar: `python corpus.py --count 5` prints some.

Every story is a function of (seed, index), so the corpus is the same on every machine.
"""

import argparse
import random
import re

import more_plots
import plots
import vocabulary as V

PLOTS = plots.PLOTS + more_plots.PLOTS
MIN_WORDS, MAX_WORDS = 60, 180

CHOICE = re.compile(r"\[([^\[\]]*)\]")
ARTICLE = re.compile(r"\b([Aa]) \{(\w+)\}|\{([aA]) (\w+)\}")
ROLE = re.compile(r"\{(\w+)\}")
SENTENCE = re.compile(r"(^\"?|[.?!] +\"?|\.\" +\"?)([a-z])")
PRONOUNS = {"she": ("she", "her", "her"), "he": ("he", "his", "him")}

OPENINGS = [
    "Once upon a time, there was a {trait} {little} named {H}. {He} lived {home}.",
    "Once upon a time, there was a {little} named {H} who lived {home}.",
    "Once upon a time, a {trait} {little} named {H} lived {home}.",
    "There once was a {trait} {little} named {H}. {He} lived {home}.",
    "{H} was a {trait} {little} who lived {home}.",
    "{H} was a {little}. {He} lived {home} with {his} {elder}.",
    "A {trait} {little} named {H} lived {home}.",
    "Once there was a {little} called {H}. {He} lived {home} with {his} {elder}.",
]
DRILLS = [
    "{H} ran.", "{H} sat down.", "{H} was {good}.", "{H} felt {bad}.", "\"Hello,\" said {H}.", "\"Yes,\" said {H}.",
    "{H} saw the {thing}.", "{H} had the {toy}.", "The {thing} was {color}.", "The {toy} was there.", "{H} smiled.",
    "{H} saw {F}.", "{F} saw {H}.", "{F} had the {thing}.", "{H} and {F} played.", "{He} was {good}.", "{He} had {his} {thing}.",
    "\"Thank you, {H},\" said {F}.", "\"Is it {color}?\" asked {H}.", "{H} liked {his} {elder}.", "{His} {elder} smiled.",
]
# The first beat of a plot already names the hero, so a story may also start right there.
BARE_OPENING = 0.3


class Cast:
    """The roles of one story: each is chosen once, so every later mention agrees with the first."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.roles: dict[str, str] = {}
        self.met = False
        self.names: set[str] = set()
        self.child = rng.random() < 0.6
        self.hero()
        self.roles["color"], self.roles["color2"] = rng.sample(V.COLORS, 2)
        self.roles["good"], self.roles["bad"] = rng.choice(V.FEELS_GOOD), rng.choice(V.FEELS_BAD)
        self.roles["gift2"] = rng.choice(["a gold star", "a big cake", "a blue ribbon", "a basket of plums"])
        self.sweets(), self.friend(), self.place(), self.spots(V.SPOTS)

    def pronouns(self, prefix: str, he: str, capital: str | None = None):
        for role, word in zip(("he", "his", "him"), PRONOUNS[he]):
            self.roles[prefix + role] = word
            first = prefix[0].upper() + prefix[1:] + role if prefix else role.capitalize()
            self.roles[first] = word.capitalize()
            self.roles[prefix + role.capitalize()] = word.capitalize()
            self.roles[prefix.upper() + role.capitalize()] = word.capitalize()

    def name(self, girl: bool, child: bool) -> str:
        pool = (V.GIRLS if girl else V.BOYS) if child else (V.ANIMAL_GIRLS if girl else V.ANIMAL_BOYS)
        name = self.rng.choice([n for n in pool if n not in self.names])
        self.names.add(name)
        return name

    def hero(self):
        girl = self.rng.random() < 0.5
        self.roles["H"] = self.name(girl, self.child)
        self.pronouns("", "she" if girl else "he")
        if self.child:
            self.kind = "girl" if girl else "boy"
            self.roles["little"], self.roles["home"] = "little " + self.kind, self.rng.choice(V.CHILD_HOMES)
            self.roles["trait"] = self.rng.choice(V.TRAITS)
            elder = self.rng.choice(["mom", "dad", "grandma", "grandpa"])
        else:
            self.kind = self.rng.choice(sorted(V.ANIMALS))
            looks, homes = V.ANIMALS[self.kind]
            self.roles["little"], self.roles["home"] = f"{self.rng.choice(looks)} {self.kind}", self.rng.choice(homes)
            self.roles["trait"] = self.rng.choice(["kind", "curious", "cheerful", "friendly", "clever"])
            elder = self.rng.choice(["mother", "father", "grandma", "grandpa"])
        self.roles["elder"], self.roles["Elder"] = elder, elder.capitalize()
        self.pronouns("e", "she" if elder in ("mom", "mother", "grandma") else "he")

    def friend(self):
        if "F" in self.roles:
            return
        girl = self.rng.random() < 0.5
        child = self.child and self.rng.random() < 0.7
        self.roles["F"] = self.name(girl, child)
        self.pronouns("f", "she" if girl else "he")
        if child:
            kind = "girl" if girl else "boy"
        else:
            kind = self.rng.choice([k for k in sorted(V.ANIMALS) if k != self.kind])
        self.friend_kind = kind
        if child:
            known = f"{self.roles['his']} friend {self.roles['F']}"
            self.roles["friend"] = self.rng.choice([known, f"a {kind} named {self.roles['F']}"])
        else:
            self.roles["friend"] = f"{self.roles['F']} the {kind}"

    def helper(self, pool=None):
        taken = (self.kind, self.friend_kind)
        self.roles["helper"] = self.rng.choice([h for h in pool or V.HELPERS if h not in taken])
        self.pronouns("x", self.rng.choice(["he", "she"]))

    def bird(self):
        self.roles["bird"] = self.rng.choice(V.BIRDS)
        self.pronouns("x", self.rng.choice(["he", "she"]))

    def toy(self, noun: str | None = None):
        noun = noun or self.rng.choice(V.TOYS)
        self.roles["thing"], self.roles["toy"] = noun, f"{self.roles['color']} {noun}"

    def second_toy(self):
        noun = self.rng.choice([t for t in V.TOYS if t != self.roles["thing"]])
        self.roles["thing2"], self.roles["toy2"] = noun, f"{self.roles['color2']} {noun}"

    def hat(self):
        self.roles["hat"] = f"{self.roles['color']} {self.rng.choice(['hat', 'scarf'])}"

    def find(self):
        noun = self.rng.choice(V.FINDS)
        self.roles["findn"], self.roles["find"] = noun, f"{self.rng.choice(['small', 'pretty', 'golden', 'silver'])} {noun}"

    def neighbor(self):
        name, he, _ = self.rng.choice(V.NEIGHBORS)
        self.roles["neighbor"] = name
        self.pronouns("n", he)

    def name_or_role(self, role: str) -> str:
        """The friend is introduced once; after that the name alone is enough."""
        if role in ("F", "friend"):
            first, self.met = not self.met, True
            return self.roles["friend" if role == "friend" and first else "F"]
        return self.roles[role]

    def pairs(self, names: tuple[str, ...], table):
        self.roles.update(zip(names, self.rng.choice(table)))

    def chore(self):
        self.pairs(("chore", "chored"), V.CHORES)

    def skill(self):
        self.pairs(("skill", "skilled", "fail"), V.SKILLS)

    def build(self):
        self.pairs(("build", "builtn", "parts"), V.BUILDS)
        self.roles["Build"] = self.roles["build"].capitalize()

    def noise(self):
        self.pairs(("noise", "cause"), V.NOISES)

    def rainy(self):
        self.pairs(("rainy", "rained"), V.RAINY)

    def show(self):
        self.pairs(("show", "showed", "piece"), V.SHOWS)

    def high(self):
        self.pairs(("high", "highn", "where"), V.HIGH)

    def seed(self):
        self.pairs(("plant", "seed"), V.SEEDS)

    def spots(self, pool):
        self.roles.update(zip(("spot1", "spot2", "spot3"), self.rng.sample(pool, 3)))

    def one(self, role: str, pool):
        self.roles[role] = self.rng.choice(pool)

    def wish(self):
        self.one("wish", V.WISHES)

    def place(self):
        self.one("place", V.PLACES)

    def stuck(self):
        self.one("stuck", [s for s in V.STUCK if s != self.kind]), self.one("trap", V.TRAPS)

    def food(self):
        self.one("food", V.FOODS)

    def sweets(self):
        self.one("sweet", V.SWEETS)
        self.roles["sweets"] = self.roles["sweet"]

    def soup(self):
        self.one("soup", V.SOUPS)

    def cake(self):
        self.one("cake", V.CAKES), self.one("ingredient", V.INGREDIENTS)

    def fragile(self):
        self.one("fragile", V.FRAGILE)

    def gift(self):
        self.one("gift", V.GIFTS)

    def pet(self):
        self.one("pet", [p for p in V.PETS if p != self.kind])
        self.roles["petname"] = self.name(self.rng.random() < 0.5, False)

    def elder_guest(self):
        self.one("guest", ["Aunt May", "Uncle Bob", "Aunt Rose", "Uncle Jim"])


def with_article(match: re.Match, roles: dict[str, str]) -> str:
    """`{a role}` and `a {role}` take the article the word needs."""
    article, role = match.group(1) or match.group(3), match.group(2) or match.group(4)
    word = roles[role]
    return f"{article}n {word}" if word[0].lower() in "aeiou" else f"{article} {word}"


def expand(template: str, cast: Cast) -> str:
    while CHOICE.search(template):
        template = CHOICE.sub(lambda m: cast.rng.choice(m.group(1).split("|")), template, count=1)
    template = ARTICLE.sub(lambda m: with_article(m, cast.roles), template)
    text = ROLE.sub(lambda m: cast.name_or_role(m.group(1)), template)
    return SENTENCE.sub(lambda m: m.group(1) + m.group(2).upper(), text)


def draw(rng: random.Random) -> str:
    cast = Cast(rng)
    beats = rng.choice(PLOTS)(cast)
    lines = [] if rng.random() < BARE_OPENING else [rng.choice(OPENINGS)]
    lines += [rng.choice(beat) for beat in beats]
    text = " ".join(expand(line, cast) for line in lines)
    # A bare opening names the hero by pronoun only when the plot does, so those plots keep the full one.
    if len(lines) == len(beats) and cast.roles["H"] not in text.split(". ")[0]:
        return expand(rng.choice(OPENINGS), cast) + " " + text
    return text


def drill(seed: int, index: int) -> str:
    """A run of short sentences about one hero and one thing: little to learn but who and what the text is about."""
    rng = random.Random(seed * 1_000_003 + index)
    cast = Cast(rng)
    cast.toy()
    return " ".join(expand(line, cast) for line in rng.choices(DRILLS, k=rng.randint(6, 14)))


def story(seed: int, index: int) -> str:
    """Story number `index` of corpus `seed`: 60 to 180 words, with no state shared between stories."""
    rng = random.Random(seed * 1_000_003 + index)
    while True:
        text = draw(rng)
        if MIN_WORDS <= len(text.split()) <= MAX_WORDS:
            return text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    for index in range(args.start, args.start + args.count):
        print(story(args.seed, index) + "\n")
