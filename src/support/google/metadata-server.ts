/** What is used of google-auth-library's `gcpMetadata`. */
interface Metadata {
  getGCPResidency(): boolean;
  isAvailable(): Promise<boolean>;
  bulk(items: readonly Asked[]): Promise<unknown>;
}

interface Asked {
  readonly metadataKey: string;
  readonly fastFail: boolean;
  readonly noResponseRetries: number;
}

/**
 * Whether Google's metadata server, which has credentials for what runs on its machines, answers here. The library's
 * own look writes a warning of node's past every log where it does not; METADATA_SERVER_DETECTION has its say there.
 */
export async function metadataServerAnswers(library: Metadata, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (env['METADATA_SERVER_DETECTION']) return library.isAvailable();
  if (library.getGCPResidency()) return true;
  // By address and by name at once, unless the environment says where it is.
  const fastFail = !(env['GCE_METADATA_IP'] || env['GCE_METADATA_HOST']);
  try {
    await library.bulk([{ metadataKey: 'instance', fastFail, noResponseRetries: 1 }]);
    return true;
  } catch {
    return false;
  }
}
