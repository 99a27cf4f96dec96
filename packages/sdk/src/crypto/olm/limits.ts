// Bounds of the machine, units in the names.

/** No call of the library takes this long: it panicked. */
export const libraryDeadlineMs = 120_000;
/** Whoever closes waits so long at most for what is just being taken in. */
export const lastFeedMs = 5_000;
export const maxMembers = 1_024;
/** Rounds of requests that one answer may ask for. */
export const maxPumpRounds = 12;
export const pumpRetryMinMs = 1_000;
export const pumpRetryMaxMs = 60_000;
/** One-time keys that are enough; so often in so long new ones are made because fewer are left, 50 at a time. */
export const enoughKeys = 50;
export const maxRefills = 4;
export const refillMs = 60_000;
/** Pages of changed keys that are read in one go. */
export const maxChangePages = 1_000;
/** Calls to the server at once, of one request in parts. */
export const parallelCalls = 3;

/** A session is used for so many messages and so long, with up to so many devices, and with more. */
export const fewDevices = 50;
export const fewMessages = 50;
export const fewMs = 24 * 3_600_000;
export const manyMessages = 250;
export const manyMs = 7 * 24 * 3_600_000;
/** The library ends a session by itself after this, and panics when it is not renewed. */
export const libraryMs = 366 * 24 * 3_600_000;
/** The room key is offered again although nothing is known to have changed. */
export const shareAgainMs = 3_600_000;

/** What a device with a full queue lacks is sent again after so long, ever more rarely; so many requests are remembered. */
export const oweMinMs = 60_000;
export const oweMaxMs = 3_600_000;
export const maxOwed = 1_000;
export const maxOwedPerRoom = 50;
/** What own devices said and is not done with. */
export const maxOwnWords = 20;

/** Digits that may be typed wrongly before a pairing ends. */
export const maxPairingTries = 3;

/** Conversations whose readers are remembered between two seals. */
export const maxRooms = 1_000;
/** Devices without a session are asked for again after so many seals. */
export const sealsBetweenClaims = 25;
/** And with the first seal after so long, where one gave no key. */
export const claimAgainMs = 10_000;
/** Sessions that wait for somebody's keys or for a review. */
export const maxBlocked = 2_000;
/** Sessions of people who are left out, whose makers are written down after a review. */
export const maxHeldBack = 500;
/** Rows of one import. */
export const maxImported = 1_000;

/** People of whom the server told nothing, who are asked for again when something is for them. */
export const maxUntold = 1_000;
/** Master keys of somebody by which this account has known them, here and on other devices each. */
export const maxMetKeys = 8;
/** People of whom it is pinned by which key they are known: as many as can be reviewed, and by links. */
export const maxPins = 2_000;

/** Missing keys that the makers are asked for, and the pauses before each time. */
export const maxWanted = 200;
export const askMakerAfterMs: readonly number[] = [30_000, 600_000, 6 * 3_600_000];
/** A maker answers a device so often for a session, an hour apart. */
export const maxResends = 5;
export const resendAgainMs = 3_600_000;
