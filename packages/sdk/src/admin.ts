// What operators ask of the server, with its routes. It comes apart: a page of chats needs none of it.
import type { RouteName, Routes } from '@parley/protocol';
import type { Admin } from './api.ts';
import type { Rest } from './rest.ts';
import type { PlainRoute } from './route-paths.ts';

const paths = {
  adminStatus: 'GET /v1/admin/status',
  adminAccounts: 'GET /v1/admin/accounts',
  adminUpdateAccount: 'PATCH /v1/admin/accounts/{account}',
  adminResetPassword: 'POST /v1/admin/accounts/{account}/password',
  adminSignOut: 'DELETE /v1/admin/accounts/{account}/sessions',
  adminReports: 'GET /v1/admin/reports',
  adminReport: 'GET /v1/admin/reports/{report_id}',
  adminCloseReport: 'POST /v1/admin/reports/{report_id}/close',
} as const satisfies {
  readonly [N in Exclude<RouteName, PlainRoute>]: `${Routes[N]['method']} ${Routes[N]['path']}`;
};

/** Thin over REST. */
export function adminOver(over: Rest): Admin {
  const rest: Rest = (name, call) => over(name, { ...call, route: paths[name as keyof typeof paths] });
  const page = (cursor: string | undefined) => ({ query: cursor === undefined ? {} : { cursor } });
  return {
    status: () => rest('adminStatus'),
    accounts: (cursor) => rest('adminAccounts', page(cursor)),
    update: (account, body) => rest('adminUpdateAccount', { params: { account }, body }),
    resetPassword: async (account) => (await rest('adminResetPassword', { params: { account } })).password,
    signOut: async (account) => {
      await rest('adminSignOut', { params: { account } });
    },
    reports: (cursor) => rest('adminReports', page(cursor)),
    report: (report_id) => rest('adminReport', { params: { report_id } }),
    closeReport: async (report_id) => {
      await rest('adminCloseReport', { params: { report_id } });
    },
  };
}
