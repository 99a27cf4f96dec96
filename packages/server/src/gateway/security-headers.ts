// What every answer tells a browser: nothing from elsewhere, nothing in a frame, no guessing of types.

const hostPattern = /^[A-Za-z0-9.-]+(?::\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::\d{1,5})?$/;

/** Headers of an answer to a request with this `Host`. */
export function securityHeaders(
  host: string | undefined,
  publicOrigin: string | null,
  isTls: boolean,
): Record<string, string> {
  const isHttps = isTls || (publicOrigin?.startsWith('https:') ?? false);
  return {
    'content-security-policy': contentSecurityPolicy(socketOrigin(host, publicOrigin, isTls)),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), browsing-topics=()',
    ...(isHttps ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

/** Some browsers do not count a socket of the same host as `self`, so it is named. */
function socketOrigin(host: string | undefined, publicOrigin: string | null, isTls: boolean): string {
  if (publicOrigin !== null) return ` ${publicOrigin.replace(/^http/, 'ws')}`;
  if (host === undefined || !hostPattern.test(host)) return '';
  return ` ${isTls ? 'wss' : 'ws'}://${host}`;
}

function contentSecurityPolicy(sockets: string): string {
  return [
    "default-src 'none'",
    // WebAssembly for the crypto library in its worker, which is a file of this server; no script from text.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    `connect-src 'self'${sockets}`,
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
