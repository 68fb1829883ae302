// Writes src/formats/flyte/descriptor.ts: the messages of flyteidl that the format `flyte` reads as bare protobuf, and
// all that they are made of, from the .proto files of the dev dependency @flyteorg/flyteidl.
//
//   node scripts/flyte-descriptor.mjs            writes the file
//   node scripts/flyte-descriptor.mjs --check    writes nothing; fails if the file is out of date
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import protobuf from 'protobufjs';

const root = resolve(import.meta.dirname, '..');
const file = join(root, 'src/formats/flyte/descriptor.ts');
const protos = join(root, 'node_modules/@flyteorg/flyteidl/protos');
const { version } = JSON.parse(readFileSync(join(protos, '../package.json'), 'utf8'));
const MESSAGES = ['Workflow', 'Node', 'Task'].map(
  (entity) => `flyteidl.admin.${entity}ExecutionEventRequest`,
);
/** What src/formats/flyte/message.ts can read. */
const SCALARS = ['string', 'bytes', 'bool', 'int32', 'uint32', 'int64', 'uint64', 'float', 'double'];

const text = `// Made by scripts/flyte-descriptor.mjs from @flyteorg/flyteidl ${version}. Do not edit.

/**
 * The messages that hold events, and all that they are made of, in the order of their declaration, which is that of
 * Flyte's JSON. A field: its number, its name in JSON, its type; \`[]\` repeated, \`{}\` a map with strings as keys;
 * \`@\` the oneof that it is one of.
 */
export const DESCRIPTOR = \`
${allTypes().map(typeText).join('\n')}
\`;
`;

if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('src/formats/flyte/descriptor.ts is out of date: run node scripts/flyte-descriptor.mjs');
  process.exitCode = 1;
}

function allTypes() {
  const all = new protobuf.Root();
  all.resolvePath = (_, target) => (target.startsWith('google/') ? target : join(protos, target));
  all.loadSync('flyteidl/admin/event.proto');
  all.resolveAll();
  const found = new Set();
  const visit = (type) => {
    if (found.has(type)) return;
    found.add(type);
    for (const { resolvedType } of type.fieldsArray ?? []) if (resolvedType) visit(resolvedType);
  };
  for (const name of MESSAGES) visit(all.lookupType(name));
  return [...found];
}

function typeText(type) {
  const name = type.fullName.slice(1);
  if (type instanceof protobuf.Enum) {
    const values = Object.entries(type.values).map(([value, number]) => `${number} ${value}`);
    return [`enum ${name}`, ...values].join('\n');
  }
  return [`message ${name}`, ...type.fieldsArray.map(fieldText)].join('\n');
}

function fieldText(field) {
  if (field.map && field.keyType !== 'string')
    throw new Error(`${field.fullName}: keys are ${field.keyType}`);
  if (!field.resolvedType && !SCALARS.includes(field.type))
    throw new Error(`${field.fullName}: ${field.type}`);
  const type = field.resolvedType ? field.resolvedType.fullName.slice(1) : field.type;
  const many = field.map ? '{}' : field.repeated ? '[]' : '';
  const oneof = field.partOf ? ` @${field.partOf.name}` : '';
  return `${field.id} ${field.name} ${type}${many}${oneof}`;
}
