import type { OptionSchema } from '../../contract/schema.ts';

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
  description: 'Key file or workload identity configuration. Without it: Application Default Credentials.',
} as const satisfies OptionSchema;
