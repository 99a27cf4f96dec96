// The headers of a served file against those of a release: each as it is there, and of the policy every directive with
// its sources, so that one which allows more is named. Only the socket of this very server may be added.

const policyName = 'content-security-policy';
const maxShown = 120;

/** What is not as in the release. */
export function headerDifferences(
  headers: Headers,
  wanted: Readonly<Record<string, string>>,
  server: string,
): readonly string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const found = headers.get(name);
    if (found === null) return [`has no ${name}`];
    if (name === policyName) return policyDifferences(found, value, socketOf(server));
    return found === value ? [] : [`has another ${name}: ${shown(found)}`];
  });
}

function policyDifferences(found: string, wanted: string, socket: string): readonly string[] {
  if (found.includes(',')) return [`has several policies in ${policyName}`];
  const [there, here] = [directivesOf(found), directivesOf(wanted)];
  const differences: string[] = [];
  for (const [name, sources] of here) {
    const given = there.get(name);
    if (given === undefined) {
      differences.push(`has a weaker ${policyName}: no ${name}`);
      continue;
    }
    const allowed = name === 'connect-src' ? [...sources, socket] : sources;
    const added = given.filter((source) => !allowed.includes(source));
    const missing = sources.filter((source) => !given.includes(source));
    if (added.length > 0) differences.push(`has a weaker ${policyName}: ${name} allows ${shown(added.join(' '))}`);
    if (missing.length > 0) differences.push(`has another ${policyName}: ${name} lacks ${missing.join(' ')}`);
  }
  for (const name of there.keys()) if (!here.has(name)) differences.push(`has another ${policyName}: ${shown(name)}`);
  return differences;
}

/** As a browser reads it: of two with one name the first counts. */
function directivesOf(policy: string): ReadonlyMap<string, readonly string[]> {
  const directives = new Map<string, readonly string[]>();
  for (const part of policy.split(';')) {
    const [name = '', ...sources] = part.trim().split(/\s+/);
    if (name !== '' && !directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), sources);
  }
  return directives;
}

function socketOf(server: string): string {
  return new URL(server).origin.replace(/^http/, 'ws');
}

function shown(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}
