// Every bound of the protocol, units in the names. A bound without a test that hits it is a wish.

/** The largest integer in any schema: what a JavaScript number holds exactly. */
export const maxInteger = Number.MAX_SAFE_INTEGER;

// Frames and content
export const maxFrameBytes = 64 * 1024;
export const maxContentBytes = 48 * 1024;
export const maxTextCharacters = 16_384;
export const maxTextBytes = 32 * 1024;
export const maxPageBytes = 256 * 1024;
export const maxMentions = 50;
export const maxBlobsPerMessage = 10;

// Files
/** Most bytes of a file as a person has it. */
export const maxFileBytes = 100 * 1024 * 1024;
/** Most bytes of a blob: a file with its padding and the tags of its chunks. */
export const maxBlobBytes = 104 * 1024 * 1024;
/** A file is sealed in chunks of so many bytes, the last one smaller. */
export const fileChunkBytes = 64 * 1024;
/** A blob is put in pieces of so many bytes, the last one smaller: 80 sealed chunks, just above the least that S3 copies. */
export const blobPieceBytes = 80 * (fileChunkBytes + 16);
export const maxBlobPieces = Math.ceil(maxBlobBytes / blobPieceBytes);
export const maxFileNameCharacters = 200;
export const maxMediaTypeCharacters = 100;
export const maxFilePixels = 100_000;
/** Most bytes of the small picture that stands in the message, before base64. */
export const maxThumbBytes = 4 * 1024;
/** A message may carry a blob for so long after it was put; an hour later one that no message carries goes. */
export const blobPlacedWithinMs = 23 * 3_600_000;
export const blobUnplacedMs = 24 * 3_600_000;
/** A delete names the message and its edits. */
export const maxDeleteTargets = 16;
export const maxRefCharacters = 64;
export const maxSinceCharacters = 256;
export const maxJsonDepth = 32;
export const malformedFramesPerMinute = 5;

// Pages
export const defaultPageItems = 50;
export const maxPageItems = 200;

// Time
export const helloTimeoutMs = 10_000;
export const heartbeatMs = 25_000;
/** A socket silent for a heartbeat and this is dead. */
export const heartbeatGraceMs = 10_000;
export const offlineGraceMs = 15_000;
/** Somebody of whom nothing was heard for this long is offline, whatever became of the socket. */
export const offlineSilenceMs = 45_000;
export const typingEveryMs = 2_000;
export const typingExpiresMs = 3_000;
export const receiptsPerSecond = 2;
export const sentTimeoutMs = 10_000;
export const maxTimestampBehindMs = 7 * 24 * 3_600_000;
export const maxTimestampAheadMs = 60_000;
export const maxMessageIdAgeMs = 30 * 24 * 3_600_000;
export const editWindowMs = 15 * 60_000;
export const deleteWindowMs = 48 * 3_600_000;
export const maxEdits = 10;
export const setupLinkMs = 15 * 60_000;
/** Within so long a session that was ended loses its sockets, whatever was lost on the way. */
export const revocationMs = 2_000;

// Presence
export const maxWatchedAccounts = 200;
export const maxWatchedConversations = 200;
export const maxTypingAudience = 256;

// Conversations
export const maxGroupMembers = 1_024;
export const maxRoomMembers = 100_000;
export const maxFoundingMembers = 256;
export const maxTitleCharacters = 100;
export const maxTopicCharacters = 500;
export const maxConversationsPerAccount = 5_000;
export const maxInvitesPerConversation = 50;
export const maxInvitesPerAccount = 50;
export const maxInviteUses = 1_000;
export const maxInviteMs = 90 * 24 * 3_600_000;
/** Invited and not yet in, or waiting to be let in. As many as a group may be founded with. */
export const maxPendingPerConversation = 256;
export const maxPendingPerAccount = 100;
export const pendingMs = 30 * 24 * 3_600_000;
/** Who declined, or was refused, is not asked and does not ask again for so long. */
export const askAgainMs = 24 * 3_600_000;
export const maxPins = 3;
/** The picture of a group: its file, the same in base64, and how wide or high it may be in pixels. */
export const maxPictureBytes = 12 * 1024;
export const maxPictureCharacters = 16 * 1024;
export const maxPictureSide = 512;
/** Earlier messages that are shared with somebody who comes into a group: the newest ones, not older than this. */
export const maxSharedMessages = 100;
export const maxSharedTextCharacters = 4_000;
export const maxSharedParts = 8;
export const maxSharedAgeMs = 14 * 24 * 3_600_000;
export const forwardConversations = 5;
export const minTimerSeconds = 30;
export const maxTimerSeconds = 365 * 24 * 3_600;

// Requests from strangers
export const requestTexts = 3;
export const requestTextBytes = 4 * 1024;
/** The same text, padded and sealed. */
export const requestSealedBytes = 8 * 1024;
export const newPeoplePerDay = 20;

// Reports to the operator
export const maxReportMessages = 5;
export const maxReportTextCharacters = 4_000;
export const maxReportNoteCharacters = 500;
/** Every character of the texts escaped. */
export const maxReportBodyBytes = 160 * 1024;

// Accounts
export const minHandleCharacters = 3;
export const maxHandleCharacters = 32;
/** As somebody types one: what is none is told so by its own refusal, or not at all. */
export const maxTypedHandleCharacters = 256;
export const maxNameCharacters = 64;
export const maxAboutCharacters = 200;
export const minPasswordCharacters = 8;
export const maxPasswordCharacters = 256;
export const maxDevices = 8;
export const maxDeviceNameCharacters = 64;
export const maxAccountsPerLookup = 100;
export const maxSettings = 10_000;
export const maxSettingKeyCharacters = 128;
/** A draft of the longest text, sealed and in base64, fits. */
export const maxSettingValueBytes = 44 * 1024;
export const maxMutedMs = 366 * 24 * 3_600_000;

// Rates, per device unless named otherwise
export const messagesBurst = 60;
export const messagesPerSecond = 10;
export const conversationMessagesPerSecond = 50;
export const framesBurst = 400;
export const framesPerSecond = 100;
export const maxUnansweredMessages = 64;

// Encryption
export const maxOneTimeKeys = 100;
export const maxSignaturesPerKey = 16;
/** Devices of an account that were signed out and whose public keys are still told, newest first. */
export const maxFormerDevices = 64;
/** Identities that the present one of an account says to have been before it, newest first. */
export const maxFormerIdentities = 4;
export const maxClaimsPerCall = 250;
export const maxToDeviceBytes = 64 * 1024;
export const maxToDeviceMessages = 1_024;
export const maxToDeviceBodyBytes = 4 * 1024 * 1024;
export const maxToDevicePage = 100;
/** Messages of one kind in one report of what could not be opened. */
export const maxReportedUndecryptable = 1_000;
export const maxVaultItems = 8;
export const maxVaultItemBytes = 16 * 1024;
export const maxVaultBodyBytes = 160 * 1024;
export const maxBackupItemBytes = 4 * 1024;
export const maxBackupBodyBytes = 1024 * 1024;
export const maxBackupSessions = 200_000;
export const maxDehydratedBytes = 64 * 1024;
/** With its public keys. */
export const maxDehydratedBodyBytes = 160 * 1024;
export const maxRendezvousBytes = 4 * 1024;
export const rendezvousMs = 120_000;
export const challengeMs = 120_000;
/** Objects and arrays inside each other, in what is signed. */
export const maxCanonicalDepth = 16;
