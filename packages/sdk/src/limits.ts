// Bounds of the client, units in the names. Those of the wire are in the protocol's `limits.ts`.

// Connection
export const minBackoffMs = 500;
/** Longest pause while a server may just be starting again, and after so many attempts (about a minute). */
export const earlyBackoffMs = 8_000;
export const earlyAttempts = 12;
export const maxBackoffMs = 30_000;
/** A connection that lasted this long begins its backoff anew. */
export const stableConnectionMs = 10_000;
export const openTimeoutMs = 15_000;
export const requestTimeoutMs = 15_000;
/** Without a network (as the host says) it is still tried this often: the server may be this machine. */
export const offlineTryMs = 30_000;
/** A connection that is replaced before it is stable comes back so often at most. */
export const outrunAttempts = 3;
export const abuseBackoffMs = 60_000;
export const busyBackoffMs = 5_000;
export const maxPendingRequests = 64;

// Outbox
export const maxOutboxRows = 20_000;
/** Messages on the wire without an answer. Below the server's own bound. */
export const maxFlying = 32;
/** Conversations whose next messages are sealed before their turn to be written. */
export const maxSealedAhead = 32;
/** Bytes that the socket may hold before more messages are written. */
export const maxSocketBufferBytes = 512 * 1024;
export const socketBufferCheckMs = 50;
/** Messages that were sealed here and have not come back, whose bodies are at hand. */
export const maxSealedHere = 1_000;
/** `message.out_of_order` this often in a row is answered at once, then with a backoff. */
export const patientRefusals = 3;
/** A message that was refused so often in a row because members or devices had changed: people are told. */
export const staleRounds = 5;
export const retryMinMs = 500;
export const retryMaxMs = 30_000;
/** A refusal of what an earlier connection may have accepted is believed after this long. */
export const doubtMs = 30_000;
/** Bytes of a body inside a frame, JSON in JSON; the rest of the frame needs less than 8 KiB. */
export const maxBodyFrameBytes = 56 * 1024;
export const draftDebounceMs = 1_000;

// Files
/** A file on its way that does not move for so long is given up. */
export const stalledMs = 30_000;
/** A file goes on being put for so long without a piece of it getting through, and so often as all of it. */
export const uploadPatienceMs = 10 * 60_000;
export const maxUploadRounds = 3;
/** Bytes of the body of a file message: sealed and padded it still fits into a message. */
export const maxFileBodyBytes = 34 * 1024;
/** Sealed bytes of a file that a browser holds before it puts them aside. */
export const maxHeldSealedBytes = 1024 * 1024;

// Signing out
/** How long the server is given to end the session. */
export const signOutMs = 5_000;
/** How long the other clients of a store are given to hear of it. */
export const clearedMs = 300;

// What people do with keys
/** New room keys are put into the backup together, after so long. */
export const backupDelayMs = 1_000;
/** Missing room keys are looked for together, after so long; the same one once in a while only. */
export const findDelayMs = 100;
export const findAgainMs = 3_600_000;
/** What is not there yet is looked for again after so long, each time. */
export const findLaterMs: readonly number[] = [2_000, 8_000];
export const maxSessionsPerLook = 50;
export const maxSessionsAsked = 10_000;
/** A session of disappearing messages is needed so long after its first one is gone: one is used for a week at most. */
export const timedSessionMs = 8 * 24 * 3_600_000;
export const timedSweepMs = 3_600_000;
export const maxTimedSessions = 2_000;
/** The device that receives while the others are off is replaced this often. */
export const dehydrateEveryMs = 7 * 24 * 3_600_000;
/** A device whose vault is closed asks the others for it, ever more rarely; whom one has answered waits for less than that. */
export const askVaultMinMs = 4_000;
export const askVaultMaxMs = 6 * 3_600_000;
export const answerVaultAgainMs = 3_000;
export const maxOwnAnswered = 100;
/** So often nobody answered: an epoch of the backup of its own begins (after about two hours). */
export const asksBeforeAlone = 11;
/** People of whom the own devices know that they were confirmed, or their change accepted; the latest. */
export const maxReviews = 1_000;
/** So many stand in one setting, which is of this size then and before. */
export const reviewsPerSetting = 100;
export const reviewsBytes = 12 * 1024;
/** What others lack of them they are told after so long, ever more rarely. */
export const writeReviewsMinMs = 1_000;
export const writeReviewsMaxMs = 3_600_000;
/** Fingerprints of people that are kept at hand: each takes thousands of rounds. */
export const maxFingerprints = 100;
/** Changed identities that are shown at once. */
export const maxChangedShown = 50;
/** A place where two devices meet is asked again after a pause, in milliseconds. */
export const meetAgainMs = 1_000;
/** How long a client waits for the one that leads its store: a vault may have to be sealed anew meanwhile. */
export const deedTimeoutMs = 60_000;
/** A link that is to name the own key waits for so long until the keys are open. */
export const keysOpenMs = 10_000;

// Inbox and sync
/** How long envelopes out of order wait for the ones before them. */
export const holdMs = 300;
export const maxHeldPerConversation = 1_000;
export const maxHeld = 20_000;
/** Pushes that wait to be kept. */
export const maxInboxQueue = 10_000;
/** A larger hole is not filled at once: the newest page comes, and the rest on scroll. */
export const maxFill = 5_000;
export const maxRoomFill = 200;
/** So far back a new device looks for the title of a group, in records. */
export const maxTitleSearch = 2_000;
export const parallelFills = 4;
export const fillRetryMs = 2_000;
/** Pages without an item in one list of the server: they may be filtered there, not for ever. */
export const maxEmptyPages = 20;
/** Conversations that a server may tell of at all. */
export const maxConversationsTold = 100_000;
/** Changes that something on the wire made necessary are asked for once in this time. */
export const changesDebounceMs = 150;
/** Known stretches of one conversation. Beyond, the oldest is forgotten (and asked for again). */
export const maxRanges = 50;
export const maxTrackedOwn = 1_000;
export const maxTrackedMentions = 100;
export const maxTrackedPins = 30;
/** Bytes of one part of shared messages, as JSON: sealed and padded it still fits into a message. */
export const maxSharedPartBytes = 24 * 1024;
/** Rows of one conversation that were shared with this account. */
export const maxSharedRows = 40;
/** Who has said what a group is called, what picture it has, and how it stands: so many of each are remembered. */
export const maxSaidRows = 16;
/** Groups of which an account keeps where they say how they stand. */
export const maxStatePlaces = 1_000;
/** Records about one message that are read at once: reactions of a full group, its edits, and more. */
export const maxFolds = 5_000;
/** Records about the messages of one window that are read. */
export const maxFoldsRead = 50_000;
export const maxInboxBatch = 2_000;
export const expirySweepMs = 60_000;
export const expirySweepRows = 500;
/** Clocks that are apart by more than this are not the same. */
export const clockToleranceMs = 1_000;
/** Messages of one conversation that are kept as "only on this device". */
export const maxLeftovers = 1_000;

// What others have seen
/** A witness is over so many records, at most. */
export const maxWitnessed = 64;
/** Conversations whose newest hashes are at hand. */
export const maxWitnessRings = 64;
/** Of one conversation, what others have seen and could not be compared yet. */
export const maxClaims = 512;
/** Hashes that are read at once. */
export const hashStretch = 512;
/** What is compared is so in one go after so long. */
export const claimDelayMs = 200;
/** Records that are fetched again at once: those that are compared, and what a lie has moved behind them. */
export const refetchRows = 2 * maxWitnessed;
/** Of what people were told, so many stretches are looked at once more with each connection: those told of last. */
export const maxToldLooks = 8;
/** What is wrong is fetched again so often, each time after so long. */
export const maxRefetches = 3;
export const refetchAfterMs: readonly number[] = [500, 5_000, 20_000];

// Receipts and hints
export const receiptEveryMs = 500;
/** Receipts said this long (or up to twice as long) before something was refused without a name may be what was refused: a
 * line may be slow. Those of so many such times, and of the one that is not over, are said again on the next connection. */
export const receiptTurnMs = 30_000;
export const receiptTurns = 4;
/** At least so long after such a refusal they are said again. */
export const receiptPauseMs = 2_000;
/** A client that begins says again how far it has got in so many conversations, the newest ones. */
export const marksRepeated = 50;
export const maxReceiptsRemembered = 1_000;
export const watchRepeatMs = 30_000;
export const watchExpiresMs = 90_000;
export const maxFollowers = 32;
export const maxTypingShown = 1_000;

// Views
export const maxWindowRows = 2_000;
export const windowRows = 50;
/** Keys of the newest messages are waited for so long before a client says that it is caught up. */
export const readableMs = 2_000;
export const previewCharacters = 200;
export const quoteCharacters = 300;
export const maxQuotes = 2_000;
/** Names in the title of a group that has none. */
export const titleNames = 4;
export const loadRows = 1_000;
/** Messages that waited for keys and are opened side by side, and reads that look for them; what comes in is taken in between. */
export const openedAtOnce = 50;
/** Messages that are read at once to be told to listeners. */
export const toldRows = 100;
/** Reads and pages of one load, however few of the rows are seen. */
export const maxLoadRounds = 200;

// People
export const lookupDelayMs = 20;
export const maxPeopleWanted = 10_000;
/** Accounts that a store keeps; beyond them so many of the oldest go at once. */
export const maxPeople = 20_000;
export const peopleRoom = 1_000;
/** Accounts that were shown last: more than any screen holds. They never go. */
export const maxPeopleShown = 2_000;
export const memberPage = 200;

// Search
export const searchPageRows = 500;
export const maxSearchRows = 200_000;
export const defaultSearchHits = 50;
export const maxSearchHits = 500;

// Followers of another client on the same store
export const followTimeoutMs = 20_000;
/** How long opening waits to see whether it leads. */
export const earlyLeadMs = 100;

// Keys
/** Calls to the worker that holds the keys (and from it) that wait for an answer. */
export const maxRemoteCalls = 1_024;
/** Bytes by which the file of the keys may grow beyond twice its content before it is written anew. */
export const maxKeyLogBytes = 4 * 1024 * 1024;
/** How long the lock of the keys is waited for: whoever led before may still be closing. */
export const keysLockMs = 10_000;

// Member lists of groups
/** Newest entries of a list whose hashes are kept, to be compared with what others name. */
export const maxEntryHashes = 256;
/** Times in which somebody led a group and that are over. */
export const maxLedTimes = 256;
/** Links of a list that are remembered; beyond so many the oldest have run out. */
export const maxChainLinks = 1_000;
/** A list that is longer has no end. */
export const maxChainEntries = 1_000_000;
export const maxChainsAtHand = 100;
/** How often an entry is signed anew because somebody else was first. */
export const maxEntryRounds = 5;
/** Groups that an account leaves at once before it is deleted, and how often each is tried while the server wants it slower. */
export const leavesAtOnce = 8;
export const maxFarewellTries = 5;
/** How long a link lets in, unless somebody says otherwise. */
export const linkMs = 7 * 24 * 3_600_000;
/** By so much clocks may differ where the server compares a time with its own. */
export const clockMarginMs = 60_000;

/** A key that has not come for so long is counted as missing. */
export const lateKeyMs = 60_000;
/** Messages whose key is awaited, and those that were counted, at most. */
export const maxAwaitedKeys = 10_000;
/** The server is told of them at most this often, and at most of so many of one kind. */
export const undecryptableReportMs = 60_000;
export { maxReportedUndecryptable as maxReportedAtOnce } from '@parley/protocol/limits';
/** Messages that are looked at for what a report shows. */
export const reportLooksBack = 1_000;
