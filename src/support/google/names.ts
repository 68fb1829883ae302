import type { ConfigProblem } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';

/*
 * Topics and subscriptions may be named short (`orders`, with a project beside it) or in full
 * (`projects/acme/topics/orders`), as Google's own tools take both.
 */

export type Resource = 'subscription' | 'topic';

interface Named {
  readonly project?: string | undefined;
  readonly name: string;
}

/** Google's rule for names: 3 to 255 characters, a letter first, not beginning with `goog`. */
const NAME = /^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;
/** Also `example.com:project`. */
const PROJECT = /^[a-z0-9.:-]{3,100}$/;

/** What is wrong with `project` and a resource's name, as the recipe has them. */
export function nameProblems(kind: Resource, text: string, project: string | undefined): ConfigProblem[] {
  const named = parse(kind, text);
  if (typeof named === 'string') return [{ path: [kind], message: named }];
  if (named.project === undefined || project === undefined || named.project === project) {
    const wrong = project !== undefined && !PROJECT.test(project);
    return wrong
      ? [{ path: ['project'], message: `${JSON.stringify(project)} cannot be a project's id` }]
      : [];
  }
  const message = `the ${kind} is of project ${named.project}, but \`project\` says ${project}`;
  return [{ path: ['project'], message, fix: 'Remove `project`: the full name already says it.' }];
}

/**
 * `projects/<project>/<kind>s/<name>`. The project is that of a full name, else the recipe's, else what the
 * environment says (GOOGLE_CLOUD_PROJECT), else what `otherwise` knows (the credentials). Throws EVR_RECIPE.
 */
export async function fullName(
  kind: Resource,
  text: string,
  project: string | undefined,
  env: NodeJS.ProcessEnv,
  otherwise: () => Promise<string | undefined>,
): Promise<string> {
  const named = parse(kind, text);
  if (typeof named === 'string') throw new EvrunError('EVR_RECIPE', `Pub/Sub: ${named}`);
  const fromEnv = env['GOOGLE_CLOUD_PROJECT'] || env['GCLOUD_PROJECT'] || env['PUBSUB_PROJECT_ID'];
  const found = named.project ?? project ?? (fromEnv || undefined) ?? (await otherwise());
  if (found === undefined) {
    const say = 'write `project` into the recipe or set GOOGLE_CLOUD_PROJECT';
    throw new EvrunError(
      'EVR_RECIPE',
      `Pub/Sub: the project of the ${kind} ${named.name} is not known: ${say}`,
    );
  }
  return `projects/${found}/${kind}s/${named.name}`;
}

/** A sentence where the text is no name. */
function parse(kind: Resource, text: string): Named | string {
  const [, project, name] = new RegExp(`^projects/([^/]+)/${kind}s/([^/]+)$`).exec(text) ?? [];
  const named = project === undefined || name === undefined ? { name: text } : { project, name };
  if (NAME.test(named.name) && !named.name.startsWith('goog')) return named;
  return (
    `expected a ${kind}'s name (3 to 255 letters, digits and -_.~+%, a letter first) or ` +
    `projects/<project>/${kind}s/<name>, got ${JSON.stringify(text.slice(0, 100))}`
  );
}
