// Seeds with a name: runs that once found a bug, and are run for ever.

/** A run to be repeated. */
export interface NamedSeed {
  readonly seed: number;
  readonly name: string;
}

/** The same where the server is so many gateways and an owner of the log. */
export const namedClusterSeeds: readonly (NamedSeed & { readonly gateways: number })[] = [
  {
    gateways: 1,
    seed: 267,
    name: 'who had left a room was handed what was said in it, by members that were not stored yet',
  },
  {
    gateways: 1,
    seed: 698,
    name: 'a new device read settings that were older than the log of which it had seen the head',
  },
  { gateways: 1, seed: 3092, name: 'what was read before a gateway ended counted for less at the next one' },
  { gateways: 1, seed: 4141, name: 'what was pinned in a group stayed pinned where another pin came with it' },
  { gateways: 2, seed: 34, name: 'who came to another gateway before a receipt was stored never saw its second tick' },
  { gateways: 2, seed: 350, name: 'what was read at one gateway was unread on a device that came to another one then' },
  { gateways: 2, seed: 6050, name: 'a state was held that was older than what had been told where it was not heard' },
  { gateways: 2, seed: 5551, name: 'who had just joined a room was out of it again by an older list of rooms' },
  { gateways: 2, seed: 2888, name: 'a list of members was older than what had been told of it elsewhere' },
  { gateways: 2, seed: 3206, name: 'a star that was taken back was shown until the chat was opened again' },
  { gateways: 2, seed: 2037, name: 'a state was held for who had blocked the other one, and given to the other one' },
  { gateways: 2, seed: 806, name: 'what was read was known only from a gateway that ended before it was stored' },
];

/** In the order in which they were found. */
export const namedSeeds: readonly NamedSeed[] = [
  { seed: 21, name: 'a server that was killed had lost a receipt that nobody said again' },
  { seed: 49, name: 'messages were unread in a chat that was cleared' },
  { seed: 77, name: 'what answers a message whose deletion a restore has lost' },
  { seed: 97, name: 'own messages were unread again after a restore' },
  { seed: 111, name: 'own messages were unread on a device that came later' },
  { seed: 242, name: 'a course that failed while restores were built' },
  { seed: 393, name: 'own messages below an older page were unread' },
  { seed: 137, name: 'what was read before a restore was unread after it' },
  { seed: 955, name: 'what was pinned before a conversation was cleared stayed pinned on older devices' },
  { seed: 1113, name: 'who came back into a group never asked for its members again' },
  { seed: 1302, name: 'a message overtook earlier ones that were refused while under way' },
  { seed: 834_609_829, name: 'a second restore with the clock set back had a lower epoch' },
  { seed: 1846, name: 'the members of a group were asked for before anybody could' },
  { seed: 2603, name: 'reading up to a head with a hole below it counted too little' },
  { seed: 551, name: 'a message that was deleted, and lost with a restore' },
  { seed: 660, name: 'what somebody does while it is blocked' },
  { seed: 218, name: 'what was taken back while its sender was blocked stayed with who had blocked it' },
  { seed: 1176, name: 'a name whose look-up was lost was never asked for again' },
  { seed: 1318, name: 'a program was replaced by the late hello of the one before it' },
  { seed: 1749, name: 'a title that was deleted stayed with those who had it' },
  { seed: 2410, name: 'a restore lost that somebody had joined, not what was joined' },
  { seed: 2567, name: 'who came back into a group was not told how far the others had got meanwhile' },
  { seed: 817, name: 'a receipt that came after the clock was set back was older than what had been told' },
  { seed: 1084, name: 'a server that was killed had lost how far somebody had read before clearing' },
  { seed: 1831, name: 'a receipt overtook the record of who had joined' },
  { seed: 4028, name: 'the server awaited a message that could not be sealed any more' },
  { seed: 696_205_798, name: 'two devices know of another time that a restored server has everything up to it' },
  { seed: 341_266_829, name: 'what a second program said earlier came to be known behind a message that was refused' },
  { seed: 700_000_191, name: 'who came back was not told what had been deleted meanwhile' },
  { seed: 756_813_084, name: 'who had left a room heard of its last words there only with the next heartbeat' },
  { seed: 268_550_571, name: 'a server whose clock had jumped by an hour and more had to be awaited for five minutes' },
  { seed: 910_000_595, name: 'an own deletion was refused while the news of another one was on its way' },
  { seed: 620_001_919, name: 'the past of a room was closed before a new device looked' },
  { seed: 620_001_959, name: 'the past of a room was closed after one of two devices had looked' },
  { seed: 630_000_054, name: 'a server whose clock was set back told no change counter for days' },
  { seed: 630_000_009, name: 'a program ended between keeping messages and telling the one beside it' },
  { seed: 752_289_735, name: 'a pin was hidden by an older state that was said again for a newcomer' },
  { seed: 508_921_254, name: 'a program closed for so long on a slow disk that nobody opened it again' },
  { seed: 96_142_445, name: 'a receipt was refused just before the clock of its device was set' },
  { seed: 7_001_520, name: 'what a request had no room for was refused by a server that died before it said so' },
  { seed: 8_802_446, name: 'that a chat was cleared was lost with a restore, and not said again' },
  { seed: 31_000_091, name: 'what a restore cut away below a timeline was not shown until it was opened again' },
  { seed: 73_000_594, name: 'a repeat, and behind it its delete, went to two devices at one moment' },
  { seed: 504_072_001, name: 'a clock was set back before a server that had just begun told of any receipt' },
  { seed: 686_744_020, name: 'the only member of a room hid that it had come in before anybody was told of it' },
];
