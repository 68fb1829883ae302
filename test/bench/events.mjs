import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * DataHub entity change events of about 700 bytes, one in ten a TAG ADD: the others differ in category, as
 * they do in a real catalogue. `n` also makes the entity, so that keys are spread over 10,000 entities.
 */
const OTHERS = [
  ['GLOSSARY_TERM', 'ADD'],
  ['OWNER', 'ADD'],
  ['DOCUMENTATION', 'MODIFY'],
  ['TECHNICAL_SCHEMA', 'ADD'],
  ['LIFECYCLE', 'CREATE'],
  ['RUN', 'COMPLETED'],
  ['DOMAIN', 'ADD'],
  ['DEPRECATION', 'MODIFY'],
  ['GLOSSARY_TERM', 'REMOVE'],
];

export function entityChange(n) {
  const [category, operation] = n % 10 === 0 ? ['TAG', 'ADD'] : OTHERS[(n % 10) - 1];
  const entity = n % 10_000;
  return {
    auditStamp: { actor: 'urn:li:corpuser:ingestion-service', time: 1737170481713 + n },
    entityUrn: `urn:li:dataset:(urn:li:dataPlatform:snowflake,warehouse.analytics.table_${entity},PROD)`,
    entityType: 'dataset',
    modifier: `urn:li:thing:${category.toLowerCase()}-${n % 97}`,
    category,
    operation,
    version: 0,
    parameters: {
      fieldPath: `columns.customer_identifier_${n % 31}`,
      context: JSON.stringify({
        propagated: n % 2 === 0,
        origin: `urn:li:dataset:origin_${entity}`,
        depth: n % 5,
      }),
      note: 'Added by the nightly classification run, reviewed by the stewards of the domain, and kept for audit.',
      run: `classification-2026-11-${String((n % 28) + 1).padStart(2, '0')}-${n}`,
    },
  };
}

export function envelopeLine(n) {
  return JSON.stringify({
    event_type: 'EntityChangeEvent_v1',
    event: entityChange(n),
    meta: { kafka: { topic: 'PlatformEvent_v1', offset: n, partition: 0 } },
  });
}

/** As the events API puts it on the wire: the payload is JSON in JSON. */
export function pollValue(n) {
  const payload = { value: JSON.stringify(entityChange(n)), contentType: 'application/json' };
  return JSON.stringify({
    header: { timestampMillis: 1737170481713 + n },
    name: 'entityChangeEvent',
    payload,
  });
}

export function writeEvents(path, count, line = envelopeLine) {
  const file = openSync(path, 'w');
  let block = [];
  for (let n = 0; n < count; n += 1) {
    block.push(line(n));
    if (block.length === 5_000 || n === count - 1) {
      writeSync(file, `${block.join('\n')}\n`);
      block = [];
    }
  }
  closeSync(file);
}
