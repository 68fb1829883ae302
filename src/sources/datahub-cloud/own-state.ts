/** A MetadataChangeLog of an entity in which this pipeline keeps a position. */
export function isOwnState(value: string, urns: readonly string[]): boolean {
  if (!urns.some((urn) => value.includes(urn))) return false;
  try {
    const { entityUrn } = JSON.parse(value) as { entityUrn?: unknown };
    const urn =
      typeof entityUrn === 'object' ? (entityUrn as { string?: unknown } | null)?.string : entityUrn;
    return urns.some((own) => own === urn);
  } catch {
    return false;
  }
}
