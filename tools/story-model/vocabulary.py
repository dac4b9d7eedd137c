"""The word lists of the story grammar: who, what, where."""

GIRLS = ["Lily", "Anna", "Mia", "Rosie", "Emma", "Nora", "Ella", "Ruby", "Clara", "Zoe", "Sara", "Ivy"]
BOYS = ["Tom", "Ben", "Max", "Sam", "Leo", "Jack", "Finn", "Noah", "Oscar", "Tim", "Hugo", "Eli"]
ANIMAL_GIRLS = ["Daisy", "Poppy", "Luna", "Hazel", "Penny", "Bella", "Dot", "Molly"]
ANIMAL_BOYS = ["Pip", "Benny", "Rusty", "Coco", "Teddy", "Milo", "Otto", "Fuzzy"]

# kind -> (words that describe it, where it lives)
ANIMALS = {
    "rabbit": (["white", "soft", "brown"], ["in a burrow under the hill", "near the big oak tree"]),
    "mouse": (["tiny", "gray", "brave"], ["in a hole behind the old barn", "in a small house by the wall"]),
    "bear": (["brown", "round", "gentle"], ["in a cave in the forest", "in a warm den near the river"]),
    "fox": (["red", "clever", "young"], ["in a den in the woods", "at the edge of the forest"]),
    "duck": (["yellow", "small", "happy"], ["by the blue pond", "near the river"]),
    "frog": (["green", "jolly", "small"], ["by the green pond", "on a leaf in the pond"]),
    "squirrel": (["red", "quick", "small"], ["high up in a tall tree", "in the big oak tree"]),
    "kitten": (["black", "soft", "playful"], ["in a cozy house on the hill", "on a quiet farm"]),
    "puppy": (["brown", "playful", "happy"], ["on a busy farm", "in a cozy house by the lake"]),
    "hedgehog": (["shy", "tiny", "round"], ["under a pile of leaves", "in a garden full of flowers"]),
}

CHILD_HOMES = [
    "in a small house by the sea", "in a little town", "on a quiet farm", "in a cozy house on the hill",
    "near a big forest", "in a yellow house by the lake", "in a tall house with a green door",
    "in a village near the river",
]

TRAITS = ["kind", "brave", "cheerful", "curious", "gentle", "happy", "clever", "friendly"]
COLORS = ["red", "blue", "green", "yellow", "orange", "purple", "white", "pink"]

TOYS = ["ball", "kite", "boat", "drum", "train", "doll", "robot", "top", "bucket", "whistle", "teddy", "puzzle", "wagon"]
WISHES = ["kite", "bicycle", "drum", "boat", "scooter", "paint box", "swing", "umbrella", "flute", "sled", "book", "hat"]
FINDS = ["key", "ring", "mitten", "bell", "basket", "watch", "shoe", "button", "necklace", "purse"]
FRAGILE = ["vase", "cup", "bowl", "lamp", "plate", "teapot", "jar", "mirror"]

FOODS = ["apple pie", "sandwich", "banana", "orange", "cookie", "muffin", "pear", "bun", "ice cream", "pancake"]
SWEETS = ["cookies", "berries", "plums", "cherries", "muffins", "nuts", "candies", "cakes"]
SOUPS = ["hot soup", "warm bread", "honey tea", "fresh berries", "sweet oranges", "a bunch of flowers"]
CAKES = ["carrot cake", "apple cake", "berry pie", "honey cake", "lemon cake", "chocolate cake"]
INGREDIENTS = ["flour", "sugar", "butter", "milk", "honey"]
SEEDS = [
    ("sunflower", "seed"), ("cherry tree", "seed"), ("apple tree", "seed"), ("rose bush", "seed"),
    ("pear tree", "seed"), ("bean plant", "bean"), ("corn plant", "seed"), ("vine", "seed"),
]

PLACES = ["the park", "the forest", "the beach", "the meadow", "the garden", "the river", "the pond", "the hill", "the farm", "the lake"]
SPOTS = [
    "under the bed", "behind the door", "in the tall grass", "under a bush", "behind a big rock", "in the garden",
    "next to the fence", "under the old bridge", "in a pile of leaves", "behind the barn", "near the well", "under the table",
]
OUTDOOR_SPOTS = [
    "in the tall grass", "under a bush", "behind a big rock", "next to the fence", "under the old bridge",
    "in a pile of leaves", "behind the barn", "near the well", "under a tree", "beside the path",
]
ROOM_SPOTS = ["under the bed", "behind the chair", "under the table", "in a big box", "behind the door", "under the blanket"]

HELPERS = ["owl", "turtle", "goat", "horse", "crow", "beaver", "sheep", "donkey", "deer", "goose"]
BIRDS = ["robin", "swallow", "pigeon", "sparrow", "crow", "seagull"]
STUCK = ["bird", "lamb", "kitten", "turtle", "duckling", "bunny", "puppy", "hedgehog"]
TRAPS = ["a thorny bush", "an old net", "a muddy hole", "a broken fence", "an empty barrel", "a tangle of vines"]
PETS = ["puppy", "kitten", "rabbit", "hamster", "parrot", "goldfish", "pony", "turtle"]
NEIGHBORS = [
    ("Mrs. Green", "she", "her"), ("Mr. Brown", "he", "him"), ("Mrs. Hill", "she", "her"),
    ("Mr. Baker", "he", "him"), ("Mrs. Rose", "she", "her"), ("Mr. Woods", "he", "him"),
]
CHORES = [
    ("sweep the yard", "swept the yard"), ("water the plants", "watered the plants"), ("feed the hens", "fed the hens"),
    ("pick the apples", "picked the apples"), ("carry the wood", "carried the wood"), ("wash the windows", "washed the windows"),
    ("paint the fence", "painted the fence"), ("pull the weeds", "pulled the weeds"),
]
SKILLS = [
    ("swim", "swam across the pond", "sank like a stone"), ("ride a bike", "rode down the whole street", "fell into the grass"),
    ("skate", "skated around the lake", "slipped on the ice"), ("jump rope", "jumped twenty times", "tripped over the rope"),
    ("whistle", "whistled a pretty song", "made only a puff of air"), ("climb the tall tree", "climbed to the very top", "slid down again"),
    ("juggle", "juggled three balls", "dropped all the balls"), ("dance", "danced across the room", "stepped on a toe"),
]
BUILDS = [
    ("a sand castle", "the castle", "sand and shells"), ("a tree house", "the tree house", "wood and rope"), ("a raft", "the raft", "logs and rope"),
    ("a fort", "the fort", "boxes and blankets"), ("a bird house", "the bird house", "wood and nails"), ("a bridge", "the bridge", "stones and planks"),
]
NOISES = [
    ("a soft tapping", "a branch at the window"), ("a loud bump", "a book that had fallen"), ("a strange squeak", "a little mouse in the wall"),
    ("a low hum", "the wind in the trees"), ("a quiet scratching", "the cat at the door"), ("a slow drip", "the rain on the roof"),
]
RAINY = [
    ("a puppet show", "made puppets from old socks"), ("a paper boat", "folded paper and made a boat"), ("a big picture", "painted a picture of the sun"),
    ("a blanket fort", "built a fort from blankets"), ("a music band", "played drums on the pots"), ("a tea party", "set out cups for all the toys"),
]
SHOWS = [("sing", "sang", "song"), ("dance", "danced", "dance"), ("play the flute", "played the flute", "tune"), ("tell a poem", "told the poem", "poem")]
GIFTS = ["a shiny stone", "a red flower", "a round shell", "a soft feather", "a sweet plum", "a little bell"]
HIGH = [("an apple", "apple", "tree"), ("a honey jar", "jar", "shelf"), ("a balloon", "balloon", "branch"), ("a kite", "kite", "roof"), ("a pear", "pear", "tree")]
FEELS_GOOD = ["happy", "glad", "proud", "full of joy", "very happy", "so glad"]
FEELS_BAD = ["sad", "worried", "upset", "very sad", "unhappy"]
