import { accessSync, constants, statSync } from 'node:fs';
import type { Properties } from './property-table.ts';

const OF_TLS = [
  'ssl.ca.location',
  'ssl.certificate.location',
  'ssl.key.location',
  'ssl.keystore.location',
  'ssl.crl.location',
] as const;

/**
 * Files that the connection names and that cannot be read here and now. Warnings: certificates belong to the machine
 * that the pipeline runs on, which need not be the one that checks its recipe; there, opening it is refused.
 */
export function unreadableFiles(values: Properties) {
  const named = values['security.protocol']?.tls === true ? OF_TLS : [];
  return [...named, 'https.ca.location' as const].flatMap((property) => {
    const path = values[property];
    if (path === undefined || (property === 'ssl.ca.location' && path === 'probe')) return [];
    const why = unreadable(path);
    if (why === undefined) return [];
    const message = `${property}: cannot read ${path}: ${why}`;
    return [
      { property, message, fix: 'It must be there when the pipeline starts.', severity: 'warning' } as const,
    ];
  });
}

function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isDirectory() ? reasonOf('EISDIR') : undefined;
  } catch (error) {
    return reasonOf((error as NodeJS.ErrnoException).code);
  }
}

/** In words, for a code of the file system. */
export function reasonOf(code: string | undefined): string {
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder, expected one PEM file';
  return code === 'EACCES' ? 'its permissions do not allow it' : String(code);
}
