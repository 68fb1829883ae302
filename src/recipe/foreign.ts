/** Types that DataHub Actions knows and evrun does not: what to write instead. */
import type { Kind } from '../registry.ts';

/** A sentence for a type that is not registered; undefined = nothing is known of it. */
export function adviceFor(kind: Kind, type: string): { message: string; fix: string } | undefined {
  if (kind === 'action' && Object.hasOwn(ACTIONS, type)) {
    return {
      message: `"${type}" is an action of DataHub Actions that evrun does not have`,
      fix: ACTIONS[type] as string,
    };
  }
  if (kind !== 'source' && Object.hasOwn(SOURCES, type)) {
    const message = `"${type}" is a source of DataHub Actions, and no ${kind}`;
    return { message, fix: SOURCES[type] as string };
  }
  if (kind === 'source' && Object.hasOwn(SOURCES, type)) {
    return { message: `there is no source "${type}" in this version of evrun`, fix: SOURCES[type] as string };
  }
  if (/^[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)+$/.test(type)) return python(kind, type);
  return undefined;
}

const OWN_CODE = 'Do it in a module of your own (type: ./my-action.mjs) or in a program (type: exec).';

function webhook(system: string, variable: string): string {
  return `Post to an incoming webhook of ${system}: type: http with config: { url: "\${${variable}}", body: { text: "\${{ event.type }}" } }.`;
}

const ACTIONS: Readonly<Record<string, string>> = {
  slack: webhook('Slack', 'SLACK_WEBHOOK_URL'),
  teams: webhook('Teams', 'TEAMS_WEBHOOK_URL'),
  executor: 'Run a program for each event: type: exec with command: [datahub, ingest, ...].',
  metadata_change_sync: `Post the change to the other server's API: type: http. ${OWN_CODE}`,
  tag_propagation: OWN_CODE,
  term_propagation: OWN_CODE,
  snowflake_tag_propagation: OWN_CODE,
  doc_propagation: OWN_CODE,
};

const CLOUD = 'From a DataHub server read its events API: type: datahub-cloud.';
const PIPE = 'Pipe the events in: type: stdin, with a program that prints one JSON document per line.';

const SOURCES: Readonly<Record<string, string>> = {
  pg_queue: CLOUD,
  pgqueue: CLOUD,
};

function python(kind: Kind, type: string): { message: string; fix: string } {
  const message = `"${type}" is a Python class, which evrun cannot run`;
  const module = 'a module: type: ./my-part.mjs with "export default (event) => { ... }"';
  if (kind === 'action') {
    return {
      message,
      fix: `Keep the Python code as a program that reads the event from standard input: type: exec with command: [python3, my_action.py]. Or write it as ${module}.`,
    };
  }
  if (kind === 'source') return { message, fix: `${PIPE} Or write it as a module: type: ./my-source.mjs.` };
  return { message, fix: `Write it as ${module}, or with the transformers where, map and set.` };
}
