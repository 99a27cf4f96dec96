// Settings of the peers that are whole servers: stock, but for what the measurement needs (an own port and folder, no
// limits of speed, an archive of everything).

/** Messages of QoS 1 wait in memory for as long as it takes; nothing is dropped. */
export function mosquittoConfig(port: number, folder: string): string {
  return [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${folder}/`,
    'max_queued_messages 0',
    'user root',
    'log_dest stderr',
    'log_type information',
    '',
  ].join('\n');
}

/** One-to-one messages with archive, offline storage, roster and stream management. */
export function ejabberdConfig(port: number): string {
  return [
    'hosts: ["localhost"]',
    'loglevel: error',
    'listen:',
    `  - port: ${port}`,
    '    ip: "127.0.0.1"',
    '    module: ejabberd_c2s',
    '    max_stanza_size: 262144',
    '    shaper: none',
    '    access: all',
    '    backlog: 1024',
    'auth_method: [internal]',
    'auth_password_format: plain',
    'modules:',
    '  mod_mam: {default: always, db_type: mnesia, assume_mam_usage: true}',
    '  mod_offline: {}',
    '  mod_stream_mgmt: {max_ack_queue: 100000}',
    '  mod_roster: {}',
    '',
  ].join('\n');
}

/** Erlang that starts it, makes the accounts `p0`, `p1`, … and says `ready`. */
export function ejabberdScript(people: number, password: string): string {
  return [
    '{ok,_}=application:ensure_all_started(ejabberd),',
    'lists:foreach(fun(N) -> ejabberd_auth:try_register(',
    `iolist_to_binary([<<"p">>, integer_to_binary(N)]), <<"localhost">>, <<"${password}">>)`,
    `end, lists:seq(0,${people - 1})),`,
    'io:format("ready~n").',
  ].join(' ');
}
