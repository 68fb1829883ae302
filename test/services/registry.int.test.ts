import { expect, it } from 'vitest';
import { needs } from './describe.ts';
import { sharedRegistry, startRegistry } from './registry.ts';

const describeWithRegistry = await needs('registry');

const SCHEMA = JSON.stringify({ type: 'record', name: 'Seen', fields: [{ name: 'n', type: 'int' }] });

describeWithRegistry('the schema registry', () => {
  it('is the same for everyone who asks, and gives a schema back by its id', async () => {
    const registry = await sharedRegistry();
    expect((await sharedRegistry()).url).toBe(registry.url);
    const id = await registry.register('seen-value', SCHEMA);
    const { schema } = (await (await fetch(`${registry.url}/schemas/ids/${id}`)).json()) as {
      schema: string;
    };
    expect(JSON.parse(schema)).toEqual(JSON.parse(SCHEMA));
    expect((await fetch(`${registry.url}/schemas/ids/999999`)).status).toBe(404);
  }, 120_000);

  it('of one’s own is gone after it was stopped', async () => {
    const registry = await startRegistry();
    await registry.stop();
    await expect(fetch(`${registry.url}/subjects`)).rejects.toThrow();
  }, 120_000);
});
