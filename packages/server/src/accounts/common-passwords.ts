// Words that people make passwords of, as everybody who guesses knows. Each counts as one character in
// `password-strength.ts`, so that what is built from them alone is refused, whatever digits follow.

const keyboards = 'qwerty qwertz azerty asdf zxcv qwer qaz wsx edc rfv tgb zaq xsw poiu lkjh mnbv ytrewq fdsa wasd';

const phrases =
  'password passwort passw pass word secret login logmein letmein welcome default changeme change admin administrator ' +
  'root user guest test tester testing temp temporary demo sample example public private master system server access ' +
  'account internet computer network windows microsoft google facebook twitter instagram youtube whatsapp telegram ' +
  'signal discord parley messenger message chat samsung android iphone apple linux ubuntu oracle cisco database ' +
  'iloveyou iloveu loveyou loveme love lovely lover lovers forever always nothing something whatever trustno trust ' +
  'nobody anything everything hello helloworld world goodbye thankyou please fuck fucker fuckyou fuckoff shit bitch ' +
  'asshole pussy sex sexy bigdick cock dick porn hardcore naked qwe asd zxc abc xyz aaa xxx';

const names =
  'michael jennifer jordan michelle daniel ashley jessica joshua andrew matthew charlie thomas robert william james ' +
  'john david richard george joseph anthony nicole amanda samantha jonathan patrick steven brandon justin hannah ' +
  'elizabeth melissa stephanie rebecca victoria alexander alexandra alexandre alexis alex maria martin martina ' +
  'sabrina sandra laura lauren linda susan karen nancy barbara margaret angela angelina caroline catherine katherine ' +
  'christian christine christina christopher chris nicholas nathan benjamin samuel gabriel rafael miguel carlos ' +
  'fernando francisco eduardo antonio roberto ricardo alejandro sebastian mohamed mohammed muhammad ahmed ali hassan ' +
  'fatima mustafa ibrahim natasha tatiana svetlana vladimir sergey dmitry andrey maxim maksim nikita marina ekaterina ' +
  'tigger harley hunter buster cooper bailey maggie sophie chloe molly lucky daisy ginger pepper peanut princess ' +
  'barbie babygirl baby babe angel angels sweety sweet sweetheart honey sugar cookie candy cupcake butterfly kitty ' +
  'mother father sister brother family friend friends daddy mommy mama papa jesus christ jesuschrist god heaven blessed';

const things =
  'monkey dragon football baseball basketball soccer hockey tennis golf golfer superman batman spiderman pokemon ' +
  'pikachu naruto minecraft starwars matrix gandalf merlin wizard warrior knight killer hunter ninja samurai shadow ' +
  'phoenix eagle eagles falcon falcons tiger tigers lion lions panther panthers bear bears wolf wolves fox rabbit ' +
  'dolphin dolphins turtle spider snake horse horses cat cats dog dogs puppy kitten bird chicken cheese chocolate ' +
  'banana orange cherry strawberry apple lemon coffee pizza whiskey vodka beer mustang ferrari porsche mercedes bmw ' +
  'corvette camaro toyota honda yamaha suzuki harleydavidson chevy chevrolet jaguar diamond silver golden gold crystal ' +
  'purple yellow orange black white green blue red pink rainbow sunshine sunflower flower flowers summer winter spring ' +
  'autumn january february march april may june july august september october november december monday tuesday ' +
  'wednesday thursday friday saturday sunday london paris berlin madrid america american england germany france ' +
  'spain italy brazil mexico canada chelsea arsenal liverpool manchester united barcelona realmadrid juventus bayern ' +
  'yankees redsox lakers cowboys steelers packers raiders rangers giants patriots redskins broncos chicago dallas ' +
  'phoenix austin houston boston newyork texas florida california sydney melbourne australia canada number mother ' +
  'money dollar rich power success winner champion legend hero star stars moon earth fire water storm thunder ' +
  'lightning freedom peace music guitar piano drummer metallica slipknot nirvana eminem rockstar rock player gamer ' +
  'games game school student teacher college doctor police soldier marine army navy captain king queen prince boss ' +
  'magic mystery happy smile crazy loser stupid genius creative awesome super turbo extreme ultimate scooter garfield ' +
  'snoopy mickey minnie donald simpson homer bart scooby maverick ' +
  'terminator enterprise translator tinkerbell microphone harrypotter konstantin finalfantasy braveheart skateboard ' +
  'roadrunner sonyericsson evanescence smallville montecarlo ronaldinho limpbizkit shevchenko leave suck';

/** Lower case, letters only, 3 or more of them. */
export const commonWords: ReadonlySet<string> = new Set([keyboards, phrases, names, things].join(' ').split(' '));
