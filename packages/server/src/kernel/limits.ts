// Bounds inside the server, units in the names. Those of the wire are in the protocol's `limits.ts`.

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
export const connectsPerAddressBurst = 100;
export const connectsPerAddressPerSecond = 20;
export const maxTrackedAddresses = 50_000;
export const maxTrackedBuckets = 100_000;
export const maxHeaderBytes = 16 * 1024;
export const maxHeaders = 100;
export const headersTimeoutMs = 8_000;
export const requestTimeoutMs = 10_000;
export const keepAliveTimeoutMs = 5_000;
export const maxForwardedHops = 20;

// Gateway: hub
/** Envelopes of one room that wait while its members are read again; more are dropped and healed by sync. */
export const maxHeldEnvelopes = 1_000;
/** Alarms at once; the screen of the operator shows as many. */
export const maxAlarms = 50;
export const maxRecentRevocations = 10_000;
export const revocationPollMs = 1_000;
/** Revocations unreadable for longer: no new sessions. */
export const revocationBlindMs = 5_000;

/** Hints that listeners publish while they are told of another one; more are lost. */
export const maxBusBacklog = 10_000;

// Gateway: REST
export const maxIdempotencyKeyCharacters = 128;
export const maxCookies = 32;
export const cookieSeconds = 400 * 24 * 3_600;
/** Calls a minute by rate class, and how many of them at once. Per device, or per address without one. */
export const callRates = {
  read: { perMinute: 1_200, burst: 300 },
  write: { perMinute: 600, burst: 120 },
  credentials: { perMinute: 30, burst: 30 },
  lookup: { perMinute: 60, burst: 60 },
} as const;
export const maxAssetBytes = 32 * 1024 * 1024;
export const maxAssets = 2_000;

// Process
export const shutdownMs = 25_000;
export const goawayWaveMs = 5_000;
export const drainMs = 10_000;
export const maxPortsTried = 50;
export const maxControlLineBytes = 64 * 1024;
export const maxControlConnections = 8;
