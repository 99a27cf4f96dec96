// Words of encryption in English, for people who never asked for it: what is safe, what to keep, what to compare.
// Part of the catalogue in `english.ts`.
import { count } from './english-counts.ts';

export const encryption = {
  start: {
    direct: 'Messages here are encrypted. Only the people in this chat can read them.',
    group: 'Messages here are encrypted. Only the people in this chat can read them.',
    bot: 'This is a program. Whoever runs it can read what you write here.',
    notes: 'Your notes are encrypted. Only your own devices can read them.',
    room: 'Rooms are open: whoever runs this server can read them.',
    open: 'Not encrypted: whoever runs this server can read this chat.',
  },
  whatDoesItMean: 'What does that mean?',
  encrypted: 'Encrypted end to end',
  /** Where there is little room. */
  encryptedShort: 'Encrypted',
  encryptedText: {
    direct: 'Only the two of you can read this.',
    group: (n: number) => `Only the ${count(n, 'member', 'members')} can read this.`,
    notes: 'Only your own devices can read this.',
  },
  open: 'Not encrypted',
  openText: 'The operator of this server can read this.',
  opening: 'Opening your chats',
  trouble: {
    text: 'Your chats cannot be opened here now.',
    again: 'Try again',
    trying: 'Trying again',
  },

  recovery: {
    offerTitle: 'Save your recovery key',
    offerText: 'Without it your messages are lost when you lose your devices.',
    offerShow: 'Show it',
    offerLater: 'Later',
    unfinishedTitle: 'Your new keys are not finished',
    unfinishedText:
      'They have no recovery key yet. Until they have one, a device that was lost may still read new messages.',
    finish: 'Finish',
    password: 'Your password',
    wrongPassword: 'The password is wrong.',
    lastDeviceShow: 'Show the recovery key',
  },

  linking: {
    title: 'Get your chats here',
    text: 'Your chats are encrypted, and this device does not have the keys yet. Rooms work already.',
    deviceTitle: 'I have another device here',
    deviceText: 'Compare pictures on both',
    keyTitle: 'I have my recovery key',
    keyText: '24 words, or 14 groups of letters and digits',
    overTitle: 'I have neither',
    overText: 'Start over. Your old messages stay unreadable.',
    keyLabel: 'Recovery key',
    keyHint: 'Words or groups, as they stand on your paper. Capitals, numbers and line breaks do not matter.',
    keyFits: 'This is a recovery key.',
    open: 'Open my chats',
    working: 'Getting your messages',
    workingText: 'This takes a moment. Leave this page open.',
    startingOver: 'Starting over',
    doneTitle: 'Your chats are here',
    doneText: 'What you have written and received can be read on this device.',
    overDoneTitle: 'You can write again',
    overDoneText: 'Your contacts see that you have set up Parley afresh. You have a new recovery key: write it down.',
    toChats: 'Show my chats',
    overWarning:
      'Nobody can bring back what was written until now: not on this device, and not by whoever runs the server. Your contacts are told that you have set up Parley afresh.',
    overDevices: 'Where are your old devices?',
    overSafe: 'With me, wiped or broken',
    overLost: 'One was lost or stolen',
    overUnderstood: 'Start over',
    locked: 'Locked on this device',
    lineText: 'Your chats are locked on this device.',
    lineOpen: 'Get them',
    lineLook: 'Show',
  },

  pictures: {
    whichTitle: 'Which device do you have here?',
    noDevices: 'None of your other devices can read chats.',
    waitingTitle: (name: string) => `Go to ${name}`,
    waitingText: 'There, open Settings, then Devices, and press "Link a device".',
    asked: (name: string | null) =>
      `${name ?? 'Another device'} asks to read your chats. If it is in your hands: Settings, Devices, "Link a device".`,
    toSettings: 'Settings',
    title: 'Compare pictures',
    text: 'Do both devices show the same seven pictures, in the same order?',
    label: 'Seven pictures',
    same: 'They are the same',
    different: 'They differ',
    saidSame: 'Say on the other device, too, that they are the same.',
    preparing: 'Getting the pictures',
    done: (name: string | null) => `${name ?? 'The other device'} is linked and can read your chats.`,
    cancelled: 'It was stopped, or took too long. Begin anew when both devices are with you.',
    stop: 'Stop',
    another: 'the other device',
  },

  link: {
    title: 'Link a device',
    warning:
      'A new device will read all your chats. Go on only if it is in your hands. Nobody from this server will ever ask you to.',
    scan: 'Scan the code of the new device',
    camera: 'What the camera sees',
    noCamera: 'The camera cannot be used here. The browser may have to be allowed to.',
    code: 'Code of the new device',
    codeHint: 'The line under the squares that it shows, if you cannot scan them.',
    compareWith: (name: string) => `Compare pictures with ${name}`,
    picturesHint: 'To compare pictures instead, begin on the new device.',
    goOn: 'Go on',
    waiting: 'Talking to the new device',
    typeThere: (name: string) => `Type this on ${name}:`,
    digits: 'Digits to type on the new device',
    onlyIfYours: 'Only there, and only if you hold it in your hands.',
    again: 'Begin anew',
    ended: (problem: 'mistyped' | 'wrong' | 'gone' | 'refused' | 'ended' | null) =>
      problem === 'wrong'
        ? 'The digits were wrong. Nothing was linked.'
        : problem === 'refused'
          ? 'This was not a new device of your account. Nothing was linked.'
          : 'It was stopped, or took too long. Nothing was linked.',
    showTitle: 'Show a code',
    showText: 'Your other device scans it, and you type digits here',
    showHint:
      'On your other device, open Settings, then Devices, and press "Link a device". The code is good for two minutes.',
    showLabel: 'The code for your other device',
    typeHere: 'Digits that your other device shows',
    mistyped: 'These are not the digits.',
  },

  identity: {
    compare: 'Compare codes',
    known: 'Compare codes to be sure that nobody stands between you.',
    confirmed: 'You have compared codes.',
    changed: (name: string) => `${name} set up Parley afresh.`,
    leftOut: (name: string) => `${name} has another key than the one you had confirmed, or were invited with.`,
    none: (name: string) => `${name} has not been here with encryption yet.`,
    title: (name: string) => `Compare codes with ${name}`,
    text: (name: string) =>
      `Meet ${name}, or call. If both of you see the same digits, nobody else can read along. It holds for all devices of both of you.`,
    digits: 'The code',
    qr: 'The code to scan',
    scan: (name: string) => `Scan ${name}'s code`,
    same: 'They are the same',
    different: (name: string) =>
      `If they differ, somebody may be reading along: write nothing secret, and ask ${name} in another way.`,
    noCode: (name: string) => `There is nothing to compare yet: ${name} has no keys, or this device has none.`,
    verified: 'Codes compared',
    news: (name: string) => `${name} set up Parley afresh. Messages now go to the new devices.`,
    held: (name: string) =>
      `${name} has another key than the one you had confirmed, or were invited with: perhaps ${name} set up Parley afresh. Nothing is sent until you review.`,
    leftOutOfGroup: (name: string) => `${name} set up Parley afresh and does not get what you write until you review.`,
    ok: 'OK',
    accept: 'Accept without comparing',
    review: 'Review',
  },

  history: {
    differs: (who: string) => `Part of this chat is missing or differs from what ${who}.`,
    saw: (name: string) => `${name} saw`,
    ownSaw: 'another device of yours saw',
    until: (time: string) => ` until ${time}`,
    restored: (day: string) => `This server was restored from ${day}. What was said later may be on some devices only.`,
  },

  /** Why nothing is sealed in a group, and what helps. */
  list: {
    different:
      'People here see different member lists. What you write waits until they agree. If this stays, ask the others whom they see here, and begin a new group.',
    unsigned:
      'Nobody signed who is in this group, so the server could have added somebody. What you write waits: begin a new group.',
    review:
      'Somebody who changed who is in this group set up Parley afresh. What you write waits until you have compared codes with them.',
    waits: 'Waiting: who is in this group is not certain',
    changing: 'Waiting: members keep changing',
  },

  unreadable: {
    waiting: 'Waiting for this message',
    broken: 'This message cannot be shown',
    reason: {
      no_key: 'The key to it has not come yet. It opens by itself when it does.',
      not_trusted: 'It was sent from a device that its owner does not vouch for, so it is not opened.',
      altered: 'This message was changed on its way, or somebody else sent it: it is not shown.',
      broken: 'It is damaged, or was written by a newer version of Parley.',
    },
    why: 'Why?',
  },

  devices: {
    notLinked: 'This device cannot read chats yet.',
    added: (name: string) => `${name} is signed in to your account, and was not before.`,
    addedLinked: (name: string) => `${name} was linked to your account and can read your chats.`,
    fine: 'That was me',
    notMe: 'Not me',
    notMeTitle: (name: string) => `Sign out ${name}?`,
    notMeText: 'It is signed out at once. Change your password afterwards: somebody knows it.',
    lostTitle: (name: string) => `Where is ${name}?`,
    still: 'I still have it',
    lost: 'Lost or stolen',
    shutOutTitle: (name: string) => `Shut out ${name}`,
    shutOutText:
      'It is signed out, and you get new keys and a new recovery key, so that nothing it holds opens what comes. The old recovery key stops working. Your contacts see that you have set up Parley afresh.',
    shutOutUntil: 'Until this is finished, it may still read new messages.',
    shutOut: 'Shut it out',
  },

  signIn: {
    withKey: 'Sign in with my recovery key',
    withPassword: 'Sign in with my password',
    text: 'Your recovery key signs you in and opens your chats.',
    refused: 'Handle or recovery key is wrong.',
    note: 'Chats are encrypted end to end. Rooms are open to whoever runs the server.',
  },
} as const;
