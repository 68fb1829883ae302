/** What a failed connection's code (`ECONNREFUSED`, …) means; undefined for one that says nothing by itself. */
export function networkSentence(code: unknown, where: string): string | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${where} (connection refused)`;
    case 'ENOTFOUND':
      return `the name of ${where} is not known to DNS`;
    case 'EAI_AGAIN':
      return `the name of ${where} could not be looked up: DNS did not answer`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `there is no route to ${where}`;
    case 'ETIMEDOUT':
      return `no connection to ${where} in time`;
    default:
      return undefined;
  }
}
