// Public vectors in Node.
import { test } from 'node:test';
import { askHere as ask } from '../../packages/sdk/src/crypto/vector-answers-fixture.ts';
import { testEngine } from '../../packages/server/src/kernel/engines-fixture.ts';
import { judgeAesGcm, judgeEd25519, judgeHkdf, judgeX25519 } from './public-vectors.ts';

const folder = () => testEngine('vectors').folder;

test('[ENC65] AES-256-GCM seals and opens as all vectors of Wycheproof say, and opens nothing that was altered', () =>
  judgeAesGcm(folder(), ask));

test('[ENC65] Ed25519 takes the signatures that all vectors of Wycheproof call valid, and no other', () =>
  judgeEd25519(folder(), ask));

test('[ENC65] HKDF-SHA-256 derives what all vectors of Wycheproof say, and no more than can be', () =>
  judgeHkdf(folder(), ask));

test('[ENC65] X25519 agrees as all vectors of Wycheproof say, and nothing opens that came from a point of low order', () =>
  judgeX25519(folder(), ask));
