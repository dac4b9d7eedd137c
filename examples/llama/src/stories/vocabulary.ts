// The word lists of the story grammar: who, what, where.

export const girls: readonly string[] = [
  'Lily',
  'Anna',
  'Mia',
  'Rosie',
  'Emma',
  'Nora',
  'Ella',
  'Ruby',
  'Clara',
  'Zoe',
  'Sara',
  'Ivy',
];
export const boys: readonly string[] = [
  'Tom',
  'Ben',
  'Max',
  'Sam',
  'Leo',
  'Jack',
  'Finn',
  'Noah',
  'Oscar',
  'Tim',
  'Hugo',
  'Eli',
];
export const animalGirls: readonly string[] = ['Daisy', 'Poppy', 'Luna', 'Hazel', 'Penny', 'Bella', 'Dot', 'Molly'];
export const animalBoys: readonly string[] = ['Pip', 'Benny', 'Rusty', 'Coco', 'Teddy', 'Milo', 'Otto', 'Fuzzy'];
/** Each kind with words that describe it, and where it lives. */
export const animals: Readonly<Record<string, readonly [looks: readonly string[], homes: readonly string[]]>> = {
  rabbit: [
    ['white', 'soft', 'brown'],
    ['in a burrow under the hill', 'near the big oak tree'],
  ],
  mouse: [
    ['tiny', 'gray', 'brave'],
    ['in a hole behind the old barn', 'in a small house by the wall'],
  ],
  bear: [
    ['brown', 'round', 'gentle'],
    ['in a cave in the forest', 'in a warm den near the river'],
  ],
  fox: [
    ['red', 'clever', 'young'],
    ['in a den in the woods', 'at the edge of the forest'],
  ],
  duck: [
    ['yellow', 'small', 'happy'],
    ['by the blue pond', 'near the river'],
  ],
  frog: [
    ['green', 'jolly', 'small'],
    ['by the green pond', 'on a leaf in the pond'],
  ],
  squirrel: [
    ['red', 'quick', 'small'],
    ['high up in a tall tree', 'in the big oak tree'],
  ],
  kitten: [
    ['black', 'soft', 'playful'],
    ['in a cozy house on the hill', 'on a quiet farm'],
  ],
  puppy: [
    ['brown', 'playful', 'happy'],
    ['on a busy farm', 'in a cozy house by the lake'],
  ],
  hedgehog: [
    ['shy', 'tiny', 'round'],
    ['under a pile of leaves', 'in a garden full of flowers'],
  ],
};
export const childHomes: readonly string[] = [
  'in a small house by the sea',
  'in a little town',
  'on a quiet farm',
  'in a cozy house on the hill',
  'near a big forest',
  'in a yellow house by the lake',
  'in a tall house with a green door',
  'in a village near the river',
];
export const traits: readonly string[] = [
  'kind',
  'brave',
  'cheerful',
  'curious',
  'gentle',
  'happy',
  'clever',
  'friendly',
];
export const colors: readonly string[] = ['red', 'blue', 'green', 'yellow', 'orange', 'purple', 'white', 'pink'];
export const toys: readonly string[] = [
  'ball',
  'kite',
  'boat',
  'drum',
  'train',
  'doll',
  'robot',
  'top',
  'bucket',
  'whistle',
  'teddy',
  'puzzle',
  'wagon',
];
export const wishes: readonly string[] = [
  'kite',
  'bicycle',
  'drum',
  'boat',
  'scooter',
  'paint box',
  'swing',
  'umbrella',
  'flute',
  'sled',
  'book',
  'hat',
];
export const finds: readonly string[] = [
  'key',
  'ring',
  'mitten',
  'bell',
  'basket',
  'watch',
  'shoe',
  'button',
  'necklace',
  'purse',
];
export const fragile: readonly string[] = ['vase', 'cup', 'bowl', 'lamp', 'plate', 'teapot', 'jar', 'mirror'];
export const foods: readonly string[] = [
  'apple pie',
  'sandwich',
  'banana',
  'orange',
  'cookie',
  'muffin',
  'pear',
  'bun',
  'ice cream',
  'pancake',
];
export const sweets: readonly string[] = [
  'cookies',
  'berries',
  'plums',
  'cherries',
  'muffins',
  'nuts',
  'candies',
  'cakes',
];
export const soups: readonly string[] = [
  'hot soup',
  'warm bread',
  'honey tea',
  'fresh berries',
  'sweet oranges',
  'a bunch of flowers',
];
export const cakes: readonly string[] = [
  'carrot cake',
  'apple cake',
  'berry pie',
  'honey cake',
  'lemon cake',
  'chocolate cake',
];
export const ingredients: readonly string[] = ['flour', 'sugar', 'butter', 'milk', 'honey'];
export const seeds: readonly (readonly [string, string])[] = [
  ['sunflower', 'seed'],
  ['cherry tree', 'seed'],
  ['apple tree', 'seed'],
  ['rose bush', 'seed'],
  ['pear tree', 'seed'],
  ['bean plant', 'bean'],
  ['corn plant', 'seed'],
  ['vine', 'seed'],
];
export const places: readonly string[] = [
  'the park',
  'the forest',
  'the beach',
  'the meadow',
  'the garden',
  'the river',
  'the pond',
  'the hill',
  'the farm',
  'the lake',
];
export const spots: readonly string[] = [
  'under the bed',
  'behind the door',
  'in the tall grass',
  'under a bush',
  'behind a big rock',
  'in the garden',
  'next to the fence',
  'under the old bridge',
  'in a pile of leaves',
  'behind the barn',
  'near the well',
  'under the table',
];
export const outdoorSpots: readonly string[] = [
  'in the tall grass',
  'under a bush',
  'behind a big rock',
  'next to the fence',
  'under the old bridge',
  'in a pile of leaves',
  'behind the barn',
  'near the well',
  'under a tree',
  'beside the path',
];
export const roomSpots: readonly string[] = [
  'under the bed',
  'behind the chair',
  'under the table',
  'in a big box',
  'behind the door',
  'under the blanket',
];
export const helpers: readonly string[] = [
  'owl',
  'turtle',
  'goat',
  'horse',
  'crow',
  'beaver',
  'sheep',
  'donkey',
  'deer',
  'goose',
];
export const birds: readonly string[] = ['robin', 'swallow', 'pigeon', 'sparrow', 'crow', 'seagull'];
export const stuck: readonly string[] = ['bird', 'lamb', 'kitten', 'turtle', 'duckling', 'bunny', 'puppy', 'hedgehog'];
export const traps: readonly string[] = [
  'a thorny bush',
  'an old net',
  'a muddy hole',
  'a broken fence',
  'an empty barrel',
  'a tangle of vines',
];
export const pets: readonly string[] = ['puppy', 'kitten', 'rabbit', 'hamster', 'parrot', 'goldfish', 'pony', 'turtle'];
export const neighbors: readonly (readonly [string, string, string])[] = [
  ['Mrs. Green', 'she', 'her'],
  ['Mr. Brown', 'he', 'him'],
  ['Mrs. Hill', 'she', 'her'],
  ['Mr. Baker', 'he', 'him'],
  ['Mrs. Rose', 'she', 'her'],
  ['Mr. Woods', 'he', 'him'],
];
export const chores: readonly (readonly [string, string])[] = [
  ['sweep the yard', 'swept the yard'],
  ['water the plants', 'watered the plants'],
  ['feed the hens', 'fed the hens'],
  ['pick the apples', 'picked the apples'],
  ['carry the wood', 'carried the wood'],
  ['wash the windows', 'washed the windows'],
  ['paint the fence', 'painted the fence'],
  ['pull the weeds', 'pulled the weeds'],
];
export const skills: readonly (readonly [string, string, string])[] = [
  ['swim', 'swam across the pond', 'sank like a stone'],
  ['ride a bike', 'rode down the whole street', 'fell into the grass'],
  ['skate', 'skated around the lake', 'slipped on the ice'],
  ['jump rope', 'jumped twenty times', 'tripped over the rope'],
  ['whistle', 'whistled a pretty song', 'made only a puff of air'],
  ['climb the tall tree', 'climbed to the very top', 'slid down again'],
  ['juggle', 'juggled three balls', 'dropped all the balls'],
  ['dance', 'danced across the room', 'stepped on a toe'],
];
export const builds: readonly (readonly [string, string, string])[] = [
  ['a sand castle', 'the castle', 'sand and shells'],
  ['a tree house', 'the tree house', 'wood and rope'],
  ['a raft', 'the raft', 'logs and rope'],
  ['a fort', 'the fort', 'boxes and blankets'],
  ['a bird house', 'the bird house', 'wood and nails'],
  ['a bridge', 'the bridge', 'stones and planks'],
];
export const noises: readonly (readonly [string, string])[] = [
  ['a soft tapping', 'a branch at the window'],
  ['a loud bump', 'a book that had fallen'],
  ['a strange squeak', 'a little mouse in the wall'],
  ['a low hum', 'the wind in the trees'],
  ['a quiet scratching', 'the cat at the door'],
  ['a slow drip', 'the rain on the roof'],
];
export const rainy: readonly (readonly [string, string])[] = [
  ['a puppet show', 'made puppets from old socks'],
  ['a paper boat', 'folded paper and made a boat'],
  ['a big picture', 'painted a picture of the sun'],
  ['a blanket fort', 'built a fort from blankets'],
  ['a music band', 'played drums on the pots'],
  ['a tea party', 'set out cups for all the toys'],
];
export const shows: readonly (readonly [string, string, string])[] = [
  ['sing', 'sang', 'song'],
  ['dance', 'danced', 'dance'],
  ['play the flute', 'played the flute', 'tune'],
  ['tell a poem', 'told the poem', 'poem'],
];
export const gifts: readonly string[] = [
  'a shiny stone',
  'a red flower',
  'a round shell',
  'a soft feather',
  'a sweet plum',
  'a little bell',
];
export const high: readonly (readonly [string, string, string])[] = [
  ['an apple', 'apple', 'tree'],
  ['a honey jar', 'jar', 'shelf'],
  ['a balloon', 'balloon', 'branch'],
  ['a kite', 'kite', 'roof'],
  ['a pear', 'pear', 'tree'],
];
export const feelsGood: readonly string[] = ['happy', 'glad', 'proud', 'full of joy', 'very happy', 'so glad'];
export const feelsBad: readonly string[] = ['sad', 'worried', 'upset', 'very sad', 'unhappy'];
