// Plot skeletons, second half.
import type { Plot } from './cast.js';
import * as words from './vocabulary.js';

const foundThing: Plot = {
  cast: (c) => {
    c.find();
    c.neighbor();
    c.place();
    c.gift();
  },
  beats: [
    [
      'One day, {H} was walking near {place}. {He} saw something shiny on the ground.',
      'One [morning|afternoon], {H} found something near {place}.',
    ],
    ['It was {a find}! It was {color} and very pretty.', '"Oh, {a find}!" said {H}. "It is not mine. Who lost it?"'],
    [
      '{H} wanted to keep it. But then {he} thought, "Someone must miss this {findn}."',
      '{H} liked the {findn}, but {he} knew that {he} had to find the owner.',
    ],
    [
      '{He} asked {friend}. "Is this your {findn}?" "No, it is not mine," said {F}.',
      'First {he} went to {friend}. "Did you lose this {findn}?" {he} asked. {F} shook {fhis} head.',
    ],
    [
      'Then {he} saw {neighbor}, who looked {bad}. "I lost my {findn}," said {neighbor}.',
      'Then {he} went to {neighbor}. {neighbor} was looking all over the garden. "My {findn} is gone!" {nhe} said.',
    ],
    [
      '"Is this it?" asked {H}. "Yes!" cried {neighbor}. "You found my {find}!"',
      '{H} held out the {findn}. "Here it is," {he} said. {neighbor} was {good}.',
    ],
    ['{neighbor} gave {H} {gift} to say thank you.', '"You are very honest," said {neighbor}. {nHe} gave {H} {gift}.'],
    ['{H} walked home with a smile. It felt good to help.', '{H} was {good} all day long.'],
  ],
};
const building: Plot = {
  cast: (c) => {
    c.build();
    c.friend();
    c.place();
  },
  beats: [
    ['One [sunny|warm] day, {H} wanted to build {build}.', '"Today I will build {build}," said {H} one morning.'],
    [
      '{He} worked alone all morning with {parts}. But {builtn} fell down. Crash!',
      '{He} got some {parts} and began. But soon {builtn} broke and fell down.',
    ],
    ['"I can not do it," said {H}. {He} felt {bad}.', '{H} kicked the ground. "It fell down again!" {he} said.'],
    [
      'Then {friend} came along. "May I help you?" asked {F}.',
      '{friend} saw {him}. "What are you making?" asked {F}. "{Build}," said {H}, "but it is too hard."',
    ],
    [
      '"Yes, please," said {H}. {F} held the {parts}, and {H} put them together.',
      '"Two are better than one," said {F}. So they worked side by side.',
    ],
    [
      'They worked until the afternoon. This time {builtn} did not fall.',
      'Bit by bit, {builtn} grew. It was strong this time.',
    ],
    [
      '"We did it!" they shouted. It was the best thing they had ever made.',
      'When they were done, they looked at {builtn} and smiled.',
    ],
    ['{H} and {F} played there until it was time for dinner.', '"It is easy with a friend," said {H}, and {F} nodded.'],
  ],
};
const sickFriend: Plot = {
  cast: (c) => {
    c.friend();
    c.soup();
  },
  beats: [
    [
      '{H} and {friend} played together every day. But one day {F} did not come.',
      'One day, {H} waited for {friend}, but {fhe} did not come to play.',
    ],
    [
      '"Where is {F}?" asked {H}. "{F} is sick in bed," said {his} {elder}.',
      '{H} went to see {fhim}. {F} was in bed with a red nose. "I am sick," {fhe} said.',
    ],
    ['{H} was {bad}. {He} wanted to make {F} feel better.', '"Poor {F}," said {H}. "What can I do for {fhim}?"'],
    [
      '{He} asked {his} {elder}, and together they got {soup} ready.',
      'Then {he} had an idea. {He} went home and got {soup}.',
    ],
    [
      '{H} carried the basket down the road very carefully. It [rained|was windy], but {he} did not stop.',
      '{He} put it in a basket and walked all the way to {F}.',
    ],
    [
      '"I have {soup} for you," said {H}. {F} smiled for the first time that day.',
      '"Look what I have for you!" said {H}. It was {soup}. "Oh, thank you!" said {F}.',
    ],
    ['{H} told {fhim} a funny story, and {F} laughed.', '{H} sat by the bed and read {fhim} a story.'],
    [
      'A few days later, {F} was well again, and they ran out to play.',
      'The next morning, {F} felt much better. "You are the best friend," {fhe} said.',
    ],
  ],
};
const magic: Plot = {
  cast: (c) => {
    c.find();
    c.wish();
    c.friend();
  },
  beats: [
    [
      'One day, {H} found an old {findn} in the [attic|sand|grass]. {He} rubbed it, and it began to glow!',
      'One night, {H} found {a find}. It was glowing like a star.',
    ],
    [
      '"I am a magic {findn}," it said. "You may make one wish."',
      'A tiny voice said, "I will give you one wish." {H} could not believe it. The {findn} could talk!',
    ],
    [
      '{H} thought about {a wish}. {He} had always wanted one.',
      '"I want {a wish}!" {H} thought. But {he} did not say it yet.',
    ],
    [
      'But then {he} saw {friend}, who was {bad}. {F} had [hurt {fhis} leg|lost {fhis} hat|a bad cold].',
      'Then {he} thought of {friend}. {F} was {bad} and could not play.',
    ],
    [
      '"I wish that {F} could be happy again," said {H}.',
      '{H} closed {his} eyes. "My wish is for {F}," {he} said. "Please make {fhim} happy."',
    ],
    [
      'The {findn} shone very bright. And then {F} began to smile and jump!',
      'There was a flash of light, and {F} laughed out loud.',
    ],
    [
      '"You have a kind heart," said the {findn}. "So here is something for you, too."',
      'The {findn} said, "You did not think of yourself. That is why you get one more thing."',
    ],
    [
      'And there, in the grass, was {a wish}. {H} and {F} played with it all day.',
      'Right there stood {a wish}! {H} was {good}, and {he} shared it with {F}.',
    ],
  ],
};
const swap: Plot = {
  cast: (c) => {
    c.toy();
    c.secondToy();
    c.friend();
  },
  beats: [
    [
      '{H} had {a toy}. {friend} had {a toy2}.',
      '{H} had a little {toy}, but {he} was tired of it. {friend} had {a toy2}.',
    ],
    [
      '{H} looked at the {thing2} and wanted it. {F} looked at the {thing} and wanted that.',
      '"I like your {thing2}," said {H}. "And I like your {thing}," said {F}.',
    ],
    [
      '"Give it to me!" said {H}, and {he} pulled the {thing2}. "No!" said {F}.',
      '{H} took the {thing2} and ran. {F} began to cry.',
    ],
    [
      '{His} {elder} heard the noise. "Stop," {ehe} said. "You can take turns."',
      '"That is not nice," said {his} {elder}. "Why do you not trade for one day?"',
    ],
    [
      '{H} was sorry. "I am sorry, {F}," {he} said. "Do you want to play with my {thing}?"',
      '{H} looked at the ground. "I am sorry," {he} said, and {he} held out the {toy} to {F}.',
    ],
    [
      '"Yes! And you can have the {thing2}," said {F}.',
      '{F} stopped crying. {Fhe} took the {thing} and gave the {toy2} to {H}.',
    ],
    [
      'They played all day. {H} had the {toy2}, and {F} had the {toy}. Both were {good}.',
      'So {H} played with the {toy2}, and {F} played with the {toy}.',
    ],
    ['In the end they found that it was the most fun to play together.', 'After that they always shared their toys.'],
  ],
};
const pet: Plot = {
  cast: (c) => {
    c.pet();
    c.neighbor();
  },
  beats: [
    [
      '{H} wanted a {pet}. "Please, may I have a {pet}?" {he} asked every day.',
      'More than anything, {H} wished for a {pet}.',
    ],
    [
      '"A {pet} needs care," said {his} {elder}. "You must show me that you can do it."',
      '"A {pet} is a lot of work," said {his} {elder}. "Can you take care of it?"',
    ],
    [
      '{neighbor} had a {pet} too. "I have to go away," said {neighbor}. "Can you feed my {pet}?"',
      'That week {neighbor} was away, and {nhe} asked {H} to look after {nhis} {pet}.',
    ],
    [
      'So {H} went there every morning. {He} gave the {pet} food and water.',
      '{H} fed the {pet} every day. {He} did not forget even once.',
    ],
    [
      'One day it rained very hard, but {H} went anyway.',
      'One day {his} friends asked {him} to play. "First I must feed the {pet}," said {H}.',
    ],
    [
      'When {neighbor} came back, the {pet} was fat and happy. "{H} did a fine job," {nhe} said.',
      '{neighbor} came home and saw the happy {pet}. "Thank you, {H}!" {nhe} said.',
    ],
    [
      'The next day, {his} {elder} came home with a box. In the box there was a little {pet}!',
      'Then {his} {elder} said, "Close your eyes." When {H} opened them, {he} saw a tiny {color} basket with a {pet} in it.',
    ],
    [
      '"Is it mine?" asked {H}. "Yes," said {his} {elder}. {H} was {good}, and {he} called the {pet} {petname}.',
      '{H} hugged the {pet}. "I will call you {petname}," {he} said.',
    ],
  ],
};
const tooHigh: Plot = {
  cast: (c) => {
    c.high();
    c.friend();
    c.helper();
  },
  beats: [
    [
      'One day, {H} saw {high} high up on the {where}. {He} wanted it.',
      'There was {high} up on the {where}. {H} looked up and wanted it very much.',
    ],
    [
      '{He} jumped and jumped, but {he} was too small. {He} could not reach the {highn}.',
      '{He} stood on {his} toes, but the {highn} was too high.',
    ],
    [
      'Then {friend} came. "I will try," said {F}. But {fhe} was too small as well.',
      '{H} asked {friend} to help. {F} jumped too, but {fhe} could not get the {highn}.',
    ],
    [
      '{A helper} came by and tried. {XHe} was big, but not big enough.',
      'Next came {a helper}. The {helper} tried and tried, but it was too high.',
    ],
    [
      'Then {H} had an idea. "Let us stand on top of each other!" {he} said.',
      '"I know!" said {H}. "If we work together, we will be tall."',
    ],
    [
      '{F} climbed on the {helper}, and {H} climbed on {F}. Now they were very tall.',
      'The {helper} stood at the bottom, {F} was in the middle, and {H} was at the top.',
    ],
    [
      '{H} put out {his} hand and got the {highn}! "Hooray!" they all cried.',
      'Up, up, up! {H} reached out and took the {highn}.',
    ],
    [
      'They shared the {highn}, and all three were {good}.',
      '{H} thanked {F} and the {helper}. Together they could do anything.',
    ],
  ],
};
const snowman: Plot = {
  cast: (c) => {
    c.friend();
    c.hat();
  },
  beats: [
    [
      'One winter day, {H} looked out of the window. Everything was white. "Snow!" {he} cried.',
      'It was winter, and the snow was deep. {H} put on {his} warm coat and went outside.',
    ],
    [
      '{He} called {friend}. "Let us make a snowman!" said {H}.',
      '{friend} came to play. "We can make a big snowman," said {F}.',
    ],
    [
      'They rolled a big ball, and then a small one. They used [stones|buttons] for eyes and a carrot for the nose.',
      'They rolled the snow into balls and gave the snowman two black eyes and a long nose.',
    ],
    [
      '"He looks cold," said {F}. So {H} gave the snowman {his} {hat}.',
      '"He needs something to wear," said {H}. {He} put {his} {hat} on the snowman.',
    ],
    [
      'That night they dreamed about the snowman. But the next day the sun was hot.',
      'They played in the snow until dark. But in the morning it was warm.',
    ],
    [
      'The snowman was gone! Only the {hat} was left. {H} felt {bad}.',
      '{H} ran outside. There was only water and the {hat}. "He is gone!" {H} said, and {he} felt {bad}.',
    ],
    [
      '"Do not be sad," said {his} {elder}. "The snow will come back next winter."',
      '"Snowmen go away when it is warm," said {F}. "But we can make a new one next year."',
    ],
    [
      '{H} put the {hat} in a box and waited. And when the snow came again, they made an even bigger snowman.',
      '{H} smiled and kept the {hat} for the next snowman.',
    ],
  ],
};
const boatTrip: Plot = {
  cast: (c) => {
    c.friend();
    c.helper(['duck', 'swan', 'goose', 'beaver', 'turtle']);
  },
  beats: [
    [
      'One [fine|sunny] day, {H} made a small boat. {friend} came to see it.',
      '{H} and {friend} had a small {color} boat. One day they went out on the [lake|pond].',
    ],
    [
      '"Let us sail to the little island," said {H}. They got in and pushed off.',
      '"Where shall we go?" asked {F}. "To the little island!" said {H}.',
    ],
    [
      'At first the wind was good. Then it stopped, and the boat stood still.',
      'They sailed for a while. Then there was no wind at all, and the boat stopped.',
    ],
    [
      '"We are stuck!" said {F}. They looked at the water and were afraid.',
      '"Oh no," said {F}. "How will we get home?" {H} did not know.',
    ],
    [
      '{H} called out, "Help!" {A helper} heard {him} and came swimming.',
      'Just then, {a helper} swam by. "Do you need help?" asked the {helper}.',
    ],
    [
      '"Hold on," said the {helper}. {XHe} pushed the boat across the water.',
      'The {helper} took the rope and pulled the boat. {XHe} was very strong.',
    ],
    [
      'Soon they came to the island. They had a picnic and gave {sweets} to the {helper}.',
      'At last they were on the island. "Thank you!" they said, and they shared their {sweets} with the {helper}.',
    ],
    [
      'When the wind came back, {H} and {F} sailed home.',
      'In the evening the {helper} pushed them home, and they waved goodbye.',
    ],
  ],
};
const messyRoom: Plot = {
  cast: (c) => {
    c.toy();
    c.spots(words.roomSpots);
  },
  beats: [
    [
      '{H} had a very messy room. There were toys and socks everywhere.',
      '{H} did not like to clean {his} room. Toys were all over the floor.',
    ],
    [
      'One day {he} wanted to play with {his} {toy}, but {he} could not find it.',
      'One [day|morning], {H} looked for {his} {toy}. "Where is it?" {he} said.',
    ],
    ['{He} looked {spot1} and {spot2}. It was not there.', 'It was not {spot1}. It was not {spot2}. {H} felt {bad}.'],
    [
      '"If you clean your room, you will find it," said {his} {elder}.',
      '"Can you find my {thing}?" {he} asked. "Let us clean up first," said {his} {elder}.',
    ],
    [
      'So {H} began to clean. {He} put the books on the shelf and the socks in the drawer.',
      '{H} did not want to, but {he} started. {He} picked up one toy, and then one more.',
    ],
    [
      'And then, {spot3}, {he} saw something {color}. It was the {thing}!',
      'When the floor was almost clean, {he} looked {spot3}. There was {his} {toy}!',
    ],
    [
      '"I found it!" {he} shouted. Now the room was clean, and {H} had {his} {thing} back.',
      '{H} was {good}. "Now I have my {thing} and a clean room, too," {he} said.',
    ],
    [
      'After that, {he} put {his} toys away every night.',
      '{His} {elder} smiled, and they played with the {toy} together.',
    ],
  ],
};
const show: Plot = {
  cast: (c) => {
    c.show();
    c.friend();
  },
  beats: [
    [
      '{H} loved to {show}. But {he} only did it when nobody was there.',
      'Every night, {H} liked to {show} in {his} room. {He} was very good, but {he} was shy.',
    ],
    [
      'One day there was a show in town. "You should {show} there!" said {friend}.',
      '{friend} heard {him}. "That is wonderful! You must {show} at the big show," said {F}.',
    ],
    ['"I can not," said {H}. "Everyone will look at me."', '"Oh no," said {H}. "I am too scared."'],
    [
      '"Just look at me," said {F}. "I will sit in front and smile."',
      '{F} took {his} hand. "I will be there with you," {fhe} said.',
    ],
    [
      'On the day of the show, {H} stood on the stage. {His} legs were shaking.',
      'The day came. So many faces looked up at {H}! {He} wanted to run away.',
    ],
    [
      'Then {he} saw {F}, who smiled at {him}. {H} took a deep breath and {showed}.',
      'But {he} looked at {F}, and {F} smiled. So {H} closed {his} eyes and {showed}.',
    ],
    [
      'It was a beautiful {piece}. When it was over, everyone clapped.',
      'Nobody made a sound until the {piece} was over. Then they all clapped and cheered.',
    ],
    [
      '"You did it!" said {F}. {H} was not shy any more.',
      '{H} was {good}. "Thank you, {F}," {he} said. "I was brave because of you."',
    ],
  ],
};
const greedy: Plot = {
  cast: (c) => {
    c.sweets();
    c.friend();
  },
  beats: [
    [
      'One day, {his} {elder} made a big plate of {sweet}. "These are for you and your friend {F}," {ehe} said.',
      '{H} had a big basket of {sweet}. "Please share them with your friend {F}," said {his} {elder}.',
    ],
    [
      'But {H} did not want to share. {He} took all the {sweet} and hid {spot1}.',
      '{H} loved {sweet}. "I want them all," {he} thought, and {he} ran away with them.',
    ],
    [
      '{He} ate one, and then two, and then ten. Soon they were all gone.',
      '{He} ate and ate until there was not one left.',
    ],
    [
      'Then {his} tummy began to hurt. "Ouch!" said {H}.',
      'But then {H} did not feel good. {His} tummy hurt very much.',
    ],
    [
      '{friend} came to look for {him}. "Where are the {sweet}?" asked {F}. "I ate them all," said {H}.',
      '{friend} found {him}. {F} was sad that the {sweet} were gone, but {fhe} was kind and gave {H} some water.',
    ],
    [
      '"I am sorry," said {H}. "I should have shared with you."',
      '{H} felt {bad}. "I was greedy," {he} said. "I am sorry."',
    ],
    [
      '"It is all right," said {F}. They sat together until {H} felt better.',
      '{F} gave {him} a hug. "Next time we can share," {fhe} said.',
    ],
    [
      'The next day, {H} got more {sweet} and gave most of them to {F}.',
      'And the next time {H} had {sweet}, {he} gave {F} the biggest one.',
    ],
  ],
};
const letter: Plot = {
  cast: (c) => {
    c.bird();
    c.elderGuest();
    c.gift();
  },
  beats: [
    [
      '{H} missed {guest}, who lived far away. So {he} wrote a letter.',
      'One day, {H} wrote a letter to {guest}. {He} drew a [big heart|yellow sun] on it.',
    ],
    [
      '{He} ran to mail it, but the wind took the letter away!',
      'On the way to mail it, a strong wind came. Whoosh! The letter flew up into the sky.',
    ],
    [
      '"Come back!" cried {H}. {He} ran after it, but it flew over the trees.',
      '{H} ran and jumped, but {he} could not catch it. {He} felt {bad}.',
    ],
    [
      'A {bird} saw it all. "I can fly," said the {bird}. "I will get your letter."',
      '"Why are you crying?" asked a {bird}. "The wind took my letter," said {H}.',
    ],
    [
      'The {bird} flew up high and caught the letter. "Where should it go?" {xhe} asked.',
      'Up went the {bird}, faster than the wind, and got the letter. "Who is it for?" {xhe} asked.',
    ],
    [
      '"It is for {guest}," said {H}. "I will take it there," said the {bird}, and away {xhe} flew.',
      '"It is for {guest}, who lives over the hill," said {H}. So the {bird} took it there.',
    ],
    [
      'A week later the {bird} came back with {gift} from {guest}.',
      'After some days, the {bird} came back. {XHe} had a letter from {guest} and {gift}, too.',
    ],
    [
      '{H} was {good}. {He} gave the {bird} some seeds and read the letter again and again.',
      '"Thank you, dear {bird}," said {H}. And from then on, the {bird} carried all of {his} letters.',
    ],
  ],
};
const rainyDay: Plot = {
  cast: (c) => {
    c.rainy();
    c.friend();
  },
  beats: [
    [
      'It was raining. {H} looked out of the window and felt {bad}.',
      'One day it rained and rained. {H} could not go out to play.',
    ],
    [
      '"I wanted to go to {place}," {he} said. "Now there is nothing to do."',
      '"This is a bad day," said {H}. "I want the sun!"',
    ],
    [
      'There was a knock at the door. It was {friend}, and {fhe} was all wet.',
      'Then {friend} came over with a big umbrella.',
    ],
    ['"I have an idea," said {F}. "Let us make {rainy}!"', '"We can have fun inside," said {F}. "How about {rainy}?"'],
    [
      'So {H} and {F} {rained}. They laughed so much that they forgot the rain.',
      'They {rained}. {His} {elder} came to watch and clapped.',
    ],
    [
      '{His} {elder} gave them warm milk and {sweets}.',
      'When they were hungry, they ate {sweets} and drank warm milk.',
    ],
    [
      'After a while, {F} looked up. "Listen, the rain has stopped!" {fhe} said.',
      'Then the room got bright. The sun was out!',
    ],
    [
      'They ran outside and saw a big rainbow. "It was a good day after all," said {H}.',
      'Outside there was a rainbow over the trees. {H} and {F} jumped in every puddle.',
    ],
  ],
};
const cannotSleep: Plot = {
  cast: (c) => {
    c.toy();
  },
  beats: [
    ['It was bedtime, but {H} could not sleep.', 'One night, {H} lay in bed with {his} eyes wide open.'],
    [
      '{He} turned to the left and {he} turned to the right. "I am not tired," {he} said.',
      '{He} counted ten sheep, and then ten more. But {he} was still awake.',
    ],
    [
      '{His} {elder} gave {him} a glass of [warm milk|water]. But {H} could not sleep.',
      '"{Elder}, I can not sleep," said {H}. {His} {elder} sang a soft song, but it did not help.',
    ],
    [
      '"What is missing?" asked {his} {elder}. {H} thought and thought.',
      '"Did you forget something?" asked {his} {elder}.',
    ],
    [
      '"My {toy}!" said {H}. "I left it in the garden."',
      'Then {H} knew. {His} {toy} was not in the bed! "It is still in the garden," {he} said.',
    ],
    [
      '{His} {elder} took a light, and they went outside. The stars were bright.',
      'So they went out into the garden with a light. It was quiet and cool.',
    ],
    [
      'There was the {thing}, all alone in the grass. {H} picked it up.',
      'The {thing} was under the [apple tree|bench]. "There you are," said {H}.',
    ],
    [
      'Back in bed, {he} held the {thing} close. {H} closed {his} eyes, and soon {he} was asleep.',
      '{H} put the {thing} next to {him}, said good night, and fell asleep at once.',
    ],
  ],
};
export const morePlots: readonly Plot[] = [
  foundThing,
  building,
  sickFriend,
  magic,
  swap,
  pet,
  tooHigh,
  snowman,
  boatTrip,
  messyRoom,
  show,
  greedy,
  letter,
  rainyDay,
  cannotSleep,
];
