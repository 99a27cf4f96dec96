// REST by hand for end-to-end tests: a bearer token, JSON, and the refusal's code when there is one.

/** A call that must go well; throws with the problem's code otherwise. */
export async function call<T>(
  url: string,
  method: string,
  path: string,
  options: { readonly token?: string; readonly body?: unknown } = {},
): Promise<T> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await answer.text();
  const body = text === '' ? null : (JSON.parse(text) as { code?: string });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${body?.code ?? ''}`);
  return body as T;
}
