// The vocabulary of Parley: data only, runs anywhere. The one barrel of this package.
// The codec (which compiles validators) is `@parley/protocol/codec`, so that a browser does not carry it.
export * from './account.ts';
export * from './body.ts';
export * from './canonical-json.ts';
export * from './conversation.ts';
export * from './errors.ts';
export * from './former-identity.ts';
export * from './frame.ts';
export * from './hello.ts';
export * from './id-bytes.ts';
export * from './ids.ts';
export * from './key.ts';
export * as limits from './limits.ts';
export * from './membership.ts';
export * from './message.ts';
export * from './operator-routes.ts';
export * from './presence.ts';
export * from './receipt.ts';
export { type ReportReason, reportReasons } from './report-routes.ts';
export * from './routes.ts';
export * from './settings.ts';
export * from './typing.ts';
export * from './version.ts';
