import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EvrunError, messageOf } from '../../contract/errors.ts';

/** The files that the `aws` program keeps: `~/.aws/credentials` and `~/.aws/config`, or where the environment says. */

type Environment = Readonly<Record<string, string | undefined>>;

export type Profile = Readonly<Record<string, string>>;

/** The settings of a profile, those of the credentials file first. Undefined: neither file knows it. */
export async function readProfile(name: string, env: Environment): Promise<Profile | undefined> {
  const [credentials, config] = await Promise.all(filesOf(env).map(sectionsOf));
  const keys = credentials?.get(name);
  const settings = config?.get(name === 'default' ? name : `profile ${name}`) ?? config?.get(name);
  return keys === undefined && settings === undefined ? undefined : { ...settings, ...keys };
}

/** A profile that somebody names, and neither file has. `by`: who names it, `AWS_PROFILE`. */
export function noSuchProfile(name: string, by: string, env: Environment): EvrunError {
  const message = `there is no profile "${name}", which ${by} names, in ${filesOf(env).join(' or ')}`;
  return new EvrunError('EVR_REFUSED', message);
}

/** The profile that is asked for, and who asks; undefined: nobody does, `default` is meant. */
export function namedProfile(
  config: { readonly profile?: string | undefined },
  env: Environment,
): { readonly name: string; readonly by: string } | undefined {
  if (config.profile !== undefined) return { name: config.profile, by: '`profile`' };
  const name = env['AWS_PROFILE'];
  return name ? { name, by: 'AWS_PROFILE' } : undefined;
}

/** Credentials, then settings. */
function filesOf(env: Environment): [credentials: string, config: string] {
  const home = join(env['HOME'] ?? homedir(), '.aws');
  return [
    env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, 'credentials'),
    env['AWS_CONFIG_FILE'] ?? join(home, 'config'),
  ];
}

async function sectionsOf(path: string): Promise<Map<string, Record<string, string>>> {
  try {
    return parseIni(await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map();
    throw new EvrunError('EVR_RECIPE', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Sections by name. Settings that are indented belong to the one before and are left out, as are comments. */
export function parseIni(text: string): Map<string, Record<string, string>> {
  const sections = new Map<string, Record<string, string>>();
  let section: Record<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const name = /^\[([^\]]*)\]/.exec(line)?.[1]?.trim().replace(/\s+/, ' ');
    if (name !== undefined) {
      section = sections.get(name) ?? Object.create(null);
      sections.set(name, section as Record<string, string>);
      continue;
    }
    if (section === undefined || !/^[a-z_]/i.test(line)) continue;
    const at = line.indexOf('=');
    if (at > 0) section[line.slice(0, at).trim().toLowerCase()] = textOf(line.slice(at + 1));
  }
  return sections;
}

function textOf(text: string): string {
  const comment = text.search(/\s[#;]/);
  return (comment === -1 ? text : text.slice(0, comment)).trim();
}
