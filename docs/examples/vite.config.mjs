// Serves the examples to a browser, and passes /v1 on to the server of `npm run demo`, as if it were this page's own.
const target = process.env.PARLEY_SERVER ?? 'http://localhost:8420';

export default {
  root: import.meta.dirname,
  server: { proxy: { '/v1': { target, ws: true, changeOrigin: true, headers: { origin: target } } } },
};
