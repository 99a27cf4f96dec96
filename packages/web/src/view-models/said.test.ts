import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageView } from './message-fixture.ts';
import { pinnedText } from './pinned-text.ts';
import { saidIn } from './said.ts';

test('[WEB66] a file is named by what it is, or by its name, with its caption', () => {
  assert.equal(saidIn({ text: 'At the *river*' }), 'At the river');
  assert.equal(saidIn({ text: '', file: { look: 'image', name: 'IMG_1.jpg' } }), 'Photo');
  assert.equal(saidIn({ text: 'At the *river*', file: { look: 'image', name: 'IMG_1.jpg' } }), 'Photo: At the river');
  assert.equal(saidIn({ text: '', file: { look: 'voice', name: 'a.ogg' } }), 'Voice message');
  assert.equal(saidIn({ text: '', file: { look: 'file', name: 'ta\u202ext.pdf' } }), 'taxt.pdf');
  assert.equal(saidIn({ text: 'Page 3', file: { look: 'file', name: 'tax.pdf' } }), 'tax.pdf: Page 3');
  const line = { look: 'image', name: 'IMG_1.jpg' } as const;
  assert.equal(saidIn({ text: 'IMG_1.jpg', ...line }), 'Photo', 'nothing was said with it');
  assert.equal(saidIn({ text: 'At the river', ...line }), 'Photo: At the river');
  assert.equal(saidIn({ text: 'tax.pdf', look: 'file', name: 'tax.pdf' }), 'tax.pdf');
  const file = { look: 'video', name: 'v.mp4', mediaType: 'video/mp4', bytes: 9 } as const;
  const none = { width: null, height: null, durationMs: null, thumb: null };
  assert.equal(pinnedText(messageView({ type: 'file', text: '', file: { ...file, ...none } })), 'Video');
});
