// Bounds inside the server, units in the names. Those of the wire are in the protocol's `limits.ts`.
import { heartbeatGraceMs, heartbeatMs, revocationMs } from '@parley/protocol/limits';

// Gateway: sockets
/** Above this a typing or presence frame is dropped. */
export const dropDroppableBytes = 256 * 1024;
/** Above this pushes are dropped, and the client is told to sync once it has read on. */
export const dropPushesBytes = 1024 * 1024;
export const dropPushesStalledMs = 15_000;
/** Above this the socket is closed with 1013. */
export const closeSlowBytes = 4 * 1024 * 1024;
export const closeStalledMs = 30_000;
/** How often sockets are looked at: heartbeats, silence, slow readers. */
export const sweepMs = 1_000;
/** A socket authenticated by header or cookie need not say hello; without a frame it is welcomed after this. */
export const impliedHelloMs = 1_000;
/** A socket of which nothing was heard for so long is gone. Milliseconds. */
export const silenceMs = heartbeatMs + heartbeatGraceMs;
/** Frames that are none are counted over so long. Milliseconds. */
export const malformedMs = 60_000;
/** Frames of one socket that wait for the one before; above the first number it is not read from. */
export const pauseWaitingFrames = 64;
export const maxWaitingFrames = 4_096;
export const maxUnansweredSyncs = 8;
export const maxUnansweredHints = 64;
/** Refusals for going too fast that a socket gets before it is closed with 4429. */
export const refusalsBurst = 300;
export const refusalsPerSecond = 10;
/** Conversations of one socket in which an earlier message must come back first. */
export const maxHeldConversations = 64;
export const maxFragments = 128;
export const maxBufferedChunks = 4_096;
export const closeHandshakeMs = 3_000;

// Gateway: connections
export const maxSockets = 20_000;
export const maxSocketsPerAddress = 200;
/** Connections, those included that have not asked for anything yet. */
export const maxConnections = 24_000;
export const maxConnectionsPerAddress = 600;
/** Sockets with which a gateway of a cluster listens, each of which lets in one connection in a turn of the event loop. */
export const doorsOfGateway = 8;
export const connectsPerAddressBurst = 100;
export const connectsPerAddressPerSecond = 20;
/** Who is refused at the door is told to wait this long. */
export const connectRetryMs = 5_000;
export const maxTrackedAddresses = 50_000;
export const maxTrackedBuckets = 100_000;
export const maxHeaderBytes = 16 * 1024;
export const maxHeaders = 100;
export const headersTimeoutMs = 8_000;
export const requestTimeoutMs = 10_000;
/** Longer than proxies and clients keep a connection for its next call (60 s as a rule): else one of theirs meets it closing. */
export const keepAliveTimeoutMs = 75_000;
export const maxForwardedHops = 20;

// Gateway: hub
/** Envelopes of one room that wait while its members are read again; more are dropped and healed by sync. */
export const maxHeldEnvelopes = 1_000;
/** Of a room's members that are here, so many seats are read at once after a membership record was missed. */
export const seatsAtOnce = 256;
/** When hints were lost, sockets are told to look again in so many slices, one each so many milliseconds. */
export const resyncSlices = 100;
export const resyncSliceMs = 100;
/** Alarms at once; the screen of the operator shows as many. */
export const maxAlarms = 50;
/** How often it is looked how late the event loop comes. Milliseconds. */
export const loopLookMs = 100;
export const maxRecentRevocations = 10_000;
export const revocationPollMs = 1_000;
/** Revocations unreadable for longer: no new sessions. */
export const revocationBlindMs = 5_000;

// Presence
/** Accounts that left and whose last seen is answered from memory. */
export const maxRememberedLeavers = 50_000;
/** In Redis: sockets that nobody says again are forgotten after this, in which time they are said again; who left is
 * remembered so long; a node whose lease was gone says all a second time after so long, should somebody still be taking
 * it down; and how long that may take without a sign of life. Milliseconds. */
export const presenceLifeMs = 3_600_000;
export const presenceRenewalMs = 1_200_000;
export const presenceMemoryMs = 24 * 3_600_000;
export const presenceAgainMs = 5_000;
export const burialMs = 10_000;
/** How long a socket that comes waits at most for Redis to know of it. Milliseconds. */
export const presenceWaitMs = 1_000;
/** A node that is dead for so long is forgotten, whether its people were taken over or not. Milliseconds. */
export const nodeMemoryMs = 24 * 3_600_000;
/** Accounts whose coarse word of the day is remembered. */
export const maxCoarseWords = 50_000;
/** Last seen within so many days has this word for those who may not know more. */
export const recentlyDays = 3;
export const thisWeekDays = 7;
export const thisMonthDays = 30;

// Gateway: REST
export const maxIdempotencyKeyCharacters = 128;
/** Without an account the key is all that tells callers apart, so it has to be hard to guess. */
export const minAnonymousKeyCharacters = 16;
/** Answers to calls with a key, how many of one caller, and how long. */
export const maxKeptAnswers = 20_000;
export const maxKeptAnswersPerCaller = 500;
export const keptAnswerMs = 3_600_000;
/** An answer outlives the process only under a key that nobody guesses, and when it is not larger than this. */
export const minLastingKeyCharacters = 16;
export const maxLastingAnswerBytes = 16 * 1024;
export const maxCookies = 32;
export const cookieSeconds = 400 * 24 * 3_600;
/** Calls a minute by rate class, and how many of them at once. Per device, or per address without one. */
export const callRates = {
  read: { perMinute: 1_200, burst: 300 },
  write: { perMinute: 600, burst: 120 },
  credentials: { perMinute: 30, burst: 30 },
  lookup: { perMinute: 60, burst: 60 },
  keys: { perMinute: 600, burst: 200 },
  files: { perMinute: 600, burst: 200 },
} as const;
export const maxAssetBytes = 32 * 1024 * 1024;
export const maxAssets = 2_000;

// Process
export const shutdownMs = 25_000;
/** Sockets are asked to leave in at most so many waves, of at least so many sockets. */
export const goawayWaves = 10;
export const goawayWaveSockets = 200;
/** From `goaway` to the close of its wave. */
export const goawayGraceMs = 500;
/** When clients are told to come back: this and a random part of the next. */
export const goawayMinMs = 500;
export const goawaySpreadMs = 4_500;
/** Calls under way have this long to end. */
export const drainMs = 10_000;
/** The echo bot is started again after this, and ever later while it does not stay up. */
export const echoRestartMs = 1_000;
export const maxEchoRestartMs = 60_000;
/** How often messages that are past their time are looked for, and how many are blanked at once. */
export const expiryEveryMs = 15_000;
export const maxExpiredAtOnce = 5_000;
/** How often devices that are connected are noted as seen. */
export const seenEveryMs = 5 * 60_000;
export const maxPortsTried = 50;
export const maxControlLineBytes = 64 * 1024;
export const maxControlConnections = 8;

// Store
/** Rows that one range gives. */
export const maxRangeRows = 10_000;
/** Names of conversations and accounts whose number a thread of the store remembers. */
export const maxCachedNames = 200_000;
/** Conversations of which the store remembers that their members are written. */
export const maxCachedRosters = 20_000;
/** Transactions that wait for the writer, and questions to the reader without an answer. */
export const maxWaitingCommits = 64;
export const maxUnansweredReads = 4_096;
/** Rows that are turned into bytes before the event loop gets its turn. */
export const encodeSliceRows = 512;
export const encodeChunkBytes = 256 * 1024;
/** A thread of the store that answers nothing for so long is lost. */
export const storeStallMs = 120_000;
/** How long SQLite waits for another connection before it gives up. */
export const storeBusyMs = 500;
export const storeCacheBytes = 64 * 1024 * 1024;
/** A write-ahead log that has grown beyond this is copied into the database without being asked. */
export const maxWalBytes = 256 * 1024 * 1024;
/** A database up to here is checked page by page whenever it is opened; a larger one by `doctor`. */
export const quickCheckBytes = 256 * 1024 * 1024;

// Sequencer
/** A retry of a message finds the first one in memory for this long in log time. */
export const identityWindowMs = 60_000;
/** A first attempt whose record was stamped at most this long before (or after) its append skips the id table. */
export const firstBehindMs = 30_000;
export const firstAheadMs = 5_000;
/** A frame may have waited so long on its way to a gateway: longer than one keeps a socket that is silent. */
export const firstHeldMs = 50_000;
/** Generations of the identity window: how many ids and how much log time each holds, and how many are kept. */
export const windowGenerationIds = 131_072;
export const windowGenerationMs = 20_000;
export const maxWindowGenerations = 12;
/** Bytes of rows that the store does not have yet; there appends are refused. */
export const maxOverlayBytes = 256 * 1024 * 1024;
/** What a message costs in memory beside its bytes, with its id row and its conversation's row. */
export const overlayRecordBytes = 640;
/** What each further row of a record costs. */
export const overlayRowBytes = 320;
/** Records in one transaction of the store, and how long the first of them waits for more. */
export const maxCommitRecords = 64_000;
export const commitDelayMs = 500;
/** Where hints wait for the store: how long for more records, for how long hints wait at most, and how many. */
export const heldCommitDelayMs = 2;
export const publishFirstMs = 200;
/** A store that was slower than that is waited for again when it has done each transaction within so long, for so long;
 * until then records wait so long for more. Milliseconds. */
export const storeQuickMs = 100;
export const storeTrustMs = 30_000;
export const slowCommitDelayMs = 250;
export const maxHeldHints = 10_000;
/** Added to the time for which a record was told of before it was stored: for the way of the hints. Milliseconds. */
export const storedLeewayMs = 1_000;
export const commitRetryMs = 100;
export const maxCommitRetryMs = 5_000;
/** The store is made durable after this many bytes of records or this long, whatever comes first. */
export const checkpointBytes = 64 * 1024 * 1024;
export const checkpointMs = 60_000;
/** Pairs of offset and time that are remembered until the log is released. */
export const maxTimeMarks = 4_096;
/** Newest rows of active conversations, for pages without the store. */
export const tailRows = 50;
export const maxTailBytes = 64 * 1024 * 1024;
/** Committed states of conversations, and seats in rooms, that are kept at hand. Both by estimated bytes. */
export const maxStateBytes = 64 * 1024 * 1024;
export const stateRowBytes = 640;
export const stateMemberBytes = 112;
export const maxSeatBytes = 16 * 1024 * 1024;
export const seatBytes = 256;
/** Records applied before the event loop gets a turn. */
export const applySlice = 2_000;
/** Rows gathered for a transaction before the event loop gets a turn. */
export const turnEvery = 8_192;
/** Rows that are asked of the store at once for the records that come next. */
export const maxPrefetchRows = 512;
export const prefetchRetryMs = 100;
export const maxPrefetchRetryMs = 5_000;
/** Members of a room that are read at once when its owner leaves. */
export const heirsPage = 10_000;
/** Requests that wait for their verdict. */
export const maxWaiters = 10_000;
/** The Lamport time of a record counts at most this far ahead of the conversation's. */
export const maxLamportLeap = 2 ** 20;

// Messages
/** Intervals of one account in one conversation that are looked at; older ones are forgotten. */
export const maxIntervals = 1_000;
/** Intervals of a conversation that are counted for somebody who has left it; of one with more it is not told. */
export const maxCountedIntervals = 10_000;
/** How long a change waits for its verdict. */
export const settledMs = 10_000;
/** For how long a gateway trusts the watermarks of a conversation that others raise too. Milliseconds. */
export const marksTrustMs = 5_000;
export const maxCachedSettings = 50_000;
/** Accounts whose settings were counted, and settings of one that may be under way while nobody counts. */
export const maxCountedSettings = 10_000;
export const settingsInFlight = 512;
/** Clearings whose records may not be applied yet. */
export const maxClearing = 10_000;
/** Settings that were read are trusted this long, should the word of their change be lost. */
export const settingsTrustMs = 60_000;
/** Of what is believed for a while and still used, so much is read again at once before its time is over. */
export const maxRenewals = 64;
/** Ords of messages, and conversations of accounts of which it is known up to where they were cleared, that are at hand. */
export const maxHeldOrds = 50_000;
export const maxHeldCleared = 50_000;
/** Watermarks that are kept at hand. */
export const maxCachedMarks = 200_000;
/** Watermarks that the store does not have yet; beyond them none is taken. */
export const maxWaitingMarks = 100_000;
export const maxMarksPerCommit = 10_000;
export const markFlushMs = 1_000;
export const maxMarkRetryMs = 10_000;
/** Watermarks that were told of within the last half second; of more, nothing is pushed. */
export const maxReceiptsPaced = 50_000;
/** In a group of more members a watermark is pushed to the senders of what it covers, if that is at most so many rows. */
export const maxToldGroup = 32;
export const maxToldRows = 64;
/** One account's typing in one conversation goes out at most this often: a little less than clients say it. */
export const typingPaceMs = 1_500;
export const maxTypingPaced = 50_000;
/** Conversations of which it is remembered that they changed lately; twice as many at most. */
export const maxRecentChanges = 100_000;
/** Messages of a conversation looked at for one page, while none of them is for who asks. */
export const maxRowsLookedAt = 2_000;
/** Conversations looked at for one page of changes, and how many of them at once. */
export const maxChangesExamined = 1_000;
export const changesAtOnce = 32;
/** Room in a page of changes for its own fields. */
export const changesHeadroomBytes = 1_024;

// Directory
/** Replaced tokens that are remembered a device, so that their use is noticed. */
export const maxOldTokens = 8;
/** How long the list of ended sessions goes back. A gateway that was blind for longer starts with empty caches. */
export const endedKeptMs = 24 * 3_600_000;
export const maxDirectoryWrites = 10_000;
/** What they hold together, about: a slow disk must not fill the memory. */
export const maxDirectoryWaitingBytes = 64 * 1024 * 1024;
/** Writes that share one sync. */
export const directoryBatch = 256;
/** One-time keys of a device that were given out and are remembered, so that an upload that comes again adds none. */
export const maxGivenKeys = 128;
/** How long it is remembered what a device has sent to others, so that what comes again is kept once. */
export const maxToDeviceTxnMs = 3_600_000;
/** What may wait for one device, whatever its number. */
export const maxToDeviceQueueBytes = 32 * 1024 * 1024;
/** After a restore changes of keys and queues of devices count on from here, times the epoch: a second of it has fewer. */
export const numbersPerEpoch = 1_000_000;

// Accounts
export const maxCachedTokens = 50_000;
/** A token that was looked up is trusted this long: half of what a revocation may take. */
export const tokenTrustMs = revocationMs / 2;
/** Entries of the revocation list a read. */
export const endedPage = 1_000;
/** A use of a replaced token is told at most this often. */
export const oldTokenNoticeMs = 3_600_000;
/** That there is an operator is believed this long. */
export const setupTrustMs = 10_000;
/** A guest that was not connected for this long is deleted; they are looked for this often. */
export const guestIdleMs = 30 * 24 * 3_600_000;
export const guestSweepMs = 6 * 3_600_000;
/** Reports that an account makes in a day, and that are kept in all. Where all are open, who reports is told to wait so long. */
export const maxReportsPerDay = 10;
export const maxReports = 1_000;
export const reportsFullMs = 3_600_000;
/** A closed report goes after so long; they are looked for this often. */
export const closedReportMs = 30 * 24 * 3_600_000;
export const reportSweepMs = 6 * 3_600_000;
/** Operators that a command on the machine tells of. */
export const maxListedOperators = 20;
/** Accounts that are read from the directory at once. */
export const accountsPerRead = 200;
export const lastSeenFlushMs = 30_000;
export const maxLastSeenWaiting = 20_000;
export const passwordsAtOnce = 2;
export const maxPasswordsWaiting = 64;
export const maxLimiterKeys = 100_000;
const quarterMs = 15 * 60_000;
/** What may go wrong before somebody has to wait: by address, by handle from one address, by handle from anywhere. */
export const loginLimits = {
  address: { count: 100, perMs: quarterMs },
  pair: { count: 10, perMs: quarterMs },
  handle: { count: 30, perMs: quarterMs },
  /** With `handle` used up, an address that did not fail on it yet still has this. */
  fresh: { count: 1, perMs: quarterMs },
} as const;
/** Wrong secrets of links from one address. */
export const secretLimit = { count: 30, perMs: quarterMs } as const;
/** A device that came later than this ago does not end older ones, unless it has the recovery key. Milliseconds. */
export const newDeviceMs = 24 * 60 * 60 * 1000;
/** Wrong passwords of a signed-in account that confirms who it is. */
export const confirmLimit = { count: 10, perMs: quarterMs } as const;
/** Handles that nobody has, looked up by one account. */
export const lookUpLimit = { count: 300, perMs: 3_600_000 } as const;
/** New accounts without an invitation from one address, guests included. */
export const signUpLimit = { count: 20, perMs: 3_600_000 } as const;
export const defaultInviteMs = 7 * 24 * 3_600_000;
export const maxSearchedPeople = 20;
export const intentRetryMs = 2_000;
export const maxIntentRetryMs = 5 * 60_000;
export const intentsPage = 100;

// Keys
/** Keys of one device that another device, and all of an account, may claim in a day: sessions that broke begin anew. */
export const maxClaimsPerPairADay = 4;
export const maxClaimsPerAccountADay = 32;
/** The same of a device of somebody who has not accepted a request. */
export const maxClaimsPerStrangerADay = 1;
/** Keys of one device that are given out in a minute, whoever asks. */
export const maxClaimsPerDeviceAMinute = 200;
/** Pairs and devices whose claims are counted; beyond, the oldest is forgotten. */
export const maxCountedClaims = 200_000;
/** Devices of which it is remembered whose they are. */
export const maxKnownDevices = 100_000;
/** Whether something waits for a quiet device is looked at this often: ten heartbeats. */
export const toDeviceLookMs = 250_000;
/** What waits for one device; beyond, nothing more is taken for it. */
export const maxToDeviceQueue = 10_000;
/** Accounts that hear at once of a change of keys; the others read of it when they next look. */
export const maxKeysHinted = 2_000;
/** Where the list of key changes ends is looked at this often, should the word of it be lost. */
export const keyChangesPollMs = 1_000;
export const keyChangesPage = 500;
/** Ends of devices that are at hand, so that a message costs no look into the directory. */
export const maxRecentDeviceEnds = 10_000;
/** Entries of the list of changes that one call goes through. Who is further behind is told that everything changed. */
export const maxKeyChangesRead = 5_000;
export const maxKeyJsonBytes = 4 * 1024;
/** Who waits at a meeting of devices. */
export const maxRendezvousWaiters = 4;
export const rendezvousWaitMs = 20_000;
/** How long the key behind challenges is kept. */
export const challengeKeyMs = 30 * 24 * 3_600_000;

// Small values for minutes
/** Of one process, in memory: meetings of devices, and challenges that were answered. */
export const maxEphemeral = 10_000;
// Conversations over REST
/** Calls of one account that wait for the one before, where one must not overtake another. */
export const maxTurnsWaiting = 64;
export const maxMembershipsRead = 20_000;
export const membershipsPage = 5_000;
/** States of conversations that one call reads at once. */
export const statesAtOnce = 256;
/** Conversations of somebody who shares none now that are looked at, whether they were shared once. */
export const maxPastMemberships = 1_000;
/** Links into groups that an account makes in an hour: each changes the list of members. */
export const maxLinksPerHour = 6;
/** Accounts whose new people of the day are remembered; those of the others are read again. */
export const maxNewPeopleAccounts = 10_000;
/** Days of keys: an `Idempotency-Key` is known for at least so long. */
export const idempotencyMs = 24 * 3_600_000;
/** Rows of members or rooms that one page looks at, whether they are in it or not. */
export const maxListedRows = 10_000;
export const listedRowsPage = 500;
/** Conversations that somebody who goes leaves at once. */
export const leavesAtOnce = 32;
export const maxPolls = 1_000;
export const maxPollsPerAccount = 16;
/** What changes within this time of one another is one answer. */
export const pollPauseMs = 200;

// Log
export const maxRecordBytes = 128 * 1024;
/** What may wait while a batch is being written is one batch; appends beyond it are refused. */
export const maxBatchRecords = 32_768;
export const maxBatchBytes = 8 * 1024 * 1024;
export const segmentBytes = 64 * 1024 * 1024;
export const segmentMs = 3_600_000;
/** A segment grows by this many zeroed bytes at a time, so that most syncs change no file size. */
export const segmentStepBytes = 1024 * 1024;
/** A start that the log refuses something tries again after this. */
export const startRetryMs = 5_000;
/** A full disk is looked at again after this, even when nobody appends. */
export const spaceRetryMs = 5_000;
/** Above this a reader gets no more from memory; it reads files until it has caught up. */
export const maxReaderBacklogBytes = 16 * 1024 * 1024;
export const maxLogReaders = 64;
/** A segment's position is noted every so many bytes, so that a reader starts near its offset. */
export const segmentMarkBytes = 1024 * 1024;
export const logReadBytes = 1024 * 1024;
export const maxMemoryLogBytes = 512 * 1024 * 1024;
export const clockBehindMs = 60_000;
export const clockAheadMs = 3_600_000;
/** A clock that jumped is believed after it went on evenly for this long. */
export const clockHoldMs = 5 * 60_000;
/** How often the clock is held against the time that passed, also when nobody asks. */
export const clockReferenceMs = 60_000;

/** Lines of the security log for one address in a minute, and addresses that are told apart in it. */
export const maxAuditLinesPerMinute = 30;
export const maxAuditAddresses = 1_000;

// Media.
// Files
export const bytesPerGb = 1e9;
/** Uploads that are under way at once, of an account and in all: each holds a part of a file in memory. */
export const maxUploadsPerAccount = 4;
export const maxUploads = 32;
/** Who comes when there are too many tries again after it. */
export const uploadAgainMs = 2_000;
/** How long an upload or a download may go without a byte, and an upload in all: 100 MiB at half a megabit a second. */
export const fileIdleMs = 60_000;
export const fileTimeoutMs = 30 * 60_000;
/** An upload that brings fewer bytes than this is ended; it begins with so much time, and saves up `fileIdleMs` at most. */
export const leastUploadBytesPerSecond = 1_024;
export const fileGraceMs = 10_000;
/** Looks for files that no message carries: whose turn it is is asked so often, and a turn is good for so long. */
export const sweepTryMs = 10 * 60_000;
export const sweepTurnMs = 6 * 3_600_000;
export const sweepPageBlobs = 200;
/** So long an upload whose bytes never came is looked for; a day of it is its own. */
export const lostUploadMs = 7 * 24 * 3_600_000;
/** Most bytes of a blob in one piece while it is read. */
export const blobChunkBytes = 256 * 1024;
/** Lists of members that are remembered as written. */
export const maxHeldRosters = 10_000;
/** How long it is trusted how far the store is. Milliseconds. */
export const asOfTrustMs = 500;
