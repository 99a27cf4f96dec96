// How many uploads are under way at once, of an account and in all: each holds a part of a file in memory.
import type { AccountId, ErrorCode } from '@parley/protocol';
import { maxUploads, maxUploadsPerAccount, uploadAgainMs } from '../kernel/limits.ts';
import { type Result, refuse } from '../kernel/result.ts';

export class UploadGate {
  readonly #uploads = new Map<AccountId, number>();
  #uploading = 0;

  /** Does the work, unless there is too much of it. [MED2] */
  async pass<T>(account: AccountId, work: () => Promise<Result<T, ErrorCode>>): Promise<Result<T, ErrorCode>> {
    const own = this.#uploads.get(account) ?? 0;
    if (own >= maxUploadsPerAccount || this.#uploading >= maxUploads)
      return refuse('rate.limited', { retry_after_ms: uploadAgainMs });
    this.#uploads.set(account, own + 1);
    this.#uploading += 1;
    try {
      return await work();
    } finally {
      const left = (this.#uploads.get(account) ?? 1) - 1;
      if (left === 0) this.#uploads.delete(account);
      else this.#uploads.set(account, left);
      this.#uploading -= 1;
    }
  }
}
