// The text of each generated block, by the kind and name in its marker.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { capital, optionTable, tableOf } from './option-table.mjs';

const HEADINGS = { source: 'Sources', format: 'Formats', transformer: 'Transformers', action: 'Actions' };

/** Undefined where the marker means nothing. */
export async function blockText({ root, kind, name, connector, connectors, href }) {
  if (kind === 'connectors') return connectorTable(connectors, href);
  if (kind === 'metrics') return metricsTable(root);
  if (kind === 'help') return helpText(root);
  if (name === '') return connector === undefined ? undefined : optionTable(connector.definition.schema);
  if (name === 'connectors') return allOptions(connectors, href);
  const { OPTIONS } = await import(join(root, 'dist/recipe/options.js'));
  const { DATAHUB } = await import(join(root, 'dist/recipe/datahub-block.js'));
  const { SOURCE_KEYS } = await import(join(root, 'dist/recipe/source-keys.js'));
  const schemas = { options: OPTIONS, datahub: DATAHUB, 'source-keys': { properties: SOURCE_KEYS } };
  return schemas[name] === undefined ? undefined : optionTable(schemas[name]);
}

function connectorTable(connectors, href) {
  const rows = Object.entries(HEADINGS).flatMap(([kind, heading]) =>
    connectors
      .filter((each) => each.kind === kind)
      .map(({ name, definition, readme }, n) => [
        n === 0 ? `**${heading}**` : '',
        `[\`${name}\`](${href(readme)})`,
        capital(definition.summary),
      ]),
  );
  return tableOf(['', '', ''], rows);
}

function allOptions(connectors, href) {
  return connectors
    .map(({ kind, name, definition, readme }) => {
      const facts = [
        `${capital(definition.summary)}.`.replace(/\.\.$/, '.'),
        definition.guarantee,
        startOf(definition),
      ];
      const text = facts.filter((fact) => fact !== undefined).join(' ');
      return `### ${kind} ${name}\n\n${text} [More](${href(readme)}).\n\n${optionTable(definition.schema)}`;
    })
    .join('\n\n');
}

function startOf({ kind, defaultFormat, defaultStart, resumable }) {
  if (kind !== 'source') return undefined;
  const start = resumable
    ? `, starts at \`${defaultStart}\` when no position is stored`
    : ', cannot be resumed';
  return `Format \`${defaultFormat}\` by default${start}.`;
}

async function metricsTable(root) {
  const { createMetrics } = await import(join(root, 'dist/admin/metrics.js'));
  const { LABELLED_METRICS, PIPELINE_METRICS } = await import(join(root, 'dist/admin/metric-table.js'));
  const labels = new Map([
    ...PIPELINE_METRICS.map(({ name }) => [name, '`pipeline`']),
    ...LABELLED_METRICS.map(({ name, label }) => [name, `\`pipeline\`, \`${label}\``]),
    ['evrun_step_duration_seconds', '`pipeline`, `step`'],
    ['evrun_build_info', '`version`'],
  ]);
  const { text } = await createMetrics({ pipelines: [], clock: { now: () => 0 }, version: '' })();
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  const rows = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => [
    `\`${name}\``,
    types.get(name) ?? '',
    labels.get(name) ?? '',
    help,
  ]);
  return tableOf(['metric', 'type', 'labels', ''], rows);
}

function helpText(root) {
  return [[], ['check'], ['init'], ['connectors'], ['schema']]
    .map((command) => {
      const argv = [...command, '--help'];
      const env = { ...process.env, NO_COLOR: '1', COLUMNS: '80' };
      const text = execFileSync(process.execPath, [join(root, 'bin/evrun'), ...argv], {
        env,
        encoding: 'utf8',
      });
      return `\`\`\`console\n$ evrun ${argv.join(' ')}\n${text.trim()}\n\`\`\``;
    })
    .join('\n\n');
}
