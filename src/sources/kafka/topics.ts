import type { ConfigProblem } from '../../contract/define.ts';

/** DataHub's names, as DataHub Actions reads them when the recipe names none. */
const DATAHUB_ROUTES = {
  mcl: 'MetadataChangeLog_Versioned_v1',
  mcl_timeseries: 'MetadataChangeLog_Timeseries_v1',
  pe: 'PlatformEvent_v1',
} as const;

interface Named {
  readonly topics?: string | readonly string[] | undefined;
  readonly topic_routes?: Readonly<Record<string, string>> | undefined;
  readonly dead_letter_topic?: string | undefined;
}

export interface Topics {
  readonly topics: readonly string[];
  /** Read, and passed over: DataHub Actions reads topics of every route, and knows what to do with three. */
  readonly unwanted: ReadonlySet<string>;
}

export function topicsOf({ topics, topic_routes }: Named): Topics {
  if (topics !== undefined) {
    return { topics: [...new Set(typeof topics === 'string' ? [topics] : topics)], unwanted: new Set() };
  }
  const routes = Object.entries(topic_routes ?? DATAHUB_ROUTES);
  const wanted = new Set(
    routes.filter(([role]) => Object.hasOwn(DATAHUB_ROUTES, role)).map(([, topic]) => topic),
  );
  const all = new Set(routes.map(([, topic]) => topic));
  return { topics: [...all], unwanted: new Set([...all].filter((topic) => !wanted.has(topic))) };
}

export function checkTopics({ topics, topic_routes, dead_letter_topic: dead }: Named): ConfigProblem[] {
  const problems: ConfigProblem[] = dead === undefined ? [] : checkName(dead, ['dead_letter_topic']);
  if (dead !== undefined && topicsOf({ topics, topic_routes }).topics.includes(dead)) {
    const message = `dead letters would be read again: ${dead} is one of the topics that are read`;
    problems.push({ path: ['dead_letter_topic'], message, fix: 'Name another topic.' });
  }
  if (topics !== undefined && topic_routes !== undefined) {
    const message = 'topics and topic_routes both say what to read';
    problems.push({ path: ['topic_routes'], message, fix: 'Remove one of them.' });
  }
  const listed = typeof topics === 'string' ? [topics] : (topics ?? []);
  for (const [i, name] of listed.entries()) {
    problems.push(...checkName(name, typeof topics === 'string' ? ['topics'] : ['topics', i]));
  }
  const routes = Object.entries(topic_routes ?? {});
  if (topic_routes !== undefined && routes.length === 0) {
    problems.push({ path: ['topic_routes'], message: 'names no topic', fix: 'Name one, or remove the key.' });
  }
  for (const [role, name] of routes) {
    problems.push(...checkName(name, ['topic_routes', role]));
    if (Object.hasOwn(DATAHUB_ROUTES, role)) continue;
    problems.push({
      path: ['topic_routes', role],
      severity: 'warning',
      message: `"${role}" is none of the roles ${Object.keys(DATAHUB_ROUTES).join(', ')}: the records of ${name} are read and passed over`,
      fix: 'To act on its records, name it in topics.',
    });
  }
  return problems;
}

const LEGAL = /^[\w.-]{1,249}$/;

function checkName(name: string, path: readonly (string | number)[]): ConfigProblem[] {
  if (name.startsWith('^')) {
    const message = `${JSON.stringify(name)} is a pattern, and topics are named one by one`;
    return [{ path, message, fix: 'List the topics.' }];
  }
  if (LEGAL.test(name) && name !== '.' && name !== '..') return [];
  const message = `${JSON.stringify(name.slice(0, 60))} is no name for a topic`;
  const listed = name.split(',').map((each) => each.trim());
  const fix =
    listed.length > 1 && listed.every((each) => LEGAL.test(each))
      ? `Write a list: [${listed.join(', ')}].`
      : 'Up to 249 letters, digits, ".", "_" and "-".';
  return [{ path, message, fix }];
}
