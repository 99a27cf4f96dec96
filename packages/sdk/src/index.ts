// The SDK without a host. `@parley/sdk/node`, `/web` and `/memory` add one and have `connect` and `entrance`.
export * from './api.ts';
export { ChatError, type ChatErrorCode, type ClientErrorCode } from './error.ts';
export type { FileView } from './file-view.ts';
export * from './ports.ts';
export type { ReportDraft, ReportedText } from './reporting.ts';
export type { UndecryptableView } from './undecryptable.ts';
export * from './views.ts';
