// The version of the wire protocol. Changing any schema fails `version.test.ts` until the version
// here is raised, its line is added, and the answer for older clients is decided.

/** Version that this build speaks. */
export const protocolVersion = 1;

/** Oldest version that a server of this build still serves. */
export const oldestServedVersion = 1;

/** WebSocket subprotocol: JSON text frames. */
export const subprotocol = 'parley.v1.json';

/** One line a version, newest last. */
export const history: Readonly<Record<number, string>> = {
  1: 'First version: accounts, devices, direct, group and room conversations, receipts, presence, account log.',
};

/**
 * What the schemas of a version hash to, newest last. Another change of a version that is out needs a line more, whose
 * `answer` says why clients of the line before still understand; a change that they would not needs a new version.
 */
export const shapes: readonly {
  readonly version: number;
  readonly frames: string;
  readonly routes: string;
  readonly answer: string;
}[] = [
  { version: 1, frames: 'd1b1b04be26b2b9b', routes: '728a041954ba364e', answer: 'The first one.' },
  {
    version: 1,
    frames: '20d99c3beb5a9d37',
    routes: '1fbfd12391b0d7f1',
    answer: 'Encryption: new frames, new fields that may be absent, and a new format, which older clients cannot open.',
  },
  {
    version: 1,
    frames: '1c30ffa280048cff',
    routes: '14aee712fbe780a4',
    answer: 'Invitations: new routes, new member actions, which are no rows, and new fields that may be absent.',
  },
  {
    version: 1,
    frames: '1c30ffa280048cff',
    routes: '7ea43cac43405014',
    answer: 'Routes of encryption, all of them new.',
  },
  {
    version: 1,
    frames: 'c196df4e8a9e9166',
    routes: '7375733ad2ddfabf',
    answer:
      'Witnesses: a field of what is gone that may be absent, and what has expired has an item, as what was deleted.',
  },
  {
    version: 1,
    frames: 'c196df4e8a9e9166',
    routes: '6b96ffe95f984d2d',
    answer: 'Routes for the owner of a device, all of them new, and a refusal more, which advises to wait.',
  },
  {
    version: 1,
    frames: '0458b0817c4a9506',
    routes: '766358001929f548',
    answer:
      'Signed member lists: new routes and new fields that may be absent. Who has an identity signs what it changes in a group; older clients are told to.',
  },
  {
    version: 1,
    frames: '0458b0817c4a9506',
    routes: '251403211d888ca3',
    answer: 'Room keys are dropped from the backup by their sessions, too; what older clients send means the same.',
  },
  {
    version: 1,
    frames: '0458b0817c4a9506',
    routes: 'f125ca64bfd6c20c',
    answer: 'A route by which devices say how much they could not open; older clients say nothing.',
  },
  {
    version: 1,
    frames: '0458b0817c4a9506',
    routes: 'bd111f137385cddb',
    answer: 'Routes that change the members of a group refuse what has to be signed; older clients show the refusal.',
  },
  {
    version: 1,
    frames: '969061b1ec859167',
    routes: 'c9c71f4a50c3b298',
    answer: 'Values of settings may be longer; older clients read them as well.',
  },
  {
    version: 1,
    frames: '969061b1ec859167',
    routes: '30ebc0edd881f909',
    answer: 'Devices count what other devices sent and they could not open, too; older clients say nothing of it.',
  },
  {
    version: 1,
    frames: 'd5b7283ece31625f',
    routes: '0d84ae814bd4dbe6',
    answer: 'Rooms say of what their id is a hash, in a field that may be absent; older clients do not look.',
  },
  {
    version: 1,
    frames: 'a47e080a633e1216',
    routes: 'f9f5a96b5d4e873b',
    answer: 'Files: routes to put and read them, in messages that older clients show as one that they cannot read.',
  },
  {
    version: 1,
    frames: 'a47e080a633e1216',
    routes: 'f51c4add159eac7b',
    answer: 'Routes of reports, all of them new, and a count in the status; older clients make no reports.',
  },
  {
    version: 1,
    frames: 'a47e080a633e1216',
    routes: '57ec6e20216258f7',
    answer: 'Routes to put a file in pieces, all of them new; older clients put files whole, as before.',
  },
  {
    version: 1,
    frames: 'a47e080a633e1216',
    routes: 'e21865bedd37d938',
    answer: 'A refusal that a route always gave, and did not name.',
  },
  {
    version: 1,
    frames: 'a47e080a633e1216',
    routes: '19958ff99c316560',
    answer: 'Identities before the present one, in fields that may be absent; older clients do not look.',
  },
  {
    version: 1,
    frames: '696bc88ab598ca5a',
    routes: '19958ff99c316560',
    answer: 'Content that is sent is not empty, as the server has always asked of what counts; no client sends it so.',
  },
  {
    version: 1,
    frames: '696bc88ab598ca5a',
    routes: '0903a8f473898dc1',
    answer: 'Handles and passwords of any length are taken, and refused by refusals that older clients know.',
  },
  {
    version: 1,
    frames: '696bc88ab598ca5a',
    routes: '2e5ab48d5dd9b89c',
    answer: 'A refusal more where files are put, which advises to wait, as the one before it did.',
  },
  {
    version: 1,
    frames: '696bc88ab598ca5a',
    routes: 'f6b9a6cc3d379663',
    answer: 'Guests are refused an invitation with a refusal that older clients know, with the same advice.',
  },
  {
    version: 1,
    frames: '696bc88ab598ca5a',
    routes: '5e3577d2d435238a',
    answer:
      'What a client knows of may be said when lists are asked for; older clients do not say it, and are answered as before.',
  },
];
