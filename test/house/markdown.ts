import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface Page {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** What the HTML comment on the line before says: `recipe`, `recipe env: A=b`. */
  readonly mark: string;
  /** 1-based line of the opening fence. */
  readonly line: number;
}

/** Everything that people read: the pages at the root, in docs/ and beside the connectors. */
export function pages(): readonly Page[] {
  const found = ['.', 'docs'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => join(folder, name)),
  );
  const besides = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map((name) =>
    join('src', name),
  );
  return [...found, ...besides]
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ path: relative('.', path), text: readFileSync(join(ROOT, path), 'utf8') }));
}

export function codeBlocks({ text }: Page): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = text.split('\n');
  for (let n = 0; n < lines.length; n += 1) {
    const language = /^```(\w*)/.exec(lines[n] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', n + 1);
    const mark = /^<!-- (.*) -->$/.exec(lines[n - 1] ?? '')?.[1] ?? '';
    blocks.push({ language, text: lines.slice(n + 1, end).join('\n'), mark, line: n + 1 });
    n = end;
  }
  return blocks;
}

export function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
}

/** The anchors of a page's headings, as code hosts make them. */
export function anchors(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const found = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.*)$/gm);
  const slugs = [...found].map(([, heading]) => {
    const slug = (heading as string)
      .replace(/[`*]/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set(slugs);
}
