import type { ConfigProblem } from '../../contract/define.ts';
import type { OptionSchema } from '../../contract/schema.ts';
import { credentialsFileProblem } from './credentials-file.ts';
import { endpointProblem, pubsubEndpoint } from './endpoint.ts';

/* The options that the source and the action have in common. */

export const PROJECT_OPTION = {
  type: 'string',
  minLength: 1,
  description:
    'The project’s id. Without it: that of a full name, GOOGLE_CLOUD_PROJECT, or that of the credentials.',
} as const satisfies OptionSchema;

export const CREDENTIALS_OPTION = {
  type: 'string',
  minLength: 1,
  description:
    'Key file or workload identity configuration; a relative path begins at the working directory. Without it: Application Default Credentials.',
} as const satisfies OptionSchema;

/** What a check sees of where Pub/Sub answers and of the credentials for it. */
export function connectionProblems(
  { endpoint, credentials_file: file }: ConnectionConfig,
  env: NodeJS.ProcessEnv,
): ConfigProblem[] {
  const wrong = endpoint === undefined ? undefined : endpointProblem(endpoint);
  if (wrong !== undefined) return [{ path: ['endpoint'], message: wrong }];
  // A recipe that is tried with the emulator needs no file.
  if (file === undefined || isEmulator(endpoint, env)) return [];
  const message = credentialsFileProblem(file);
  return message === undefined ? [] : [{ path: ['credentials_file'], message }];
}

interface ConnectionConfig {
  readonly endpoint?: string | undefined;
  readonly credentials_file?: string | undefined;
}

/** An address in the environment that is none is told at the start. */
function isEmulator(endpoint: string | undefined, env: NodeJS.ProcessEnv): boolean {
  return endpoint === undefined
    ? Boolean(env['PUBSUB_EMULATOR_HOST'])
    : pubsubEndpoint(endpoint, env).emulator;
}
