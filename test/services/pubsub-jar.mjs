import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** The jar of Google's Pub/Sub emulator: where Google's SDK is usually installed, and beside the `gcloud` of the PATH. */
export function findEmulator() {
  const besidePath = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => existsSync(join(folder, 'gcloud')))
    .map((folder) => dirname(folder));
  const roots = [
    process.env.CLOUDSDK_ROOT_DIR ?? '',
    ...besidePath,
    '/usr/lib/google-cloud-sdk',
    '/usr/share/google-cloud-sdk',
    '/opt/google-cloud-sdk',
    '/snap/google-cloud-cli/current',
    '/opt/homebrew/share/google-cloud-sdk',
    '/usr/local/share/google-cloud-sdk',
    join(homedir(), 'google-cloud-sdk'),
  ];
  for (const root of roots.filter(Boolean)) {
    const folder = join(root, 'platform/pubsub-emulator/lib');
    if (!existsSync(folder)) continue;
    const name = readdirSync(folder).find((file) => /^cloud-pubsub-emulator-.*-all\.jar$/.test(file));
    if (name !== undefined) return join(folder, name);
  }
  return undefined;
}
