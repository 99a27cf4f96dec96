// One method of a class replaced for the time of a run, and put back after it. For what cannot be wrapped from outside.

/** Replaces the method by what `make` makes of it; returns the way back. */
export function patched<Instance extends object, Name extends keyof Instance>(
  owner: { readonly prototype: Instance },
  name: Name,
  make: (method: Instance[Name]) => Instance[Name],
): () => void {
  const { prototype } = owner;
  const method = prototype[name];
  prototype[name] = make(method);
  return () => {
    prototype[name] = method;
  };
}
