// Plot skeletons, first half. A plot draws its roles into a cast and has beats, each a list of templates to choose from.
// In a template `[a|b]` picks one, `{role}` is looked up in the cast, and `a {role}` becomes `an {role}` before a vowel. H is the hero, F a
// friend, and he/his/him, fhe/fhis/fhim, xhe/xhis/xhim agree with hero, friend and helper.
import type { Plot } from './cast.js';
import * as words from './vocabulary.js';

const lostToy: Plot = {
  cast: (c) => {
    c.toy();
    c.spots(words.outdoorSpots);
    c.helper();
  },
  beats: [
    [
      '{H} had a little {toy}. {He} took it everywhere.',
      '{H} loved {his} {toy} more than any other toy.',
      '{H} had a {toy}. It was a gift from {his} {elder}.',
    ],
    [
      'One [day|morning], {H} could not find the {thing}. "Where is my {thing}?" {he} [asked|cried].',
      'But one [day|morning], the {thing} was gone! {H} felt {bad}.',
    ],
    [
      '{He} looked {spot1}, but it was not there. {He} looked {spot2}, but it was not there either.',
      'First {he} looked {spot1}. No {thing}! Then {he} looked {spot2}. No {thing}!',
    ],
    [
      '{A helper} [came by|saw {him}] and asked, "What is wrong?" "I lost my {toy}," said {H}.',
      'Then {H} met {a helper}. "Please, have you seen my {toy}?" {he} asked.',
    ],
    [
      '"I saw something {color} {spot3}," said the {helper}. "Come with me!"',
      'The {helper} [thought|nodded]. "I think it is {spot3}," {xhe} said.',
    ],
    [
      'They went to look, and there was the {toy}! {H} [hugged|held] it tight.',
      '{H} ran to look. There it was, {spot3}! The {thing} was [a little dirty|safe], but {H} was {good}.',
    ],
    [
      '"Thank you!" said {H}. From that day on, {he} [always kept the {thing} close|never left the {thing} outside again].',
      '{H} thanked the {helper}, and they played with the {thing} until the sun went down.',
    ],
  ],
};
const wishByWork: Plot = {
  cast: (c) => {
    c.wish();
    c.neighbor();
    c.chore();
  },
  beats: [
    [
      '{H} wanted {a wish} more than anything. Every day {he} saw one in the shop window.',
      'More than anything, {H} wished for {a wish}. But {he} had no money.',
      '{H} had a wish. {He} wanted {a wish}.',
    ],
    [
      '"[Can|May] I have {a wish}?" {he} asked {his} {elder}. "You can have one if you work for it," said {his} {elder}.',
      '"How can I get {a wish}?" {H} asked {his} {elder}. "Maybe you can help someone," said {his} {elder}.',
    ],
    [
      'So {H} went to see {neighbor}. "Can I help you?" {he} asked. "Oh yes," said {neighbor}. "Please {chore}."',
      '{H} walked to the house of {neighbor}. {neighbor} was tired. "Could you {chore} for me?" {nhe} asked.',
    ],
    [
      '{H} worked hard. {He} {chored} all [day|morning]. It was not easy, but {he} did not stop.',
      'All [day|afternoon] {H} {chored}. {His} arms were tired, but {he} kept going.',
    ],
    [
      'When the work was done, {neighbor} smiled. "I have something for you," {nhe} said.',
      '{neighbor} was {good}. "You did a good job! Wait here," {nhe} said.',
    ],
    [
      '{nHe} went into the house and came back with {a wish}. It was {color} and shiny!',
      'It was {a wish}! "It is old, but now it is yours," said {neighbor}.',
    ],
    [
      '"Thank you!" cried {H}. {He} took the {wish} home and was {good}. {His} wish had come true.',
      '{H} could not believe it. {He} thanked {neighbor} and ran home with {his} new {wish}.',
    ],
  ],
};
const stuckAnimal: Plot = {
  cast: (c) => {
    c.stuck();
    c.place();
  },
  beats: [
    [
      'One [sunny|warm|windy] day, {H} went for a walk [to|near] {place}.',
      'One [day|morning], {H} was playing near {place}.',
    ],
    ['Suddenly {he} heard a small voice. "Help! Help!" it said.', 'Then {he} heard a sound. Someone was crying.'],
    [
      '{H} looked around and saw a little {stuck}. It was stuck in {trap}.',
      'It was a little {stuck}, and it was stuck in {trap}!',
    ],
    [
      '"Do not be afraid," said {H}. "I will help you."',
      'The {stuck} was scared. "[Be still|Do not cry]," said {H}. "I am here."',
    ],
    [
      '{He} pulled and pulled, but the {stuck} did not move. So {H} ran to get {his} {elder}.',
      '{H} tried to pull it out, but {he} was not strong enough. "I will get help!" {he} said, and ran to {his} {elder}.',
    ],
    [
      'Together they [worked slowly|were very careful]. At last the {stuck} was free!',
      '{His} {elder} came at once. They pulled together. One, two, three! The {stuck} was out.',
    ],
    [
      '"Thank you," said the {stuck}. It [jumped|danced] with joy.',
      'The {stuck} was not hurt. It looked at {H} and [smiled|made a happy sound].',
    ],
    [
      'After that, the {stuck} came to see {H} every day, and they became [best|good] friends.',
      'From that day on, {H} and the little {stuck} were friends.',
    ],
  ],
};
const sharingFood: Plot = {
  cast: (c) => {
    c.food();
    c.friend();
    c.place();
  },
  beats: [
    [
      'One day, {H} had {a food}. It smelled so good! {He} took it to {place}.',
      '{His} {elder} gave {H} {a food} for lunch. {H} went to {place} to eat it.',
    ],
    [
      'There {he} saw {friend}. {F} looked {bad}.',
      'On the way {he} met {friend}, who was sitting alone and looked {bad}.',
    ],
    [
      '"What is the matter?" asked {H}. "I am hungry," said {F}. "I lost my lunch."',
      '"Why are you sad?" {H} asked. "I have nothing to eat," {F} said.',
    ],
    [
      '{H} looked at the {food}. {He} was hungry too. What should {he} do?',
      '{H} thought for a moment. {He} wanted to eat all of the {food}, but {he} did not like to see {F} sad.',
    ],
    [
      'Then {he} broke the {food} in two and gave one half to {F}. "Here, this is for you," {he} said.',
      '"Let us share," said {H}, and {he} gave half of the {food} to {F}.',
    ],
    [
      '"Thank you, {H}!" said {F}. They sat in the [sun|shade] and ate together.',
      '{F} smiled a big smile. They ate the {food} together, and it tasted [better than ever|very good].',
    ],
    [
      'The next day, {F} came with {sweets} and gave half of them to {H}.',
      '{H} learned that food tastes best when you share it with a friend.',
    ],
  ],
};
const nightNoise: Plot = {
  cast: (c) => {
    c.noise();
  },
  beats: [
    [
      'One night, {H} was in bed. The room was very dark.',
      'It was late, and {H} was in bed. The moon was behind the clouds.',
    ],
    [
      'Then {he} heard {noise}. "What is that?" {he} whispered.',
      'All at once there was {noise}. {H} pulled the blanket over {his} head.',
    ],
    [
      '{He} thought it was a monster. {His} heart went thump, thump, thump.',
      '"Maybe it is a [monster|ghost]," {he} thought. {He} was scared.',
    ],
    [
      '{He} called {his} {elder}. "I heard {noise}!" said {H}.',
      '"{Elder}!" {H} called. {His} {elder} came into the room with a [light|candle].',
    ],
    [
      '"Let us look together," said {his} {elder}. They held hands and walked [slowly|softly] across the room.',
      '{His} {elder} took {his} hand. "Come, we will be brave together," {ehe} said.',
    ],
    [
      'They looked, and what did they see? It was only {cause}!',
      'And there it was. It was not a monster at all. It was just {cause}.',
    ],
    ['{H} laughed. "I was afraid of {cause}!" {he} said.', '{H} and {his} {elder} laughed and laughed.'],
    [
      'Then {he} went back to bed, closed {his} eyes, and slept until morning.',
      '{H} was not scared any more. Soon {he} was fast asleep.',
    ],
  ],
};
const newFriend: Plot = {
  cast: (c) => {
    c.friend();
    c.toy();
    c.place();
  },
  beats: [
    [
      'One day, a new [neighbor|friend] came to live near {H}. It was {friend}.',
      'One morning, {H} went to {place} and saw someone new. It was {friend}.',
    ],
    [
      '{F} was shy and did not speak. {Fhe} stood alone and looked at the ground.',
      '{F} stood behind a tree. {Fhe} wanted to play, but {fhe} was too shy to ask.',
    ],
    [
      '{H} wanted to be kind. "Hello, my name is {H}," {he} said. "What is your name?"',
      '{H} walked over and smiled. "Hi! I am {H}. Who are you?" {he} asked.',
    ],
    [
      '"I am {F}," said {F} in a very small voice. "I do not know anyone here."',
      '"My name is {F}," {fhe} said softly. "I have no friends here."',
    ],
    [
      '"Now you know me!" said {H}. "Do you want to play with my {toy}?"',
      '{H} held out {his} {toy}. "We can play with this {thing} together," {he} said.',
    ],
    [
      '{F} smiled. They played with the {thing} all [day|afternoon].',
      '{F} nodded. Soon they were laughing and playing with the {toy}.',
    ],
    [
      'When it was time to go home, {F} said, "Thank you for being my friend."',
      '"Will you come back tomorrow?" asked {F}. "Yes, I will!" said {H}.',
    ],
    [
      '{F} was not shy any more, and {H} had a new best friend.',
      'From then on, {H} and {F} played together every day.',
    ],
  ],
};
const baking: Plot = {
  cast: (c) => {
    c.cake();
    c.neighbor();
    c.elderGuest();
  },
  beats: [
    [
      'It was the birthday of {guest}. {H} wanted to make {a cake}.',
      'One morning, {H} said, "Today is a special day. I will bake {a cake} for {guest}."',
    ],
    [
      '{He} took a big bowl and a spoon. But there was no {ingredient}!',
      '{He} put everything on the table. Then {he} saw that the {ingredient} was gone. "Oh no!" said {H}.',
    ],
    [
      'So {he} went to the house of {neighbor}. "Do you have some {ingredient}?" {he} asked.',
      '{H} ran next door and knocked. {neighbor} opened the door. "May I have some {ingredient}, please?" asked {H}.',
    ],
    [
      '"Of course," said {neighbor}, and gave {him} a [full cup|small bag] of {ingredient}.',
      '"Yes, here you are," said {neighbor}. "What are you making?" "{A cake}!" said {H}.',
    ],
    [
      '{H} ran home. {He} mixed and mixed. Then {his} {elder} put the {cake} in the oven.',
      'Back at home, {H} stirred the {ingredient} into the bowl, and {his} {elder} helped {him} with the hot oven.',
    ],
    [
      'Soon the house smelled [sweet|wonderful]. When {guest} came in, {H} shouted, "Happy birthday!"',
      'The {cake} was ready just in time. "Surprise!" cried {H} when {guest} came in.',
    ],
    [
      '{guest} was {good}. They asked {neighbor} to come too, and they all ate the {cake} together.',
      '"This is the best {cake} ever," said {guest}, and gave {H} a big hug.',
    ],
  ],
};
const brokenThing: Plot = {
  cast: (c) => {
    c.fragile();
    c.toy('ball');
  },
  beats: [
    [
      'One day, {H} was playing with {his} {toy} in the house.',
      'It was raining, so {H} played with {a toy} in the kitchen.',
    ],
    [
      'The ball hit the {fragile}. Crash! The {fragile} fell and broke.',
      '{He} threw the ball too hard. It hit the {color2} {fragile}, and the {fragile} broke!',
    ],
    [
      'It was the favorite {fragile} of {his} {elder}. {H} felt {bad}.',
      '"Oh no," said {H}. "My {elder} loves that {fragile}."',
    ],
    [
      '{He} wanted to hide the pieces {spot1}. But {he} knew that was not right.',
      '{H} thought, "I could say the [cat|wind] did it." But that was not true.',
    ],
    [
      'So {he} went to {his} {elder} and said, "I broke the {fragile}. I am sorry."',
      '{He} took a deep breath. "I am sorry," {he} told {his} {elder}. "I broke your {fragile} with my ball."',
    ],
    [
      '{His} {elder} was quiet for a moment. Then {ehe} smiled. "Thank you for telling the truth," {ehe} said.',
      '"I am a little sad," said {his} {elder}, "but I am proud that you told me the truth."',
    ],
    [
      'They got some glue and fixed the {fragile} together. It did not look new, but it was [good enough|still pretty].',
      'Together they picked up the pieces and glued the {fragile}.',
    ],
    [
      'After that, {H} played with the ball outside.',
      '{H} felt much better. Now {he} knew that it is good to tell the truth.',
    ],
  ],
};
const seed: Plot = {
  cast: (c) => {
    c.seed();
    c.friend();
  },
  beats: [
    [
      'One spring day, {H} found a tiny {seed}. "What is this?" {he} asked.',
      '{His} {elder} gave {H} a tiny {seed}. "Put it in the ground," said {his} {elder}.',
    ],
    [
      '{He} made a hole in the garden and put the {seed} in it. Then {he} gave it some water.',
      '{H} dug a small hole, put the {seed} in, and covered it with soil.',
    ],
    [
      'Every day {he} went to look, but nothing happened. "Why does it not grow?" asked {H}.',
      'The next day {H} looked at the ground. There was nothing to see. {He} felt {bad}.',
    ],
    [
      '"You must wait," said {his} {elder}. "Good things take time."',
      '{friend} came by. "Maybe it needs sun and time," said {F}.',
    ],
    [
      'So {H} waited. {He} watered the {seed} every morning, and the sun shone on it.',
      '{H} did not give up. It rained, and the sun came out, and {H} waited.',
    ],
    [
      'Then one day, a little green leaf came out of the ground! It grew and grew.',
      'One morning, {H} saw something green. "It is growing!" {he} shouted.',
    ],
    [
      'By the end of summer there was a big {plant} in the garden.',
      'Soon it was taller than {H}. It was a beautiful {plant}!',
    ],
    [
      '{H} called {his} friends to see the {plant}, and everyone was {good}.',
      '{H} was proud. {He} had waited, and now {he} had {a plant} of {his} own.',
    ],
  ],
};
const lostWay: Plot = {
  cast: (c) => {
    c.helper();
    c.gift();
  },
  beats: [
    [
      'One day, {H} went into the forest to look for [berries|flowers|nuts].',
      'One [morning|afternoon], {H} followed a [butterfly|bee|bird] into the forest.',
    ],
    [
      '{He} walked and walked. When {he} looked back, {he} could not see the path.',
      '{He} went too far, and soon all the trees looked the same.',
    ],
    [
      '"I am lost!" {he} cried. It was getting dark, and {H} was afraid.',
      '"Where is my home?" said {H}. {He} sat down and began to cry.',
    ],
    [
      'Then {a helper} came out from behind a tree. "Why are you crying?" asked the {helper}.',
      'Just then, {a helper} heard {him}. "Do not cry, little one," said the {helper}.',
    ],
    [
      '"I do not know the way home," said {H}. "I live {home}."',
      '"I cannot find the way home," {H} said. "Can you help me?"',
    ],
    [
      '"I know where that is," said the {helper}. "[Stay close to me|Come with me]."',
      '"Yes, I know every path," said the {helper}. "Follow me."',
    ],
    [
      'They walked past the [river|old bridge|big rock] and up the hill. At last {H} saw the light of {his} home.',
      'The {helper} went first, and {H} stayed close. After a while, {H} saw {his} own door.',
    ],
    [
      '{His} {elder} ran out and hugged {him}. {H} gave the {helper} {gift} to say thank you.',
      '"Thank you!" said {H}. {He} gave the {helper} {gift}, and {his} {elder} made tea for everyone.',
    ],
  ],
};
const race: Plot = {
  cast: (c) => {
    c.friend();
    c.place();
  },
  beats: [
    [
      'One day there was a big race near {place}. {H} wanted to win.',
      '{H} could run very fast. One day {he} ran in the big race by {place}.',
    ],
    [
      '{friend} was in the race too. "Ready, set, go!" They ran and ran.',
      '{friend} wanted to race as well. "Good luck!" said {H}. Then they all ran.',
    ],
    [
      '{H} was in front. But then {he} heard a cry. {F} had fallen down!',
      'Soon {H} was first. Then {F} fell over a [stone|root] and hurt {fhis} [leg|foot].',
    ],
    [
      '{H} could see the end of the race. But {he} stopped and went back.',
      '{H} did not think about the race any more. {He} turned around and ran back to {F}.',
    ],
    [
      '"Are you hurt?" {he} asked. "[Hold my hand|Lean on me]. We will go together."',
      '"Let me help you," said {H}, and {he} helped {F} stand up.',
    ],
    [
      'They walked slowly, side by side, and they were the last to come in.',
      'Step by step they went, and they crossed the line together. They were last.',
    ],
    [
      'But everyone clapped for them! "You are a true friend," said {F}.',
      '{F} said, "You could have won, but you helped me. Thank you!"',
    ],
    [
      '{H} did not win the race, but {he} was {good}.',
      'That day {H} got {gift2} for being kind, and {he} shared it with {F}.',
    ],
  ],
};
const learnSkill: Plot = {
  cast: (c) => {
    c.skill();
    c.helper();
  },
  beats: [
    [
      '{H} wanted to learn to {skill}. All {his} friends could do it.',
      '{H} could not {skill}, and that made {him} sad.',
    ],
    [
      'One day {he} tried, but {he} {fail}. "This is too hard!" said {H}.',
      '{He} tried once and {fail}. {He} tried again and {fail} again.',
    ],
    [
      '{A helper} was watching. "Do not give up," said the {helper}.',
      '{H} sat down and cried. {A helper} came and sat next to {him}.',
    ],
    [
      '"I could not {skill} at first," {xhe} said. "I tried every day, and so can you."',
      '"Everyone falls at first," said the {helper}. "You must try a little every day."',
    ],
    [
      'So {H} tried every [day|morning]. The {helper} helped {him}. Each day it was a little easier.',
      'The next day {H} tried again. And the next day, too. The {helper} showed {him} how.',
    ],
    [
      'Then one day, {H} did it! {He} {skilled}!',
      'At last, on a sunny day, {he} {skilled}. "Look at me!" {he} shouted.',
    ],
    ['"I knew you could do it," said the {helper}. {H} was {good}.', 'The {helper} clapped. "Well done!" {xhe} said.'],
    [
      'Now {H} loves to {skill}, and {he} helps others to learn it too.',
      '{H} was proud, because {he} did not give up.',
    ],
  ],
};
export const plots: readonly Plot[] = [
  lostToy,
  wishByWork,
  stuckAnimal,
  sharingFood,
  nightNoise,
  newFriend,
  baking,
  brokenThing,
  seed,
  lostWay,
  race,
  learnSkill,
];
