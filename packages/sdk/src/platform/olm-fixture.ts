// The crypto library as tests of where it runs use it: one machine, and a server double that knows the keys of a second
// device. It stands in for no part of the product: that is `crypto/olm`.
import {
  CollectStrategy,
  DeviceId,
  EncryptionSettings,
  initAsync,
  type KeysClaimRequest,
  type KeysQueryRequest,
  type KeysUploadRequest,
  OlmMachine,
  RequestType,
  RoomId,
  StoreHandle,
  type ToDeviceRequest,
  UserId,
} from '@matrix-org/matrix-sdk-crypto-wasm';

const me = '@ana:parley';
const other = '@ben:parley';

/** What the machine asks of the server. */
export interface TestServer {
  call(type: number, body: string): Promise<string>;
}

/** What the tests ask of the machine. */
export interface TestMachine {
  /** Uploads its keys, learns those of the other device, and opens a session to it. */
  prepare(): Promise<void>;
  identity(): Promise<string>;
  /** Shares the key when that is needed, and encrypts. */
  encrypt(room: string, text: string): Promise<string>;
  panic(): Promise<void>;
}

/** A machine over this worker's `indexedDB`. */
export async function openTestMachine(parts: { readonly store: string }, server: TestServer): Promise<TestMachine> {
  await initAsync();
  const machine = await OlmMachine.initFromStore(
    new UserId(me),
    new DeviceId('A'),
    await StoreHandle.open(parts.store, null),
  );
  const users = () => [new UserId(me), new UserId(other)];
  type Asked = KeysUploadRequest | KeysQueryRequest | KeysClaimRequest | ToDeviceRequest;
  const ask = async (request: Asked) => {
    const answer = await server.call(request.type, request.body);
    await machine.markRequestAsSent(request.id as string, request.type, answer);
  };
  const pump = async () => {
    for (const request of await machine.outgoingRequests()) await ask(request as Asked);
  };
  return {
    prepare: async () => {
      await pump();
      await machine.updateTrackedUsers(users());
      await pump();
      const claim = await machine.getMissingSessions(users());
      if (claim !== null) await ask(claim);
    },
    identity: async () => `${machine.identityKeys.ed25519.toBase64()} ${machine.identityKeys.curve25519.toBase64()}`,
    encrypt: async (room, text) => {
      const settings = new EncryptionSettings();
      settings.sharingStrategy = CollectStrategy.allDevices();
      settings.rotationPeriodMessages = 100_000n;
      for (const request of await machine.shareRoomKey(new RoomId(room), users(), settings)) await ask(request);
      return machine.encryptRoomEvent(new RoomId(room), 'parley.v1', JSON.stringify({ text }));
    },
    panic: async () => {
      setImmediate(() => {
        throw new Error('a planted panic');
      });
      await new Promise<void>(() => {});
    },
  };
}

/** Answers for a server that knows the keys of both. */
export async function testServer(): Promise<TestServer> {
  await initAsync();
  const ben = await OlmMachine.initialize(new UserId(other), new DeviceId('B'));
  const devices: Record<string, Record<string, unknown>> = {};
  const oneTime: Record<string, unknown> = {};
  const server: TestServer = {
    call: async (type, body) => {
      const asked = JSON.parse(body) as Record<string, Record<string, never>>;
      switch (type as RequestType) {
        case RequestType.KeysUpload: {
          const keys = asked.device_keys as { user_id: string; device_id: string } | undefined;
          if (keys !== undefined) devices[keys.user_id] = { [keys.device_id]: keys };
          if (keys?.user_id === other) Object.assign(oneTime, asked.one_time_keys);
          return JSON.stringify({ one_time_key_counts: { signed_curve25519: 50 } });
        }
        case RequestType.KeysQuery:
          return JSON.stringify({ device_keys: devices, failures: {} });
        case RequestType.KeysClaim: {
          const [id, key] = Object.entries(oneTime)[0] as [string, unknown];
          delete oneTime[id];
          return JSON.stringify({ one_time_keys: { [other]: { B: { [id]: key } } }, failures: {} });
        }
        default:
          return '{}';
      }
    },
  };
  for (const request of await ben.outgoingRequests()) {
    const { id, type, body } = request as KeysUploadRequest;
    await ben.markRequestAsSent(id as string, type, await server.call(type, body));
  }
  return server;
}

/** Session and index of an encrypted event. The index stands at the head of the ciphertext, as a varint. */
export function headerOf(event: string): { readonly session: string; readonly index: number } {
  const { ciphertext, session_id: session } = JSON.parse(event) as { ciphertext: string; session_id: string };
  const bytes = Uint8Array.from(atob(ciphertext.slice(0, 16)), (one) => one.charCodeAt(0));
  let [index, shift] = [0, 0];
  for (const byte of bytes.subarray(2)) {
    index += (byte & 127) << shift;
    shift += 7;
    if (byte < 128) break;
  }
  return { session, index };
}
