// Routes for everyone about the server, and for its operator.
import Type from 'typebox';
import { Account } from './account.ts';
import { AccountPath, Nothing, Page, PageQuery } from './route-parts.ts';
import type { Route } from './routes.ts';
import { Integer, Text, Time, Word } from './schema.ts';

export const signupPolicies = ['invite', 'open', 'closed'] as const;
/** Who may make an account. */
export type SignupPolicy = (typeof signupPolicies)[number];

/** What anybody may know of a server. */
export const ServerView = Type.Object(
  {
    name: Text(64, 'Name of the server.'),
    version: Text(32, 'Version of the program.'),
    protocol: Integer('Protocol version.', 1),
    signup: Word(signupPolicies, 'Who may make an account.'),
    guests: Type.Boolean(),
    setup_needed: Type.Boolean({ description: 'There is no owner yet.' }),
    server_time: Time('Its clock.'),
  },
  { $id: 'ServerView' },
);

const AdminAccount = Type.Object({
  ...Account.properties,
  admin: Type.Boolean(),
  disabled: Type.Boolean(),
  created_at: Time('When it was made.'),
  devices: Integer('Devices signed in.'),
});

export const operatorRoutes = {
  getServer: {
    method: 'GET',
    path: '/v1/server',
    summary: 'About this server.',
    auth: 'none',
    rate: 'read',
    result: ServerView,
    status: 200,
    errors: [],
  },
  adminStatus: {
    method: 'GET',
    path: '/v1/admin/status',
    summary: 'Counts, lag, disk and alarms.',
    auth: 'admin',
    rate: 'read',
    result: Type.Object({
      accounts: Integer('Accounts.'),
      online_devices: Integer('Devices connected here.'),
      log_end: Integer('Next offset of the log.'),
      store_applied: Integer('Offsets that the store has.'),
      overlay_bytes: Integer('Rows waiting for the store.'),
      data_bytes: Integer('Size of the data folder.'),
      uptime_ms: Integer('Since start.'),
      open_reports: Integer('Reports that wait for an operator.'),
      epoch: Integer('Rises with every restore from a backup.', 1),
      alarms: Type.Array(Text(200, 'What needs attention.'), { maxItems: 50 }),
    }),
    status: 200,
    errors: ['auth.required', 'admin.required'],
  },
  adminAccounts: {
    method: 'GET',
    path: '/v1/admin/accounts',
    summary: 'All accounts.',
    auth: 'admin',
    rate: 'read',
    query: PageQuery,
    result: Page(AdminAccount),
    status: 200,
    errors: ['auth.required', 'admin.required'],
  },
  adminUpdateAccount: {
    method: 'PATCH',
    path: '/v1/admin/accounts/{account}',
    summary: 'Disable, enable, or change operator rights.',
    auth: 'admin',
    rate: 'write',
    params: AccountPath,
    body: Type.Object({ disabled: Type.Optional(Type.Boolean()), admin: Type.Optional(Type.Boolean()) }),
    result: AdminAccount,
    status: 200,
    errors: ['auth.required', 'admin.required', 'account.unknown'],
  },
  adminResetPassword: {
    method: 'POST',
    path: '/v1/admin/accounts/{account}/password',
    summary: 'A new random password for somebody who lost it; all devices are signed out.',
    auth: 'admin',
    rate: 'credentials',
    params: AccountPath,
    result: Type.Object({ password: Text(64, 'Shown once.') }),
    status: 201,
    errors: ['auth.required', 'admin.required', 'account.unknown'],
  },
  adminSignOut: {
    method: 'DELETE',
    path: '/v1/admin/accounts/{account}/sessions',
    summary: 'Sign all devices of an account out.',
    auth: 'admin',
    rate: 'write',
    params: AccountPath,
    result: Nothing,
    status: 204,
    errors: ['auth.required', 'admin.required', 'account.unknown'],
  },
} as const satisfies Readonly<Record<string, Route>>;
