// Which calls leave a line in the security log, and what stands there. The line of a wrong password is written where its
// account is known (accounts/sessions.ts).
import type { AccountId, DeviceId, ErrorCode, RouteName } from '@parley/protocol';
import type { AuditFacts, AuditKind } from '../kernel/audit.ts';
import type { Call } from '../kernel/handlers.ts';
import type { Result } from '../kernel/result.ts';

const whenDone: { readonly [N in RouteName]?: AuditKind } = {
  createOwner: 'sign_up',
  createAccount: 'sign_up',
  createGuest: 'sign_up',
  createSession: 'sign_in',
  createRecoverySession: 'sign_in',
  deleteSession: 'sign_out',
  replaceToken: 'token_replaced',
  changePassword: 'password_changed',
  revokeDevice: 'device_revoked',
  deleteMe: 'account_deleted',
  adminUpdateAccount: 'operator_act',
  adminResetPassword: 'operator_act',
  adminSignOut: 'operator_act',
};
const asksPassword: ReadonlySet<RouteName> = new Set(['changePassword', 'confirmMe', 'deleteMe', 'updateVault']);

/** What this outcome of a call leaves; null: nothing. */
export function auditOf(
  route: RouteName,
  { caller, address, params }: Pick<Call<RouteName>, 'caller' | 'address'> & { readonly params?: unknown },
  outcome: Result<unknown, ErrorCode>,
): { readonly kind: AuditKind; readonly facts: AuditFacts } | null {
  const kind = kindOf(route, outcome);
  if (kind === null) return null;
  const { account: subject, device } = (params ?? {}) as { readonly account?: AccountId; readonly device?: DeviceId };
  const fresh = outcome.ok
    ? (outcome.value as { readonly me?: { account: AccountId; device: DeviceId } }).me
    : undefined;
  const account = caller?.account ?? fresh?.account;
  return { kind, facts: { address, route, account, device: device ?? caller?.device ?? fresh?.device, subject } };
}

function kindOf(route: RouteName, outcome: Result<unknown, ErrorCode>): AuditKind | null {
  if (outcome.ok) return whenDone[route] ?? null;
  if (outcome.code === 'rate.limited' && (whenDone[route] !== undefined || asksPassword.has(route)))
    return 'rate_limited';
  if (outcome.code === 'admin.required') return 'operator_refused';
  return outcome.code === 'auth.refused' && asksPassword.has(route) ? 'password_refused' : null;
}
