// Scenes as players of a fantasy forum write them: whole sentences, a few words, names, and words that no dictionary has.

export const ENGLISH_SCENES = `
dragon
a dark forest
the tavern
Aino
Elina, sitting
Väinö smiling
northern lights
sunset
castle on a hill
winter, snow, night
portrait
close-up
tall elf with silver hair
old wizard reading
riding a griffin
sword fight in the rain
battle
Aino and Väinö at Lake Saimaa
Kalevala
drinking mead
campfire
armor
warrior princess
Mirkwood
Gandalf
ruined temple overgrown with vines
standing on a pier at night
standing on an icy pier with a lantern, northern lights
sitting by the fire in a tavern, a mug of ale in her hand
fighting a red dragon on a burning bridge
reading an old book in a library full of dust
a quiet harbour at dawn
a harbour town under snow
walking through a misty forest with a wolf
kneeling before the throne of the ice king
looking out over the city from a high tower
casting a fireball at a horde of goblins
sneaking past sleeping guards in a torch-lit corridor
playing the lute for laughing dwarves
riding a black horse along the shore at sunset
climbing a cliff in a storm
holding a glowing crystal in a dark cave
the party argues over a map on a table
an abandoned mine, rails leading into darkness
a market square on midsummer morning
two armies face each other across a frozen river
a ship with black sails enters the fjord
a lonely lighthouse, waves, gulls
the witch's hut stands on chicken legs
sharpening his axe, sparks flying
praying in a ruined chapel while rain falls through the roof
she pulls the arrow out of her shoulder
he laughs and raises his tankard
Aino dances around the midsummer bonfire
Väinö plays the kantele on a rock
Louhi watches from the gate of Pohjola
Ilmarinen forges the Sampo
Seppo opens the sauna door and steam pours out
Tuonela's swan glides on black water
Elina hands the letter to Mestari
Elf ranger, longbow, moonlit clearing
dwarf blacksmith, forge, orange glow
orc chieftain on a throne of bones
tiefling bard on stage, purple light
gnome tinkerer with brass goggles
vampire lord, candlelight, red velvet
ghost ship, fog, green lanterns
undead knights marching through a swamp
giant spider, webs, cocoons
phoenix rising from ashes
mermaid lagoon, turquoise water
unicorn by a waterfall
skeleton army at the gates
a fallen angel among broken statues
necromancer raising the dead in a graveyard
stone golem guarding a vault
sea serpent attacking a longship
kraken tentacles around the mast
desert caravan, two moons
floating islands connected by rope bridges
crystal palace above the clouds
dwarven hall with huge pillars
hobbit hole with a round green door
elven city in the treetops
goblin market under a bridge
thieves' guild hideout in the sewers
gladiator arena, cheering crowd
royal wedding, petals in the air
funeral pyre on the lake
duel at dawn in an empty courtyard
a child's drawing on a prison wall
a letter sealed with red wax
bread, cheese and a knife on a wooden table
muddy road, broken wagon, crows
first snow on the battlements
thunder over the plains
she is asleep under an oak
he is waiting at the crossroads
they are running from the guards
they escape through the window
I look into the mirror and see my dead brother
We stand before the gate and nobody dares to knock
You find a chest behind the altar
The innkeeper pours another drink
The dragon sleeps on a heap of gold
The old king coughs and closes his eyes
The assassin waits behind the curtain
The queen signs the treaty with a trembling hand
The tower collapses
The river has flooded the village
The forest burns
The last candle goes out
The wolves are coming closer
A raven lands on her shoulder
A stranger enters the tavern and everyone falls silent
A bridge of light appears over the abyss
A merchant shows a carpet that hovers above the ground
A boy steals an apple
A huge bear blocks the path
A wounded soldier crawls toward the gate
Blood on the snow
Smoke on the horizon
Fire and ice
Steel against steel
Hope
Silence after the battle
Storm clouds gather over Ravenloft
Waterdeep docks, evening, fishing boats
Baldur's Gate rooftops at night
Neverwinter in spring
Tharbad ruins, autumn
Khazad-dum bridge, shadow and flame
Minas Tirith white walls
Zarak'thul rises from the pit
Xyloth the Unmaker in his obsidian spire
Queen Maelis of Ardenfall on her balcony
Sir Aldric Thornwood kneels in the chapel
Kaelith and Brom share a meal
Nyx vanishes into the shadows
Rurik swings his hammer at the troll
Tessa laughs
Bjorn rows
Ingrid at the loom
Olaf on skis, blizzard
Sigrid holds a torch above the well
Yrsa sings to the seals
Tove feeds the ravens
Captain Morgana at the helm, spray, wind in her hair
Detective in a trench coat under a neon sign
cyberpunk alley, rain, holograms
spaceship bridge, red alert
astronaut on a red planet
old steam train crossing a viaduct
zeppelin over Victorian London
cowboy at the saloon door
samurai under cherry blossoms
ninja on a tiled roof, full moon
pharaoh's tomb, torches, hieroglyphs
Roman legionaries crossing a river
Viking raid, burning monastery
pirate tavern in Tortuga
medieval kitchen, roast boar, busy cooks
monastery garden, herbs, bees
alchemist's laboratory with bubbling potions
wizard duel on a staircase
crystal ball shows a distant battle
a door in the middle of nowhere
a staircase that goes down forever
a key on a chain
close-up of her hands tying a knot
half body shot, arms crossed, stern look
from behind, looking at the mountains
low angle, cape in the wind
bird's eye view of the battlefield
wide shot of the valley
smiling, soft light
angry, teeth bared
tired, dirty, bandaged arm
soaked to the bone, shivering
in full plate armour, helmet under the arm
in a ball gown at the masquerade
in chains in the dungeon
in the sauna, steam, birch whisk
on the ice with a fishing rod
on horseback
on a throne
at sea
at the edge of the world
under water
under a starry sky
behind bars
between two worlds
among the reeds
inside the whale
outside the city walls
over the river and through the woods
up in the rafters
down by the docks
near the old mill
beyond the wall
lost in a labyrinth of mirrors
hiding under a table while orcs search the room
sliding down a banister with a stolen crown
arm wrestling a half-orc
picking a lock by candlelight
throwing dice with sailors
writing a letter with a quill
stirring a cauldron
mending a fishing net
milking a goat
chopping wood in the snow
carrying water from the well
baking bread at sunrise
skinning a rabbit
tracking footprints in fresh snow
setting a trap in the marsh
feeding a baby griffin
petting a sleeping dragon
training with wooden swords
meditating under a waterfall
levitating above a circle of runes
opening a portal to the shadow realm
bleeding, leaning on a broken spear
crying over an empty cradle
laughing, head thrown back
whispering into the king's ear
shouting orders on the wall
saluting the setting sun
melancholy minstrel, drizzle, cobblestones
an epic scene with many soldiers, banners, dust and a rising sun behind the mountains
`
  .trim()
  .split('\n');

export const FINNISH_SCENES = `
Aino seisoo laiturilla yöllä
seisoo jäisellä laiturilla lyhty kädessä, revontulet
istuu tavernassa tulen ääressä, tuoppi kädessään
taistelee lohikäärmettä vastaan, verta hangella
istuu saunan lauteilla pyyhe yllään
leikkii lumessa koiran kanssa
pitelee rintapanssaria ja miekkaa
suutelee rakastaan hyvästiksi satamassa
makaa kuolevana taistelukentällä
kylvää siemeniä peltoon keväällä
tyhjä tori illalla
pimeä metsä
vanha linna kukkulalla
yöllinen satama
lumimyrsky
sumuinen suo
talvi-ilta kylässä
Väinö soittaa kannelta kivellä
Louhi katselee Pohjolan portilta
Ilmarinen takoo Sampoa
Seppo avaa saunan oven ja höyry pöllähtää ulos
Tuonelan joutsen lipuu mustalla vedellä
Elina ojentaa kirjeen Mestarille
haltia ampuu jousella kuutamossa
kääpiöseppä ahjon ääressä
örkkipäällikkö luuvaltaistuimella
vampyyri kynttilänvalossa
aavelaiva sumussa
luurankoarmeija portilla
jättiläishämähäkki seittien keskellä
noidan mökki seisoo kananjaloilla
kuningas yskii ja sulkee silmänsä
kuningatar allekirjoittaa sopimuksen vapisevin käsin
torni romahtaa
joki on tulvinut kylään
metsä palaa
viimeinen kynttilä sammuu
sudet lähestyvät
korppi laskeutuu hänen olkapäälleen
vieras astuu sisään ja kaikki hiljenevät
poika varastaa omenan
suuri karhu tukkii polun
haavoittunut sotilas ryömii kohti porttia
savua taivaanrannassa
hiljaisuus taistelun jälkeen
myrskypilvet kerääntyvät vuorten ylle
hän nukkuu tammen alla
he juoksevat vartijoita pakoon
hän kiipeää kalliota myrskyssä
lukee vanhaa kirjaa pölyisessä kirjastossa
ratsastaa mustalla hevosella rantaa pitkin auringonlaskussa
kalastaa jäällä
hakkaa halkoja
kantaa vettä kaivosta
paistaa leipää auringon noustessa
seuraa jälkiä tuoreessa lumessa
opettelee miekkailua puumiekalla
kirjoittaa kirjettä sulkakynällä
nauraa ja kohottaa tuoppinsa
itkee tyhjän kehdon äärellä
kuiskaa jotakin kuninkaan korvaan
huutaa käskyjä muurilta
piilossa pöydän alla
kahleissa tyrmässä
seikkailijat väittelevät kartasta
tanssii juhannuskokolla
vihaisena, hampaat irvessä
väsynyt, likainen, käsi siteessä
lyhty laiturilla
katselee kaupunkia tornista
polvistuu jääkuninkaan valtaistuimen eteen
sytyttää nuotion
kaksi armeijaa jäätyneen joen rannoilla
musta laiva saapuu vuonoon
ensilumi muurinharjalla
`
  .trim()
  .split('\n');
