import { EvrunError } from '../contract/errors.ts';

export interface AdminAddress {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

/**
 * `127.0.0.1:9100`, `[::1]:9100`, `localhost:0`; `:9100` and `9100` mean 127.0.0.1. Throws EVR_USAGE, also for an
 * address that other machines reach while no token protects it.
 */
export function adminAddress(text: string, token: string | undefined): AdminAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]:|([^:[\]\s/]*):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new EvrunError(
      'EVR_USAGE',
      `--admin: expected HOST:PORT, got "${text}". Write --admin 127.0.0.1:9100, or port 0 for any free one.`,
    );
  }
  const host = match[1] ?? (match[2] || '127.0.0.1');
  if (token === '') throw new EvrunError('EVR_USAGE', '--admin-token: the token is empty. Give it a value.');
  if (token === undefined && !isLoopback(host)) {
    throw new EvrunError(
      'EVR_USAGE',
      `--admin ${text}: other machines can reach this address, so it needs a token. Add --admin-token ` +
        '(or set EVRUN_ADMIN_TOKEN), or listen on 127.0.0.1.',
    );
  }
  return { host, port };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
