// @ts-check

/**
 * A poll API value: an entity change event of about 700 bytes, told apart by `n`.
 * @param {number} n
 * @param {Record<string, unknown>} [changes] fields of the event
 */
export function entityChange(n, changes = {}) {
  const event = {
    auditStamp: { actor: 'urn:li:corpuser:jdoe', time: 1_737_170_481_713 + n },
    entityUrn: `urn:li:dataset:(urn:li:dataPlatform:snowflake,analytics.sales.orders_${n % 1000},PROD)`,
    entityType: 'dataset',
    modifier: 'urn:li:tag:PII',
    category: 'TAG',
    operation: 'ADD',
    version: 0,
    parameters: { tagUrn: 'urn:li:tag:PII', fieldPath: 'customer.email', context: 'x'.repeat(180), n },
    ...changes,
  };
  return platformEvent('entityChangeEvent', JSON.stringify(event), 1_737_170_481_713 + n);
}

/** @param {string} name @param {string} payload @param {number} [time] */
export function platformEvent(name, payload, time = 1_737_170_481_713) {
  const header = { timestampMillis: time };
  return JSON.stringify({ header, name, payload: { value: payload, contentType: 'application/json' } });
}
