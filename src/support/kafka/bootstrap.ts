/** Reads `bootstrap`: a comma list of `host:port`. */

/** The brokers, and what is wrong with the list; a broker that is wrong is left out. */
export function readBootstrap(list: string): { brokers: string[]; problems: string[] } {
  const brokers: string[] = [];
  const problems: string[] = [];
  for (const item of list.split(',')) {
    const entry = item.trim();
    const problem = problemOf(entry);
    if (problem === undefined) brokers.push(entry);
    else problems.push(problem);
  }
  return { brokers, problems };
}

function problemOf(entry: string): string | undefined {
  const shown = entry.length > 80 ? `${entry.slice(0, 77)}...` : entry;
  if (entry === '') return 'an empty entry, expected host:port';
  if (entry.includes('://'))
    return `expected host:port, got "${shown}": leave out what stands before the host`;
  if (entry.startsWith('[') || entry.split(':').length > 2) {
    return `expected host:port, got "${shown}": of an IPv6 address give the host's name`;
  }
  const [host = '', port] = entry.split(':');
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})$/.test(host)) return `expected host:port, got "${shown}"`;
  if (port === undefined) return `expected host:port, got "${shown}": the port is missing, mostly 9092`;
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return `expected a port from 1 to 65535 in "${shown}"`;
  }
  return undefined;
}
