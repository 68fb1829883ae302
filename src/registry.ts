import type { AnyDefinition } from './contract/define.ts';

type Load = () => Promise<{ default: AnyDefinition }>;

export type Kind = AnyDefinition['kind'];

/** Every connector, one line each. Loaded when a recipe names it, so that starting costs only what is used. */
const connectors: Record<Kind, Record<string, Load>> = {
  source: {
    'datahub-cloud': () => import('./sources/datahub-cloud/index.ts'),
    file: () => import('./sources/file/index.ts'),
    generate: () => import('./sources/generate/index.ts'),
    kafka: () => import('./sources/kafka/index.ts'),
    pubsub: () => import('./sources/pubsub/index.ts'),
    sqs: () => import('./sources/sqs/index.ts'),
    stdin: () => import('./sources/stdin/index.ts'),
  },
  format: {
    avro: () => import('./formats/avro/index.ts'),
    cloudevents: () => import('./formats/cloudevents/index.ts'),
    datahub: () => import('./formats/datahub/index.ts'),
    flyte: () => import('./formats/flyte/index.ts'),
    json: () => import('./formats/json/index.ts'),
    text: () => import('./formats/text/index.ts'),
  },
  transformer: {
    dedupe: () => import('./transformers/dedupe/index.ts'),
    event_type: () => import('./transformers/event_type/index.ts'),
    filter: () => import('./transformers/filter/index.ts'),
    flyte_dedupe: () => import('./transformers/flyte_dedupe/index.ts'),
    map: () => import('./transformers/map/index.ts'),
    rate_limit: () => import('./transformers/rate_limit/index.ts'),
    redact: () => import('./transformers/redact/index.ts'),
    remove: () => import('./transformers/remove/index.ts'),
    rename: () => import('./transformers/rename/index.ts'),
    set: () => import('./transformers/set/index.ts'),
    split: () => import('./transformers/split/index.ts'),
    validate: () => import('./transformers/validate/index.ts'),
    where: () => import('./transformers/where/index.ts'),
  },
  action: {
    discard: () => import('./actions/discard/index.ts'),
    exec: () => import('./actions/exec/index.ts'),
    file: () => import('./actions/file/index.ts'),
    hello_world: () => import('./actions/hello_world/index.ts'),
    http: () => import('./actions/http/index.ts'),
    kafka: () => import('./actions/kafka/index.ts'),
    log: () => import('./actions/log/index.ts'),
    pubsub: () => import('./actions/pubsub/index.ts'),
    sns: () => import('./actions/sns/index.ts'),
    sqs: () => import('./actions/sqs/index.ts'),
  },
};

export function connectorNames(kind: Kind): readonly string[] {
  return Object.keys(connectors[kind]);
}

/** Undefined for a name that is not registered. */
export async function loadConnector(kind: Kind, name: string): Promise<AnyDefinition | undefined> {
  const load = Object.hasOwn(connectors[kind], name) ? connectors[kind][name] : undefined;
  return load === undefined ? undefined : (await load()).default;
}
